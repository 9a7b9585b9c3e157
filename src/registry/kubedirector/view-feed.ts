/** Keeps the views' caches at what follows from the clusters, their apps and the config, as these change. */
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
import type { DerivedCache } from '../../apiserver/watchcache/index.ts';
import { parseFieldSelector } from '../../meta/fields.ts';
import { follow } from './follow.ts';
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

/** What the views of a cluster were computed from. */
interface ComputedFrom {
  /** Weak: parsed forms of all clusters would be one more copy of them. */
  cluster: WeakRef<KubeDirectorCluster>;
  readonly app: CachedObject<KubeDirectorApp> | undefined;
  readonly domainBase: string;
}

const defaultDomainBase = '.svc.cluster.local';

/** Keeps the computed views up to date with clusters and native objects. */
export class ViewFeed {
  readonly #sources: ViewSources;
  readonly #views: Views;
  #domainBase = defaultDomainBase;
  /** By the cluster's key. */
  readonly #computed = new Map<string, ComputedFrom>();
  /** The pass over all clusters that goes on, if one does. */
  #pass: symbol | undefined;

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

  /** Once the caches of the sources are filled: computes everything, and goes on doing so until the signal aborts. */
  start(signal: AbortSignal): void {
    const { apps, clusters, configs } = this.#sources;
    this.#readConfig();
    const missed = (): void => this.#everythingAgain(signal);
    follow(clusters, signal, {
      changed: ({ type, object }) => {
        if (type === 'MODIFIED') this.#clusterChanged(object);
        else this.#cluster(object, type === 'DELETED');
      },
      missed,
    });
    follow(apps, signal, { changed: ({ object }) => this.#usersOf(object.object.metadata.name), missed });
    follow(configs, signal, { changed: () => this.#readConfig() && missed(), missed });
    this.#everything();
    this.#views.roles.begin();
    this.#views.endpoints.begin();
    signal.addEventListener('abort', () => {
      this.#views.roles.stop();
      this.#views.endpoints.stop();
    });
  }

  /** In one go: only before anybody is served. */
  #everything(): void {
    const { clusters } = this.#sources;
    clusters.passing(() => {
      for (const entry of clusters.list({}).objects) this.#cluster(entry, false);
    });
  }

  /** Begins to compute all views anew, in slices. Asked for again meanwhile, it begins with the first cluster again. */
  #everythingAgain(signal: AbortSignal): void {
    const pass = (this.#pass = Symbol());
    const { clusters } = this.#sources;
    const turns = createTurns();
    turns.due();
    const remaining = clusters.list({}).objects[Symbol.iterator]();
    const slice = (): void => {
      for (;;) {
        const next = remaining.next();
        if (next.done === true) return;
        this.#clusterAsItIs(next.value);
        if (turns.due()) break;
      }
      const goOn = (): void => {
        if (this.#pass === pass && !signal.aborted) clusters.passing(slice);
      };
      turns.next(signal).then(goOn, () => undefined);
    };
    clusters.passing(slice);
  }

  /** Changes since the pass began were computed when they came: the pass must not bring back what was before them. */
  #clusterAsItIs({ key }: CachedObject<KubeDirectorCluster>): void {
    const [namespace = '', name = ''] = key.split('/');
    const entry = this.#sources.clusters.get(namespace, name);
    if (entry !== undefined) this.#cluster(entry, false);
  }

  #cluster(entry: CachedObject<KubeDirectorCluster>, isGone: boolean): void {
    const { roles, endpoints } = this.#views;
    const at = Math.max(entry.revision, this.#sources.clusters.revision());
    if (isGone) {
      this.#computed.delete(entry.key);
      roles.replace(entry.key, [], at);
      endpoints.replace(entry.key, [], at);
      return;
    }
    const { object } = entry;
    const from = { cluster: new WeakRef(object), app: this.#appEntryOf(object), domainBase: this.#domainBase };
    this.#computed.set(entry.key, from);
    const derive = derivations(entry, from);
    roles.replace(entry.key, derive.roles, at);
    endpoints.replace(entry.key, derive.endpoints, at);
  }

  /** A change of metadata changes no view: labels and annotations are patched more often than all else. */
  #clusterChanged(entry: CachedObject<KubeDirectorCluster>): void {
    const from = this.#computed.get(entry.key);
    const before = from?.cluster.deref();
    if (from === undefined || before === undefined || !isSameForViews(before, entry.object)) {
      this.#cluster(entry, false);
      return;
    }
    from.cluster = new WeakRef(entry.object);
    const { roles, endpoints } = this.#views;
    const derive = derivations(entry, from);
    const isShown = roles.compute(entry.key, derive.roles) && endpoints.compute(entry.key, derive.endpoints);
    if (!isShown) this.#cluster(entry, false);
  }

  #usersOf(app: string): void {
    const users = this.#sources.clusters.list({ fields: parseFieldSelector(`spec.app=${app}`) });
    for (const entry of users.objects) this.#cluster(entry, false);
  }

  #readConfig(): boolean {
    const config = this.#sources.configs.get(this.#sources.systemNamespace, globalConfigName)?.object;
    const domainBase = config?.spec?.clusterSvcDomainBase ?? defaultDomainBase;
    if (domainBase === this.#domainBase) return false;
    this.#domainBase = domainBase;
    return true;
  }
}

/** From states of objects, not from their parsed forms: these would be one more copy of all. */
function derivations(
  entry: CachedObject<KubeDirectorCluster>,
  { app, domainBase }: ComputedFrom,
): { roles: () => KubeDirectorRole[]; endpoints: () => KubeDirectorEndpoint[] } {
  return {
    roles: () => roleViews(entry.object, app?.object),
    endpoints: () => endpointViews(entry.object, app?.object, domainBase),
  };
}

/** Whether all is the same object that roleViews and endpointViews read; parts without a change are shared. */
function isSameForViews(before: KubeDirectorCluster, now: KubeDirectorCluster): boolean {
  return before.spec === now.spec && before.status === now.status && before.metadata.uid === now.metadata.uid;
}
