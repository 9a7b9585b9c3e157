/** A playground with a store in memory: the definitions, their registries, and the simulators without delays. */
import { randomUUID } from 'node:crypto';
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import { createRegistry } from '../../../src/apiserver/registry/index.ts';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext, ResourceDefinition } from '../../../src/apiserver/resource.ts';
import { createStoreHub, type StoreHub } from '../../../src/apiserver/watchcache/index.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import { snapshotSchemas } from '../../../src/playground/snapshots/schemas.ts';
import { playgroundDefinitions } from '../../../src/playground/definitions/index.ts';
import { noDelays, type PlaygroundDelays } from '../../../src/playground/simulation/delays.ts';
import { createPlayground, type Playground } from '../../../src/playground/playground.ts';
import { lookupIn, nativeRegistries, type NativeRegistries } from '../../../src/playground/simulation/world.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import type { OpenApiSchemas, ResourceSchema } from '../../../src/schema/contract.ts';
import { createResourceSchemas } from '../../../src/schema/index.ts';
import type { Store } from '../../../src/storage/contract.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const schemas: OpenApiSchemas = { ...(kubernetes.components.schemas as unknown as OpenApiSchemas), ...snapshotSchemas };

const created = createResourceSchemas(schemas);
const known = new Map<string, ResourceSchema>();
/** The schema is shared by all clusters of the process, because compiling takes longer than most tests. */
export function testSchema(name: string): ResourceSchema {
  const schema = known.get(name) ?? created(name);
  known.set(name, schema);
  return schema;
}

export const admin = {
  user: { name: 'admin', groups: ['system:masters'] },
  requestId: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
} satisfies CallContext;

/** A simple definition in place of that of KubeDirectorCluster: any object with metadata. */
const clusterDefinition = (template: ResourceDefinition): ResourceDefinition => ({
  ...template,
  group: 'kubedirector.hpe.com',
  version: 'v1beta1',
  plural: 'kubedirectorclusters',
  singular: 'kubedirectorcluster',
  kind: 'KubeDirectorCluster',
  listKind: 'KubeDirectorClusterList',
  strategy: {},
});

export interface TestCluster {
  readonly native: NativeRegistries;
  readonly clusters: ResourceRegistry;
  readonly registries: readonly ResourceRegistry[];
  readonly playground: Playground;
  readonly store: Store;
  events(): Stored<KubeObject & { reason?: string; message?: string; involvedObject?: { name?: string } }>[];
  stop(): void;
}

export interface TestClusterOptions {
  readonly store?: Store;
  readonly delays?: Partial<PlaygroundDelays>;
  readonly clock?: Clock;
  /** If false, there are only registries and strategies, without simulators. */
  readonly simulate?: boolean;
  /** Versions of KubeDirectorCluster. */
  readonly versions?: NonNullable<ResourceDefinition['versions']>;
  /** Called before the hub starts. */
  readonly compose?: (hub: StoreHub, registries: readonly ResourceRegistry[]) => void;
}

export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const store = options.store ?? new MemoryStore();
  const clock = options.clock ?? systemClock;
  const metrics = createMetrics();
  const stopper = new AbortController();
  const hub = createStoreHub({ store, clock, logger: silentLogger, metrics });
  const registries: ResourceRegistry[] = [];
  const lookup = lookupIn(registries);
  const native = playgroundDefinitions({
    schema: testSchema,
    lookup,
    now: () => clock.now(),
    random: Math.random,
  });
  const clusters = clusterDefinition(native.find((one) => one.plural === 'serviceaccounts')!);
  const { versions } = options;
  const definitions = [...native, versions === undefined ? clusters : { ...clusters, versions }];
  for (const definition of definitions) {
    const phase = (name: string) => {
      const namespace = lookup
        .registry<KubeObject & { status?: { phase?: string } }>('', 'namespaces')
        .cache.get('', name);
      return namespace && (namespace.object.metadata.deletionTimestamp ? 'Terminating' : 'Active');
    };
    const cache = hub.cache(definition);
    const revisionOf = (key: string) => hub.revisionOf(key);
    const shared = { store, clock, revisionOf, random: Math.random, uid: randomUUID, namespaces: { phase } };
    registries.push(createRegistry({ definition, cache, ...shared }));
  }
  options.compose?.(hub, registries);
  await hub.start(stopper.signal);
  const playground = createPlayground({
    registries,
    clock,
    random: Math.random,
    logger: silentLogger,
    metrics,
    delays: { ...noDelays, ...options.delays },
    caCertificate: 'CA',
    port: 6443,
    systemNamespace: 'kubedirector',
    user: { name: 'controller', groups: [] },
    manager: 'kubedirector',
    requestId: randomUUID,
  });
  if (options.simulate === false) {
    const target = lookup.registry<KubeObject>('', 'namespaces');
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    if (!target.cache.get('', 'default')) await target.create(admin, '', namespace);
  } else await playground.start(stopper.signal);
  return {
    native: nativeRegistries(lookup),
    clusters: lookup.registry('kubedirector.hpe.com', 'kubedirectorclusters'),
    registries,
    playground,
    store,
    events: () =>
      lookup
        .registry<KubeObject>('', 'events')
        .cache.list({})
        .objects.map((one) => one.object),
    stop: () => stopper.abort(),
  };
}
