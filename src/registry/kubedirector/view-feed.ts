/** Keeps the views' caches at what follows from the clusters, their apps and the members' Services, as these change. */
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import { resolveApp } from '../../apis/kubedirector/lookup.ts';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorEndpoint,
  KubeDirectorRole,
} from '../../apis/kubedirector/types.ts';
import { clusterLabel, globalConfigName } from '../../apis/kubedirector/well-known.ts';
import type { CachedObject, ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { DerivedCache } from '../../apiserver/watchcache/index.ts';
import { parseFieldSelector } from '../../meta/fields.ts';
import type { NativeClients } from '../../clients/contract.ts';
import { nodeAddresses, type Surroundings } from './endpoints.ts';
import { endpointViews, roleViews } from './views.ts';

export interface ViewSources {
  readonly systemNamespace: string;
  readonly apps: ResourceCache<KubeDirectorApp>;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
  readonly configs: ResourceCache<KubeDirectorConfig>;
  readonly native: () => NativeClients;
}

export interface Views {
  readonly roles: DerivedCache<KubeDirectorRole>;
  readonly endpoints: DerivedCache<KubeDirectorEndpoint>;
}

const defaultDomainBase = '.svc.cluster.local';

export class ViewFeed {
  readonly #sources: ViewSources;
  readonly #views: Views;
  #nodeAddresses: readonly string[] = [];
  #domainBase = defaultDomainBase;

  constructor(sources: ViewSources, views: Views) {
    this.#sources = sources;
    this.#views = views;
  }

  /** What a cluster's endpoints depend on besides itself and its app. */
  surroundings(namespace: string): Surroundings {
    const { services } = this.#sources.native();
    return {
      service: (name) => services.get(namespace, name),
      nodeAddresses: this.#nodeAddresses,
      domainBase: this.#domainBase,
    };
  }

  /** The app that a cluster is an instance of. */
  appOf({ metadata, spec }: KubeDirectorCluster): KubeDirectorApp | undefined {
    const { apps, systemNamespace } = this.#sources;
    const app = ({ namespace, name }: NamespacedName) => apps.get(namespace, name)?.object;
    return resolveApp({ app, systemNamespace }, metadata.namespace ?? '', spec)?.app;
  }

  /** Once the caches of the sources are filled: computes everything, and goes on doing so until the signal aborts. */
  start(signal: AbortSignal): void {
    const { apps, clusters, configs, native } = this.#sources;
    this.#readNodes();
    this.#readConfig();
    this.#follow(clusters, signal, (entry, isGone) => this.#cluster(entry, isGone));
    this.#follow(apps, signal, ({ object }) => this.#usersOf(object.metadata.name));
    this.#follow(configs, signal, () => this.#readConfig() && this.#everything());
    const stops = [
      native().services.onChange(({ object, old }) => this.#serviceChanged(object ?? old)),
      native().nodes.onChange(() => this.#readNodes() && this.#everything()),
    ];
    this.#everything();
    this.#views.roles.begin();
    this.#views.endpoints.begin();
    signal.addEventListener('abort', () => {
      for (const stop of stops) stop();
      this.#views.roles.stop();
      this.#views.endpoints.stop();
    });
  }

  /** Calls back for every change; a watch that was cut off begins anew, with everything computed again. */
  #follow<T extends KubeObject>(
    cache: ResourceCache<T>,
    signal: AbortSignal,
    changed: (entry: CachedObject<T>, isGone: boolean) => void,
  ): void {
    const watch = cache.watch({ after: cache.revision() });
    watch.onReady(() => {
      for (const { type, object } of watch.take()) changed(object, type === 'DELETED');
      if (watch.ended() !== 'backlog' || signal.aborted) return;
      this.#follow(cache, signal, changed);
      this.#everything();
    });
    signal.addEventListener('abort', () => watch.close(), { once: true });
  }

  #everything(): void {
    for (const entry of this.#sources.clusters.list({}).objects) this.#cluster(entry, false);
  }

  #cluster({ key, object, revision }: CachedObject<KubeDirectorCluster>, isGone: boolean): void {
    const at = Math.max(revision, this.#sources.clusters.revision());
    const app = isGone ? undefined : this.appOf(object);
    const around = this.surroundings(object.metadata.namespace ?? '');
    this.#views.roles.replace(key, isGone ? [] : roleViews(object, app), at);
    this.#views.endpoints.replace(key, isGone ? [] : endpointViews(object, app, around), at);
  }

  #usersOf(app: string): void {
    const users = this.#sources.clusters.list({ fields: parseFieldSelector(`spec.app=${app}`) });
    for (const entry of users.objects) this.#cluster(entry, false);
  }

  #serviceChanged(service: KubeObject | undefined): void {
    const { namespace = '', labels } = service?.metadata ?? {};
    const entry = this.#sources.clusters.get(namespace, labels?.[clusterLabel] ?? '');
    if (entry !== undefined) this.#cluster(entry, false);
  }

  /** Whether the addresses are others than before: nodes report much, and most of it is not about this. */
  #readNodes(): boolean {
    const addresses = nodeAddresses(this.#sources.native().nodes.list());
    if (deepEqual(addresses, this.#nodeAddresses)) return false;
    this.#nodeAddresses = addresses;
    return true;
  }

  #readConfig(): boolean {
    const config = this.#sources.configs.get(this.#sources.systemNamespace, globalConfigName)?.object;
    const domainBase = config?.spec?.clusterSvcDomainBase ?? defaultDomainBase;
    if (domainBase === this.#domainBase) return false;
    this.#domainBase = domainBase;
    return true;
  }
}
