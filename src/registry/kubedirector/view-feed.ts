/** Keeps the views' caches at what follows from the clusters, their apps and the config, commit by commit. */
import { deepEqual } from '../../meta/json.ts';
import type { NamespacedName } from '../../meta/object.ts';
import { otherAppName } from '../../apis/kubedirector/app-lookups.ts';
import { resolveApp } from '../../apis/kubedirector/lookup.ts';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorEndpoint,
  KubeDirectorRole,
} from '../../apis/kubedirector/types.ts';
import type { Turns } from '../../runtime/turns.ts';
import { globalConfigName } from '../../apis/kubedirector/well-known.ts';
import type { CachedObject, ResourceCache } from '../../apiserver/watchcache/contract.ts';
import { isOf, type Computed, type DerivedCache, type StoredChange } from '../../apiserver/watchcache/index.ts';
import { fieldsOfApps } from './lookup.ts';
import { endpointViews, roleViews } from './views.ts';

interface ViewSources {
  readonly systemNamespace: string;
  readonly apps: ResourceCache<KubeDirectorApp>;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
  readonly configs: ResourceCache<KubeDirectorConfig>;
  /** For what concerns many clusters. */
  readonly turns: Turns;
}

interface Views {
  readonly roles: DerivedCache<KubeDirectorRole>;
  readonly endpoints: DerivedCache<KubeDirectorEndpoint>;
}

type Cluster = CachedObject<KubeDirectorCluster>;
type App = CachedObject<KubeDirectorApp>;

/** A cluster whose views may change with a commit. */
interface Concerned {
  readonly key: string;
  /** Absent: the views are computed anew, whatever has changed. */
  readonly previous?: Cluster | undefined;
  /** The state that the commit leaves; undefined: it is deleted. */
  readonly current: Cluster | undefined;
  /** Only if it uses one of these. */
  readonly apps?: ReadonlySet<string>;
}

/** A commit for which everything is computed before it is shown. */
interface Prepared {
  readonly changes: readonly StoredChange[];
  /** The apps that it changes, by key. */
  readonly apps: ReadonlyMap<string, App | undefined>;
}

/** For so many clusters views are computed in one go. */
const atOnce = 32;
const defaultDomainBase = '.svc.cluster.local';

/** Keeps the computed views up to date with the stored objects. */
export class ViewFeed implements Computed {
  readonly #sources: ViewSources;
  readonly #views: Views;
  #domainBase = defaultDomainBase;
  #prepared: Prepared | undefined;

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
    return this.#appEntryOf(cluster, (key) => this.#shownApp(key))?.object;
  }

  /** The one that members run which have not moved yet, or not gone back. */
  otherAppOf(cluster: KubeDirectorCluster): KubeDirectorApp | undefined {
    return this.#otherAppEntryOf(cluster, (key) => this.#shownApp(key))?.object;
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

  /** What concerns many clusters takes long: another domain, an app that many use, what a list of the store has changed. */
  prepare(changes: readonly StoredChange[]): Promise<void> | undefined {
    const isUsual = changes.length <= atOnce && changes.every((change) => isOf(this.#sources.clusters, change));
    if (isUsual) return undefined;
    const domainBase = this.#domainAfter(changes);
    const isOtherDomain = domainBase !== this.#domainBase;
    const work = this.#concerned(changes, isOtherDomain);
    if (work.length <= atOnce && !isOtherDomain) return undefined;
    this.#domainBase = domainBase;
    const apps = changes.flatMap((change) => (isOf(this.#sources.apps, change) ? [change] : []));
    this.#prepared = { changes, apps: new Map(apps.map(({ key, current }) => [key, current])) };
    return this.#inSlices(work, (one) => this.#follow(one));
  }

  follow(changes: readonly StoredChange[], revision: number): void {
    const isPrepared = this.#prepared?.changes === changes;
    this.#prepared = undefined;
    if (!isPrepared) for (const one of this.#concerned(changes, false)) this.#follow(one);
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

  /**
   * The clusters whose views may change, in the state that they are to have. Before the commit is shown and after it, they are the
   * same. Of those that only their app concerns, some may not use it.
   */
  #concerned(changes: readonly StoredChange[], all: boolean): readonly Concerned[] {
    const { clusters } = this.#sources;
    const found = new Map<string, Concerned>();
    if (all) for (const entry of clusters.list({}).objects) found.set(entry.key, { key: entry.key, current: entry });
    const apps = all ? new Set<string>() : this.#otherApps(changes);
    for (const app of apps) {
      // Looks into the index only, where that is complete, and otherwise finds all clusters: they are not parsed here.
      for (const used of fieldsOfApps) {
        const users = clusters.list({ fields: { exact: (field) => (field === used ? app : undefined) } });
        for (const entry of users.objects) found.set(entry.key, { key: entry.key, current: entry, apps });
      }
    }
    for (const change of changes) {
      if (!isOf(clusters, change)) continue;
      const { key, previous, current } = change;
      found.set(key, found.has(key) ? { key, current } : { key, previous, current });
    }
    return [...found.values()];
  }

  /** The names of apps whose clusters may have other views. */
  #otherApps(changes: readonly StoredChange[]): ReadonlySet<string> {
    const { apps } = this.#sources;
    const names = new Set<string>();
    for (const change of changes) {
      if (isOf(apps, change) && isOtherApp(change.previous, change.current)) {
        names.add(change.key.slice(change.key.indexOf('/') + 1));
      }
    }
    return names;
  }

  #follow({ key, previous, current, apps }: Concerned): void {
    if (current === undefined) this.#forget(key);
    else if (apps !== undefined && !usesAny(current.object, apps)) return;
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
    const app = this.#appEntryOf(entry.object, (key) => this.#appAfter(key));
    const other = this.#otherAppEntryOf(entry.object, (key) => this.#appAfter(key));
    const domainBase = this.#domainBase;
    return {
      roles: () => roleViews(entry.object, app?.object),
      endpoints: () => endpointViews(entry.object, { app: app?.object, other: other?.object }, domainBase),
      since: Math.max(entry.revision, app?.revision ?? 0, other?.revision ?? 0),
    };
  }

  #appEntryOf(
    { metadata, spec }: KubeDirectorCluster,
    entryOf: (target: NamespacedName) => App | undefined,
  ): App | undefined {
    const app = (target: NamespacedName) => entryOf(target)?.object;
    const { systemNamespace } = this.#sources;
    const found = resolveApp({ app, systemNamespace }, metadata.namespace ?? '', spec)?.app.metadata;
    return found && entryOf({ namespace: found.namespace ?? '', name: found.name ?? '' });
  }

  #otherAppEntryOf(
    cluster: KubeDirectorCluster,
    entryOf: (target: NamespacedName) => App | undefined,
  ): App | undefined {
    const app = otherAppName(cluster);
    return app === undefined ? undefined : this.#appEntryOf({ ...cluster, spec: { ...cluster.spec, app } }, entryOf);
  }

  #shownApp({ namespace, name }: NamespacedName): App | undefined {
    return this.#sources.apps.get(namespace, name);
  }

  /** As the commit leaves it that is being prepared, if one is. */
  #appAfter(target: NamespacedName): App | undefined {
    const key = `${target.namespace}/${target.name}`;
    return this.#prepared?.apps.has(key) === true ? this.#prepared.apps.get(key) : this.#shownApp(target);
  }

  /** The domain that the commit leaves. */
  #domainAfter(changes: readonly StoredChange[]): string {
    const { configs, systemNamespace } = this.#sources;
    const key = `${systemNamespace}/${globalConfigName}`;
    for (const change of changes) if (isOf(configs, change) && change.key === key) return domainBaseOf(change.current);
    return this.#domainBase;
  }

  async #inSlices<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
    const { clusters, turns } = this.#sources;
    turns.due();
    for (let next = 0; next < items.length;) {
      if (next > 0) await turns.next();
      clusters.passing(() => {
        do work(items[next++] as T);
        while (next < items.length && !turns.due());
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

const usesAny = (cluster: KubeDirectorCluster, apps: ReadonlySet<string>): boolean =>
  apps.has(cluster.spec.app) || apps.has(otherAppName(cluster) ?? '');

/** Whether all is the same object that roleViews and endpointViews read; parts without a change are shared. */
function isSameForViews(before: KubeDirectorCluster | undefined, now: KubeDirectorCluster): boolean {
  return before?.spec === now.spec && before.status === now.status && before.metadata.uid === now.metadata.uid;
}
