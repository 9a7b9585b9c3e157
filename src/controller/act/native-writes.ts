/** Writes to native objects. */
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { Service, StatefulSet } from '../../apis/kubernetes/types.ts';
import { clusterLabel } from '../../apis/kubedirector/well-known.ts';
import type { NativeClients, ResourceClient, Writer } from '../../clients/contract.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { ActionOf, OwnedKind } from '../plan/actions.ts';
import { digest } from '../plan/names.ts';
import { isAdoptable } from '../plan/ownership.ts';

type Owner = Stored<KubeDirectorCluster>;

export interface NativeWrites {
  /**
   * An object of that name may be ours already.
   * @throws Error where it is somebody else's; StatusError AlreadyExists for one of ours without its label: it can be
   * repaired once it has been seen, and no watch shows it
   */
  createService(owner: Owner, object: Service): Promise<void>;
  createStatefulSet(owner: Owner, object: StatefulSet): Promise<void>;
  repair(namespace: string, action: ActionOf<'repair'>): Promise<void>;
  remove(namespace: string, action: ActionOf<'delete'>): Promise<void>;
}

export function createNativeWrites(native: NativeClients): NativeWrites {
  // By uid, what was tried without effect: something (an admission webhook, say) keeps the object as it is, and trying
  // again before either side has changed would go on for ever.
  const futile = new Map<string, string>();

  async function repair(namespace: string, action: ActionOf<'repair'>): Promise<void> {
    const { kind, name, uid, resourceVersion, patch } = action;
    const attempt = digest([resourceVersion, patch]);
    if (futile.get(uid) === attempt) return;
    const metadata = { ...(isJsonObject(patch['metadata']) ? patch['metadata'] : {}), uid };
    try {
      const after = await writerOf(native, kind).patch({ namespace, name }, { ...patch, metadata });
      if (after.metadata.resourceVersion === resourceVersion) futile.set(uid, attempt);
      else futile.delete(uid);
    } catch (error) {
      // Gone, or replaced by a namesake: the change that did it has planned anew.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
  }

  return {
    createService: (owner, object) => create(native.services, owner, object),
    createStatefulSet: (owner, object) => create(native.statefulSets, owner, object),
    repair,
    async remove(namespace, { kind, name, uid }) {
      futile.delete(uid);
      try {
        await writerOf(native, kind).delete({ namespace, name }, { uid });
      } catch (error) {
        if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
      }
    },
  };
}

async function create<T extends Service | StatefulSet>(
  client: Pick<ResourceClient<T>, 'create' | 'read'>,
  owner: Owner,
  object: T,
): Promise<void> {
  try {
    await client.create(object);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    const { namespace = '', name = '' } = object.metadata;
    const existing = await client.read({ namespace, name });
    if (existing === undefined) throw error;
    if (!isAdoptable(owner, existing)) {
      throw new Error(`${object.kind} ${name} exists and is not this cluster's`, { cause: error });
    }
    if (existing.metadata.labels?.[clusterLabel] !== owner.metadata.name) throw error;
  }
}

function writerOf(native: NativeClients, kind: OwnedKind): Pick<Writer<KubeObject>, 'patch' | 'delete'> {
  switch (kind) {
    case 'StatefulSet':
      return native.statefulSets;
    case 'Service':
      return native.services;
    case 'PersistentVolumeClaim':
      return native.persistentVolumeClaims;
    case 'Pod':
      return native.pods;
  }
}
