/** The registries of the served resources, one for each version. */
import { apiVersionString, type KubeObject } from '../meta/object.ts';
import type { Admission } from './admission/contract.ts';
import type { ResourceRegistry } from './registry/contract.ts';
import {
  createOwners,
  createRegistry,
  createVersionRegistry,
  withPipeline,
  type RegistryDependencies,
} from './registry/index.ts';
import type { ResourceDefinition } from './resource.ts';
import { resourceKey } from './routes.ts';
import { createConverter, createVersions, servedDefinitions, type Versions } from './versions/index.ts';
import { createVersionCache, type StoreHub } from './watchcache/index.ts';

/** A resource to serve. */
export interface ServedResource {
  readonly definition: ResourceDefinition;
  /** Absent: a generic registry on the store. A computed view brings its own. */
  readonly registry?: ResourceRegistry;
}

/** What registries are made of. */
type RegistriesOptions = Omit<RegistryDependencies, 'definition' | 'cache' | 'revisionOf' | 'owners' | 'versions'> & {
  readonly resources: readonly ServedResource[];
  readonly hub: StoreHub;
  readonly admission?: Admission;
};

/** The registries of all resources. */
interface Registries {
  /** By `resourceKey`: those that clients may ask for. */
  readonly served: ReadonlyMap<string, ResourceRegistry>;
  /** One for each resource, in its hub's version. */
  readonly hubs: readonly ResourceRegistry[];
}

/** Asks the hub for the caches. */
export function createRegistries(options: RegistriesOptions): Registries {
  const served = new Map<string, ResourceRegistry>();
  const hubs: ResourceRegistry[] = [];
  for (const resource of options.resources) {
    const versions = createVersions(resource.definition);
    const hub = hubRegistry(options, resource, versions);
    hubs.push(hub);
    for (const definition of servedDefinitions(resource.definition)) {
      const isHub = definition.version === hub.definition.version;
      const registry =
        isHub || versions === undefined ? hub : inVersion(options, resource, { definition, versions, hub });
      served.set(resourceKey({ ...definition, resource: definition.plural }), deprecated(registry, definition));
    }
  }
  return { served, hubs };
}

/** The warning about a deprecated version is made of all served ones. */
function deprecated(registry: ResourceRegistry, { deprecated: said }: ResourceDefinition): ResourceRegistry {
  return said === undefined ? registry : { ...registry, definition: { ...registry.definition, deprecated: said } };
}

function hubRegistry(
  options: RegistriesOptions,
  { definition: given, registry }: ServedResource,
  versions: Versions | undefined,
): ResourceRegistry {
  const { store, hub, clock, random, uid, namespaces, admission, quota } = options;
  const definition = withPipeline(given, { admission, now: () => clock.now(), versions });
  if (registry !== undefined) return { ...registry, definition };
  return createRegistry({
    ...{ definition, store, clock, random, uid },
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(admission === undefined ? {} : { admission }),
    ...(quota === undefined ? {} : { quota }),
    ...(versions === undefined ? {} : { versions }),
    owners: createOwners(definition, () => clock.now(), ownersOfAll(given)),
    cache: hub.cache(given),
    revisionOf: (key) => hub.revisionOf(key),
  });
}

interface InVersion {
  readonly definition: ResourceDefinition;
  readonly versions: Versions;
  readonly hub: ResourceRegistry;
}

function inVersion(
  { hub: store, clock, admission }: RegistriesOptions,
  resource: ServedResource,
  { definition: given, versions, hub }: InVersion,
): ResourceRegistry {
  const definition = withPipeline(given, { admission, now: () => clock.now(), versions });
  const { memory } = store;
  return createVersionRegistry<KubeObject>({
    ...{ hub, definition, versions, memory },
    owners: createOwners(definition, () => clock.now(), ownersOfAll(resource.definition)),
    // What is computed is no store's.
    cache:
      resource.registry === undefined
        ? store.cache(resource.definition, given)
        : createVersionCache(resource.registry.cache, given, versions, memory),
  });
}

function ownersOfAll(definition: ResourceDefinition): Parameters<typeof createOwners>[2] {
  const converter = createConverter(definition);
  if (converter === undefined) return {};
  const { group } = definition;
  const apiVersions = createVersions(definition)?.all.map((version) => apiVersionString({ group, version })) ?? [];
  return { converter, apiVersions };
}
