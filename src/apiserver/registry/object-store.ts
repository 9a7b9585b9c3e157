/** Writes objects to the store and reads the result from the cache. */
import {
  apiVersionString,
  type GroupVersionKind,
  type KubeObject,
  type NamespacedName,
  type Stored,
} from '../../meta/object.ts';
import { conflict, notFound, objectModified, serviceUnavailable, StatusError } from '../../meta/status.ts';
import { ConflictError, type Revision } from '../../storage/contract.ts';
import type { CachedObject, ResourceCache } from '../watchcache/contract.ts';
import { encodeStored, objectKey, storeKey } from '../watchcache/index.ts';
import type { WriteResult } from './contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import type { Guarded } from './guards.ts';
import { checkSize } from './object-size.ts';
import { withoutManagedFields, withVersion } from './system-metadata.ts';

/** Only a defect, or what others write without a pause, makes a write lose so many races. The client may try again. */
const maxAttempts = 100;

/** The object in the cache. @throws StatusError 404 */
export function existing<T extends KubeObject>(
  { definition, cache }: Pick<RegistryDependencies<T>, 'definition' | 'cache'>,
  { namespace, name }: NamespacedName,
): CachedObject<T> {
  const found = cache.get(namespace, name);
  if (found === undefined) throw notFound(groupResource(definition), name);
  return found;
}

/**
 * The object as it is stored, as the base of a write. If the object cannot be read as its kind, code sees only a part
 * of it (see ResourceDefinition.readable), but a write must not lose the rest. Its metadata is the readable part.
 */
export function storedObject<T extends KubeObject>(
  { schema }: Pick<ResourceDefinition<T>, 'schema'>,
  { object, json }: CachedObject<T>,
): Stored<T> {
  if (!schema.isRepaired(object)) return object;
  return { ...(JSON.parse(json.toString('utf8')) as Stored<T>), metadata: object.metadata };
}

interface Encoded<T extends KubeObject> {
  readonly object: T;
  readonly bytes: Buffer;
}

/**
 * The bytes that will be stored. Dry runs call it too, so that they are refused like the write itself. managedFields are
 * given up where the object is too large only with them, as in kube-apiserver.
 * @throws StatusError 413 if the object is too large (see checkSize)
 */
export function encoded<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  object: T,
): Encoded<T> {
  try {
    return { object, bytes: bytesOf(dependencies, target, object) };
  } catch (error) {
    const isTooLarge = error instanceof StatusError && error.code === 413;
    if (!isTooLarge || object.metadata.managedFields === undefined) throw error;
    const bare = withoutManagedFields(object);
    return { object: bare, bytes: bytesOf(dependencies, target, bare) };
  }
}

/** @throws StatusError 413 */
function bytesOf<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  { namespace, name }: NamespacedName,
  object: T,
): Buffer {
  const { definition, cache } = dependencies;
  const bytes = storedBytes(dependencies, object);
  const current = cache.get(namespace, name);
  checkSize(definition, bytes.length, object, current && (() => storedObject(definition, current)));
  return bytes;
}

/** In the storage version. @throws ConversionError */
function storedBytes<T extends KubeObject>({ versions }: RegistryDependencies<T>, object: T): Buffer {
  return encodeStored(versions === undefined ? object : versions.convert(object, versions.storage));
}

/**
 * Writes by compare-and-swap, under the guard of the write.
 * @returns the object as the cache has it, or as written if the cache already shows a newer state
 * @throws ConflictError if the race was lost, StatusError 413 if the object is too large
 */
export async function put<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision | 'absent',
  object: T,
  guard: Guarded,
): Promise<CachedObject<T>> {
  return putBytes(dependencies, target, expected, encoded(dependencies, target, object), guard);
}

/** Like put, for a deletion mark. It ignores the size limits: a deletion must always be possible. */
export async function putDeletionMark<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision,
  object: T,
  guard: Guarded,
): Promise<CachedObject<T>> {
  return putBytes(dependencies, target, expected, { object, bytes: storedBytes(dependencies, object) }, guard);
}

async function putBytes<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision | 'absent',
  { object, bytes }: Encoded<T>,
  guard: Guarded,
): Promise<CachedObject<T>> {
  const { definition, store, cache, versions } = dependencies;
  const written =
    versions === undefined ? cache.expect?.(objectKey(target.namespace, target.name), bytes, object) : undefined;
  const key = storeKey(definition, target);
  let revision: Revision;
  try {
    revision = await store.commit({
      require: [{ key, revision: expected }, ...guard.require],
      writes: [{ key, value: bytes }, ...guard.writes],
    });
    await shown(cache, revision);
  } finally {
    written?.();
  }
  const cached = cache.get(target.namespace, target.name);
  return cached?.revision === revision ? cached : uncached(target, object, revision);
}

/** Removes by compare-and-swap, with the object's reference keys. @throws ConflictError if the race was lost */
export async function remove<T extends KubeObject>(
  { definition, store, cache }: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision,
  guard: Guarded,
): Promise<void> {
  const key = storeKey(definition, target);
  const keys = [key, ...(definition.strategy.referenceKeys?.(target) ?? [])];
  const require = [{ key, revision: expected }, ...guard.require];
  await shown(cache, await store.commit({ require, writes: keys.map((one) => ({ key: one, value: 'deleted' })) }));
}

/** The write is durable: a cache that lags must not make the client believe it failed. */
async function shown<T extends KubeObject>(
  cache: Pick<ResourceCache<T>, 'waitFor'>,
  revision: Revision,
): Promise<void> {
  try {
    await cache.waitFor(revision);
  } catch {
    // The caller finds out from the cache what it shows.
  }
}

/**
 * An object that no cache holds, for the answer of a dry run or of the update that removes the last finalizer. Without
 * a revision it has no resourceVersion.
 */
export function uncached<T extends KubeObject>(
  target: NamespacedName,
  object: T,
  revision: Revision | undefined,
): CachedObject<T> {
  const shown = (revision === undefined ? object : withVersion(object, String(revision))) as Stored<T>;
  const key = objectKey(target.namespace, target.name);
  const json = Buffer.from(JSON.stringify(shown));
  return { key, object: shown, metadata: shown.metadata, json, size: json.length, revision: revision ?? 0 };
}

/**
 * Repeats an attempt while it loses races, for the object or for a key of its guard. Before each repetition, the cache shows
 * the state that won.
 * @throws StatusError 409 or 503 after maxAttempts, the signal's reason, and what the attempt throws
 */
export async function retryConflicts<T extends KubeObject, R>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  signal: AbortSignal,
  attempt: () => Promise<R>,
): Promise<R> {
  const { cache, definition } = dependencies;
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      signal.throwIfAborted();
      if (count >= maxAttempts) throw tooManyRaces(definition, target, error);
      if (typeof error.actual === 'number') await cache.waitFor(error.actual);
      else await cache.current();
    }
  }
}

function tooManyRaces<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  target: NamespacedName,
  { key }: ConflictError,
): StatusError {
  if (key === storeKey(definition, target)) return conflict(groupResource(definition), target.name, objectModified);
  // Nothing that the client knows is out of date.
  return serviceUnavailable('what the object depends on changes too often; try again', { retryAfterSeconds: 1 });
}

/** A copy with the apiVersion and kind of the resource, whatever the object had. */
export function asKind<T extends KubeObject>(definition: GroupVersionKind, object: T): T {
  return { ...object, apiVersion: apiVersionString(definition), kind: definition.kind };
}

/**
 * The state as a WriteResult. The getters keep lazily decoded parts lazy. @param isNew whether the write created the
 * object
 */
export function writeResult<T extends KubeObject>(
  cached: Omit<WriteResult<T>, 'created'>,
  isNew: boolean,
): WriteResult<T> {
  return {
    key: cached.key,
    revision: cached.revision,
    created: isNew,
    get json() {
      return cached.json;
    },
    get size() {
      return cached.size;
    },
    get object() {
      return cached.object;
    },
    get metadata() {
      return cached.metadata;
    },
    ...(cached.writeJson === undefined
      ? {}
      : {
          writeJson(into: Buffer, at: number) {
            cached.writeJson?.(into, at);
          },
        }),
  };
}
