/** The verbs of one resource in another version than the hub's: what they read and write is converted on its way. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Versions } from '../versions/index.ts';
import type { CachedObject, ResourceCache } from '../watchcache/contract.ts';
import { Converted } from '../watchcache/index.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { ResourceRegistry, WriteResult, WriteVersion } from './contract.ts';
import { existing, writeResult } from './object-store.ts';
import type { Owners } from './owners.ts';
import { withRedaction } from './redacted.ts';

interface VersionRegistryOptions<T extends KubeObject> {
  /** Of the hub; it shows everything. */
  readonly hub: ResourceRegistry<T>;
  /** Of this version. */
  readonly definition: ResourceDefinition<T>;
  readonly versions: Versions;
  /** Shows the objects in this version. */
  readonly cache: ResourceCache<T>;
  readonly memory: ConstructorParameters<typeof Converted<T>>[0]['memory'];
  readonly owners: Owners<T>;
}

/** The same objects, by the same rules, in the version of the definition. */
export function createVersionRegistry<T extends KubeObject>(options: VersionRegistryOptions<T>): ResourceRegistry<T> {
  const { hub, definition, cache, memory, owners, versions } = options;
  const version = writeVersion(options);
  const converted = new Converted<T>({ memory, convert: (object) => versions.convert(object, definition.version) });
  const shown = (result: WriteResult<T>): WriteResult<T> => writeResult(converted.entry(result), result.created);
  return withRedaction({
    definition,
    cache,
    owners,
    async get(target): Promise<CachedObject<T>> {
      await cache.current();
      return existing({ definition, cache }, target);
    },
    async create(context, namespace, object, options) {
      return shown(await hub.create(context, namespace, object, { ...options, version }));
    },
    async update(context, target, transform, options) {
      const inVersion = (current: Stored<T> | undefined): T | Promise<T> =>
        transform(current && version.shown(current));
      return shown(await hub.update(context, target, inVersion, { ...options, version }));
    },
    async delete(context, target, options) {
      const { object, ...result } = await hub.delete(context, target, { ...options, version });
      return { ...result, object: converted.entry(object) };
    },
  });
}

function writeVersion<T extends KubeObject>(options: VersionRegistryOptions<T>): WriteVersion<T> {
  const { definition, versions, owners } = options;
  const { group, version, kind, plural, schema } = definition;
  const known = new WeakMap<Stored<T>, Stored<T>>();
  return {
    definition,
    place: { group, version, kind, plural, schema },
    owners,
    toHub: (object) => versions.convert(object, versions.hub),
    fromHub: (object) => versions.convert(object, version),
    shown(object) {
      const made = known.get(object) ?? versions.convert(object, version);
      known.set(object, made);
      return made;
    },
  };
}
