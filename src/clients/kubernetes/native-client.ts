/** Native objects that the controller makes and keeps right, by server-side apply. */
import type { NativeClient } from '../contract.ts';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { alreadyExists, conflict, isReason, notFound } from '../../meta/status.ts';
import type { Informer } from './informer.ts';
import type { ObjectClient } from './object-client.ts';
import type { ApiResource } from './resources.ts';

/** Lists and finds objects in the informer's view; reads and writes go to kube-apiserver. */
export function createNativeClient<T extends KubeObject>(
  informer: Informer<T>,
  client: ObjectClient<T>,
): NativeClient<T> {
  return {
    ...createRepairClient(informer, client),
    delete: (target, options) => client.delete(target, options),
    create: (object) => create(client, informer.resource, object),
  };
}

/** For objects that something else makes, and takes away. */
export function createRepairClient<T extends KubeObject>(
  { lister, resource }: Informer<T>,
  client: ObjectClient<T>,
): Omit<NativeClient<T>, 'create' | 'delete'> {
  return {
    ...lister,
    read: (target) => client.read(target),
    async apply(current, desired, drift) {
      const { namespace = '', name, uid } = current.metadata;
      const target = { namespace, name };
      try {
        const references = shortenedReferences(current, drift);
        const removals = removalsIn(drift) ?? (references && {});
        // What another manager holds stays, whatever is applied.
        if (removals !== undefined) await client.patch(target, withMetadata(removals, { uid, ...references }));
        const configuration = withMetadata(desired, { ...target, uid });
        return await client.apply(target, configuration, { force: true });
      } catch (error) {
        throw await toldFor(error, resource, () => client.read(target), name);
      }
    },
  };
}

/**
 * No object has this version: what exists is not changed, nor is what comes into being while this is under way. Such an
 * apply can only create.
 */
const versionOfNone = '1';

async function create<T extends KubeObject>(
  client: ObjectClient<T>,
  resource: ApiResource,
  object: T,
): Promise<Stored<T>> {
  const { namespace = '', name = '' } = object.metadata;
  const configuration = withMetadata(object, { resourceVersion: versionOfNone });
  try {
    return await client.apply({ namespace, name }, configuration, { force: false });
  } catch (error) {
    if (isConflictOf(error, resource, { namespace, name })) throw alreadyExists(groupResource(resource), name);
    throw error;
  }
}

/** Not one of something else that the write touches, such as a quota. */
function isConflictOf(error: unknown, { resource }: ApiResource, { name }: NamespacedName): boolean {
  if (!isReason(error, 'Conflict')) return false;
  const { kind, name: about, causes = [] } = error.status.details ?? {};
  return (kind === resource && about === name) || causes.some(({ reason }) => reason === 'FieldManagerConflict');
}

/** A uid that is not there, or no longer, comes in three forms. */
async function toldFor(
  error: unknown,
  resource: ApiResource,
  read: () => Promise<unknown>,
  name: string,
): Promise<unknown> {
  if (isOtherUid(error)) return conflict(groupResource(resource), name, 'it is another one of that name');
  const isGone = isReason(error, 'Conflict') && (await read()) === undefined;
  return isGone ? notFound(groupResource(resource), name) : error;
}

/** kube-apiserver does not take the uid of a patch for a precondition, but for a change of what can't change. */
function isOtherUid(error: unknown): boolean {
  return (
    isReason(error, 'Invalid') && (error.status.details?.causes ?? []).some(({ field }) => field === 'metadata.uid')
  );
}

const groupResource = ({ group, resource }: ApiResource) => ({ group, resource });

function withMetadata(object: object, metadata: object): object {
  const own = 'metadata' in object && isJsonObject(object.metadata) ? object.metadata : {};
  return { ...object, metadata: { ...own, ...metadata } };
}

/**
 * Where drift lets go of owners: those that stay, for the version of the object that they are the owners of. To apply is
 * to merge them by uid, and two controllers are refused. Source: x-kubernetes-list-map-keys of
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#ObjectMeta
 */
function shortenedReferences({ metadata }: Stored<KubeObject>, drift: object): object | undefined {
  const { ownerReferences: wanted } = 'metadata' in drift && isJsonObject(drift.metadata) ? drift.metadata : {};
  if (!Array.isArray(wanted)) return undefined;
  const uids = new Set(wanted.map((one: unknown) => (isJsonObject(one) ? one['uid'] : undefined)));
  const { ownerReferences = [], resourceVersion } = metadata;
  const kept = ownerReferences.filter(({ uid }) => uids.has(uid));
  return kept.length === ownerReferences.length ? undefined : { ownerReferences: kept, resourceVersion };
}

/** The nulls of a merge patch, and nothing else of it; undefined where it has none. */
function removalsIn(patch: object): JsonObject | undefined {
  const removals: JsonObject = {};
  for (const [key, value] of Object.entries(patch) as [string, unknown][]) {
    const below = isJsonObject(value) ? removalsIn(value) : undefined;
    if (value === null) removals[key] = null;
    else if (below !== undefined) removals[key] = below;
  }
  return Object.keys(removals).length === 0 ? undefined : removals;
}
