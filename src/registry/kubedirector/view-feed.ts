/** Keeps the views' caches at what follows from the clusters, their apps and the config, commit by commit. */
import { deepEqual } from '../../meta/json.ts';
import type { NamespacedName } from '../../meta/object.ts';
import { resolveApp } from '../../apis/kubedirector/lookup.ts';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorEndpoint,
  KubeDirectorRole,
} from '../../apis/kubedirector/types.ts';
import { createTurns } from '../../runtime/turns.ts';
import { globalConfigName } from '../../apis/kubedirector/well-known.ts';
import type { CachedObject, ResourceCache } from '../../apiserver/watchcache/contract.ts';
import { isOf, type Computed, type DerivedCache, type StoredChange } from '../../apiserver/watchcache/index.ts';
import { parseFieldSelector } from '../../meta/fields.ts';
import { endpointViews, roleViews } from './views.ts';

interface ViewSources {
  readonly systemNamespace: string;
  readonly apps: ResourceCache<KubeDirectorApp>;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
  readonly configs: ResourceCache<KubeDirectorConfig>;
}

interface Views {
  readonly roles: DerivedCache<KubeDirectorRole>;
  readonly endpoints: DerivedCache<KubeDirectorEndpoint>;
}

type Cluster = CachedObject<KubeDirectorCluster>;

const defaultDomainBase = '.svc.cluster.local';

/** Keeps the computed views up to date with the stored objects. */
export class ViewFeed implements Computed {
  readonly #sources: ViewSources;
  readonly #views: Views;
  #domainBase = defaultDomainBase;

  constructor(sources: ViewSources, views: Views) {
    this.#sources = sources;
    this.#views = views;
  }

  /** What follows the namespace in the DNS names of Services. */
  get domainBase(): string {
    return this.#domainBase;
  }

  /** The app that a cluster is an instance of. */
  appOf(cluster: KubeDirectorCluster): KubeDirectorApp | undefined {
    return this.#appEntryOf(cluster)?.object;
  }

  #appEntryOf({ metadata, spec }: KubeDirectorCluster): CachedObject<KubeDirectorApp> | undefined {
    const { apps, systemNamespace } = this.#sources;
    const app = ({ namespace, name }: NamespacedName) => apps.get(namespace, name)?.object;
    const found = resolveApp({ app, systemNamespace }, metadata.namespace ?? '', spec)?.app.metadata;
    return found && apps.get(found.namespace ?? '', found.name ?? '');
  }

  async fill(revision: number): Promise<void> {
    this.#domainBase = domainBaseOf(this.#config());
    const present = new Set<string>();
    await this.#inSlices(this.#sources.clusters.list({}).objects, (entry) => {
      present.add(entry.key);
      this.#replace(entry);
    });
    for (const key of [...this.#views.roles.owners()]) if (!present.has(key)) this.#forget(key);
    this.#show(revision);
  }

  /** Another domain changes the endpoints of all clusters. */
  prepare(changes: readonly StoredChange[]): Promise<void> | undefined {
    const { clusters, configs, systemNamespace } = this.#sources;
    const config = changes.find(
      (change) => isOf(configs, change) && change.key === `${systemNamespace}/${globalConfigName}`,
    );
    if (config === undefined || !isOf(configs, config)) return undefined;
    const domainBase = domainBaseOf(config.current);
    if (domainBase === this.#domainBase) return undefined;
    this.#domainBase = domainBase;
    return this.#inSlices(clusters.list({}).objects, (entry) => {
      this.#replace(entry);
    });
  }

  follow(changes: readonly StoredChange[], revision: number): void {
    const { apps, clusters } = this.#sources;
    for (const change of changes) {
      if (isOf(apps, change) && isOtherApp(change.previous, change.current)) this.#usersOf(change.key);
    }
    // After the apps: what is computed last counts.
    for (const change of changes) if (isOf(clusters, change)) this.#clusterChanged(change);
    this.#show(revision);
  }

  stop(): void {
    this.#views.roles.stop();
    this.#views.endpoints.stop();
  }

  #show(revision: number): void {
    this.#views.roles.show(revision);
    this.#views.endpoints.show(revision);
  }

  #config(): CachedObject<KubeDirectorConfig> | undefined {
    return this.#sources.configs.get(this.#sources.systemNamespace, globalConfigName);
  }

  #usersOf(key: string): void {
    const app = key.slice(key.indexOf('/') + 1);
    const users = this.#sources.clusters.list({ fields: parseFieldSelector(`spec.app=${app}`) });
    for (const entry of users.objects) this.#replace(entry);
  }

  #clusterChanged(change: { key: string; previous: Cluster | undefined; current: Cluster | undefined }): void {
    const { key, previous, current } = change;
    if (current === undefined) this.#forget(key);
    else if (!isSameForViews(previous?.parsed, current.object) || !this.#compute(current)) this.#replace(current);
  }

  #replace(entry: Cluster): void {
    const derive = this.#derivations(entry);
    const { roles, endpoints } = this.#views;
    roles.replace(entry.key, derive.roles, derive.since);
    endpoints.replace(entry.key, derive.endpoints, Math.max(derive.since, this.#config()?.revision ?? 0));
  }

  /** A change of metadata changes no view: labels and annotations are patched more often than all else. */
  #compute(entry: Cluster): boolean {
    const derive = this.#derivations(entry);
    const { roles, endpoints } = this.#views;
    return roles.compute(entry.key, derive.roles) && endpoints.compute(entry.key, derive.endpoints);
  }

  #forget(key: string): void {
    this.#views.roles.replace(key, [], 0);
    this.#views.endpoints.replace(key, [], 0);
  }

  /** From states of objects, not from their parsed forms: these would be one more copy of all. */
  #derivations(entry: Cluster) {
    const app = this.#appEntryOf(entry.object);
    const domainBase = this.#domainBase;
    return {
      roles: () => roleViews(entry.object, app?.object),
      endpoints: () => endpointViews(entry.object, app?.object, domainBase),
      since: Math.max(entry.revision, app?.revision ?? 0),
    };
  }

  async #inSlices(entries: readonly Cluster[], work: (entry: Cluster) => void): Promise<void> {
    const turns = createTurns();
    turns.due();
    for (let next = 0; next < entries.length;) {
      if (next > 0) await turns.next();
      this.#sources.clusters.passing(() => {
        do work(entries[next++] as Cluster);
        while (next < entries.length && !turns.due());
      });
    }
  }
}

function domainBaseOf(config: CachedObject<KubeDirectorConfig> | undefined): string {
  return config?.object.spec?.clusterSvcDomainBase ?? defaultDomainBase;
}

/** Whether views of clusters that use it may be others: apps are labelled, and their status changes, too. */
function isOtherApp(
  previous: CachedObject<KubeDirectorApp> | undefined,
  current: CachedObject<KubeDirectorApp> | undefined,
): boolean {
  return !deepEqual(previous?.object.spec, current?.object.spec);
}

/** Whether all is the same object that roleViews and endpointViews read; parts without a change are shared. */
function isSameForViews(before: KubeDirectorCluster | undefined, now: KubeDirectorCluster): boolean {
  return before?.spec === now.spec && before.status === now.status && before.metadata.uid === now.metadata.uid;
}
