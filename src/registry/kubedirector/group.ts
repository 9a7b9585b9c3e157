/** The resources of kubedirector.hpe.com, put together. */
import type { KubeObject } from '../../meta/object.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import { createGroupSchemas, type GroupSchemas } from '../../apis/kubedirector/schemas.ts';
import { isLeftBehind } from '../../apis/kubedirector/restoring.ts';
import type { RandomBytes } from '../../apis/kubedirector/secret-keys.ts';
import type {
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorEndpoint,
  KubeDirectorRole,
  KubeDirectorStatusBackup,
} from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { Fence, ResourceDefinition } from '../../apiserver/resource.ts';
import type { CachedObject, ResourceCache } from '../../apiserver/watchcache/contract.ts';
import { createDerivedCache, type StoreHub } from '../../apiserver/watchcache/index.ts';
import type { AccessReviewer, NativeClients, PodConnector } from '../../clients/contract.ts';
import { appsDefinition } from './apps.ts';
import type { LogTools } from './cluster-log.ts';
import { clustersDefinition } from './clusters.ts';
import { configsDefinition } from './configs.ts';
import { backupsDefinition } from './backups.ts';
import { baseDefinition, computedVerbs, storedVerbs } from './definition.ts';
import { endpointsDefinition } from './endpoint-proxy.ts';
import { InUse, type Holders } from './in-use.ts';
import { KeyRotation } from './key-rotation.ts';
import { createLookup } from './lookup.ts';
import type { PodTemplates } from './pod-templates.ts';
import { rolesDefinition } from './roles.ts';
import { statusBackupsDefinition } from './status-backups.ts';
import type { Forecast } from './update-warnings.ts';
import type { UrlProblem } from './url-probe.ts';
import { ViewFeed } from './view-feed.ts';

/** What the group's resources need of the rest of the program. */
export interface GroupDependencies {
  /** Not started yet. */
  readonly hub: StoreHub;
  readonly metrics: Metrics;
  /** The namespace this server runs in. */
  readonly systemNamespace: string;
  /** Asked for at each use, after start: where this server serves the native objects too, they come after this. */
  readonly native: () => NativeClients;
  /** How members are reached for who connects through the API, asked for at each use; absent: nobody can. */
  readonly pods?: () => PodConnector;
  /** How the output of members is read for who asks for it; absent: nobody can. */
  readonly logs?: LogTools;
  /** The registry made of the clusters' definition, asked for at each use. */
  readonly clusters: () => ResourceRegistry<KubeDirectorCluster>;
  readonly randomBytes: RandomBytes;
  readonly now: () => Date;
  readonly urlProblem: UrlProblem;
  /** Clusters are made in these namespaces only; absent: in all. */
  readonly namespaces?: readonly string[];
  /** Whether a controller works on the clusters: new ones then have its finalizer from the start; absent: none does. */
  readonly isControlled?: boolean;
  /** Whether a namespace is being deleted; absent: none is. */
  readonly isEnding?: (namespace: string) => boolean;
  /** How apps and configurations that clusters used are let go, asked for after start; absent: they are not. */
  readonly holders?: () => Holders;
  /** Who may see auth tokens and the master key, and read the objects that clusters refer to; absent: nobody may. */
  readonly access?: AccessReviewer;
  /** How kube-apiserver is asked about the pods of clusters; absent: the rules of this program alone count. */
  readonly podTemplates?: PodTemplates;
  /** What a change of a cluster does to its members. */
  readonly forecast: Forecast;
  /** Shared with other groups of the process; absent: this group makes its own. */
  readonly schemas?: GroupSchemas;
}

/** A resource and the cache that its reads are served from. */
export interface GroupResourceEntry<T extends KubeObject = KubeObject> {
  readonly definition: ResourceDefinition<T>;
  readonly cache: ResourceCache<T>;
}

/** The resources of the group, and what keeps them going. */
export interface KubeDirectorGroup {
  readonly apps: GroupResourceEntry<KubeDirectorApp>;
  readonly clusters: GroupResourceEntry<KubeDirectorCluster>;
  readonly configs: GroupResourceEntry<KubeDirectorConfig>;
  readonly statusBackups: GroupResourceEntry<KubeDirectorStatusBackup>;
  readonly backups: GroupResourceEntry<KubeDirectorBackup>;
  readonly roles: GroupResourceEntry<KubeDirectorRole>;
  readonly endpoints: GroupResourceEntry<KubeDirectorEndpoint>;
  /** All of the above, for who treats them alike. */
  readonly entries: readonly GroupResourceEntry[];
  /** Every schema that the group's documents refer to. */
  readonly schemas: OpenApiSchemas;
  /**
   * Lets go of apps and configs that clusters no longer use, until the signal aborts: for the leader, again in each of its
   * terms. To be called once the hub has started.
   * @param fence what its writes need
   */
  lead(signal: AbortSignal, fence?: Fence): void;
}

/** Composes the group on the store's hub. */
export function createGroup(dependencies: GroupDependencies): KubeDirectorGroup {
  const { hub, metrics, systemNamespace, native, clusters: registry, randomBytes, urlProblem, access } = dependencies;
  const { schemas: kinds = createGroupSchemas() } = dependencies;
  const schemas = kinds.all;
  const base = baseDefinitions(kinds);
  const apps = hub.cache(base.apps);
  const clusters = hub.cache(base.clusters);
  const configs = hub.cache(base.configs);
  const statusBackups = hub.cache(base.statusBackups);
  const backups = hub.cache(base.backups);
  const shared = { metrics, memory: hub.memory, upstream: hub };
  const roles = createDerivedCache({ definition: base.roles, ...shared });
  const endpoints = createDerivedCache({ definition: base.endpoints, ...shared });

  const reviewing = access === undefined ? {} : { access };
  const { isEnding = () => false, isControlled = false, holders } = dependencies;
  const caches = { apps, clusters, configs, backups };
  const lookup = createLookup({ ...{ systemNamespace, native, urlProblem }, ...caches, ...reviewing });
  const inUse = new InUse({ lookup, clusters, native, isEnding, ...(holders && { holders }) });
  const rotation = new KeyRotation({ lookup, configs, clusters: registry, ...(holders && { holders }) });
  const feed = new ViewFeed({ systemNamespace, apps, clusters, configs, turns: hub.turns }, { roles, endpoints });
  hub.compute(feed);
  const appOf = (cluster: KubeDirectorCluster) => feed.appOf(cluster);
  const clustersEntry = clustersDefinition(base.clusters, {
    schemas,
    ...{ lookup, randomBytes, registry, isEnding, isControlled, now: dependencies.now },
    foretelling: { forecast: dependencies.forecast, lookup, native, now: dependencies.now },
    hasStatusBackup: ({ namespace, name }) => isWaiting(statusBackups.get(namespace, name)),
    ...(dependencies.namespaces === undefined ? {} : { namespaces: dependencies.namespaces }),
    ...(dependencies.podTemplates === undefined ? {} : { podTemplates: dependencies.podTemplates }),
    ...{ appOf, otherAppOf: (cluster: KubeDirectorCluster) => feed.otherAppOf(cluster), native },
    ...(dependencies.logs === undefined ? {} : { logs: dependencies.logs }),
    domainBase: () => feed.domainBase,
    ...reviewing,
  });
  const connecting = { endpoints, clusters, native, pods: dependencies.pods, appOf, ...reviewing };
  const entries = {
    apps: { definition: appsDefinition(base.apps, lookup, { isEnding }), cache: apps },
    clusters: { definition: clustersEntry, cache: clusters },
    configs: {
      definition: configsDefinition(base.configs, { lookup, isEnding, randomBytes, ...reviewing }),
      cache: configs,
    },
    statusBackups: { definition: statusBackupsDefinition(base.statusBackups, access), cache: statusBackups },
    backups: { definition: backupsDefinition(base.backups, lookup), cache: backups },
    roles: {
      definition: rolesDefinition(base.roles, { schemas, views: roles, clusters: registry, now: dependencies.now }),
      cache: roles,
    },
    endpoints: { definition: endpointsDefinition(base.endpoints, connecting), cache: endpoints },
  };
  return {
    ...entries,
    // Their functions get objects of their own kind only: each cache holds no other.
    entries: Object.values(entries) as unknown as readonly GroupResourceEntry[],
    schemas,
    lead(signal, fence) {
      inUse.start(signal, fence);
      rotation.start(signal, fence);
    },
  };
}

const isWaiting = (backup: CachedObject<KubeDirectorStatusBackup> | undefined): boolean =>
  backup !== undefined && isLeftBehind(backup.object);

function baseDefinitions({ kind }: GroupSchemas) {
  return {
    apps: baseDefinition<KubeDirectorApp>('KubeDirectorApp', storedVerbs, kind('KubeDirectorApp')),
    clusters: baseDefinition<KubeDirectorCluster>('KubeDirectorCluster', storedVerbs, kind('KubeDirectorCluster')),
    configs: baseDefinition<KubeDirectorConfig>('KubeDirectorConfig', storedVerbs, kind('KubeDirectorConfig')),
    statusBackups: baseDefinition<KubeDirectorStatusBackup>(
      'KubeDirectorStatusBackup',
      storedVerbs,
      kind('KubeDirectorStatusBackup'),
    ),
    backups: baseDefinition<KubeDirectorBackup>('KubeDirectorBackup', storedVerbs, kind('KubeDirectorBackup')),
    roles: baseDefinition<KubeDirectorRole>('KubeDirectorRole', computedVerbs, kind('KubeDirectorRole')),
    endpoints: baseDefinition<KubeDirectorEndpoint>(
      'KubeDirectorEndpoint',
      computedVerbs,
      kind('KubeDirectorEndpoint'),
    ),
  };
}
