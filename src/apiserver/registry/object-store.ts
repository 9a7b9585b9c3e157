/** Objects to the store and, once they are there, out of the cache. */
import { apiVersionString, type KubeObject, type NamespacedName, type Stored } from '../../meta/object.ts';
import { conflict, notFound, objectModified } from '../../meta/status.ts';
import { ConflictError, type Revision } from '../../storage/contract.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import { encodeStored, objectKey, storeKey } from '../watchcache/index.ts';
import type { ResourceDefinition } from './contract.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import { checkSize } from './object-size.ts';
import { withVersion } from './system-metadata.ts';

/** A race is lost so often only where something is wrong; the client may try again. */
const maxAttempts = 100;

/** @throws StatusError 404 */
export function existing<T extends KubeObject>(
  { definition, cache }: RegistryDependencies<T>,
  { namespace, name }: NamespacedName,
): CachedObject<T> {
  const found = cache.get(namespace, name);
  if (found === undefined) throw notFound(groupResource(definition), name);
  return found;
}

/**
 * The object as it is stored, for what is made of it: of one that cannot be read as its kind, code sees only a part (see
 * ResourceDefinition.readable), and nothing of it may get lost. Its metadata is what can be read of it.
 */
export function storedObject<T extends KubeObject>(
  { schema }: Pick<ResourceDefinition<T>, 'schema'>,
  { object, json }: CachedObject<T>,
): Stored<T> {
  if (!schema.isRepaired(object)) return object;
  return { ...(JSON.parse(json.toString('utf8')) as Stored<T>), metadata: object.metadata };
}

/**
 * The bytes by which an object is going to be stored. Dry runs ask for them, too: they are refused as the write would be.
 * @throws StatusError 413 where the object is too large (see checkSize)
 */
export function encoded<T extends KubeObject>(
  { definition, cache }: RegistryDependencies<T>,
  { namespace, name }: NamespacedName,
  object: T,
): Buffer {
  const bytes = encodeStored(object);
  const current = cache.get(namespace, name);
  checkSize(definition, bytes.length, object, current && (() => storedObject(definition, current)));
  return bytes;
}

/**
 * Writes by compare-and-swap.
 * @returns the object as the cache has it, or as written where the cache has gone on already
 * @throws ConflictError where the race was lost, StatusError 413 where the object is too large
 */
export async function put<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision | 'absent',
  object: T,
): Promise<CachedObject<T>> {
  return putBytes(dependencies, target, expected, object, encoded(dependencies, target, object));
}

/** As put, but for the mark of a deletion: it must be made, however large the object is. */
export async function putDeletionMark<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision,
  object: T,
): Promise<CachedObject<T>> {
  return putBytes(dependencies, target, expected, object, encodeStored(object));
}

async function putBytes<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision | 'absent',
  object: T,
  bytes: Buffer,
): Promise<CachedObject<T>> {
  const { definition, store, cache } = dependencies;
  const revision = await store.write(storeKey(definition, target), expected, bytes);
  try {
    await cache.waitFor(revision);
  } catch {
    // The write is durable: a cache that lags must not make the client believe it failed.
  }
  const cached = cache.get(target.namespace, target.name);
  return cached?.revision === revision ? cached : uncached(target, object, revision);
}

/** @throws ConflictError where the race was lost */
export async function remove<T extends KubeObject>(
  { definition, store, cache }: RegistryDependencies<T>,
  target: NamespacedName,
  expected: Revision,
): Promise<void> {
  const revision = await store.write(storeKey(definition, target), expected, 'deleted');
  try {
    await cache.waitFor(revision);
  } catch {
    // As above: it is gone, whatever the cache shows.
  }
}

/** The answer of a dry run or of a last update: an object that no cache holds. Without a revision it has no version. */
export function uncached<T extends KubeObject>(
  target: NamespacedName,
  object: T,
  revision: Revision | undefined,
): CachedObject<T> {
  const shown = (revision === undefined ? object : withVersion(object, String(revision))) as Stored<T>;
  const key = objectKey(target.namespace, target.name);
  const json = Buffer.from(JSON.stringify(shown));
  return { key, object: shown, json, size: json.length, revision: revision ?? 0 };
}

/** Repeats an attempt until it does not lose its race; each one after the first sees what it lost against. */
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
      if (count >= maxAttempts) throw conflict(groupResource(definition), target.name, objectModified);
      if (typeof error.actual === 'number') await cache.waitFor(error.actual);
      else await cache.current();
    }
  }
}

/** The apiVersion and kind of the resource, whatever the object said. */
export function typed<T extends KubeObject>({ definition }: RegistryDependencies<T>, object: T): T {
  return { ...object, apiVersion: apiVersionString(definition), kind: definition.kind };
}
