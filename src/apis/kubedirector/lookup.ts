/**
 * What defaulting and validation must know of other objects. The facts are gathered first, as plain data; pure
 * functions use them.
 */
import type { NamespacedName } from '../../meta/object.ts';
import type { PersistentVolumeClaim, StorageClass } from '../kubernetes/types.ts';
import { appsInUse } from './app-lookups.ts';
import { settingsOf, type ConfigSettings } from './config-settings.ts';
import { forEachBounded } from './bounded.ts';
import { isForbidden, newURLs, type ForbiddenReference, type MayDo, type ReferenceResource } from './references.ts';
import type {
  AppCatalog,
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorConfig,
} from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Awaitable<T> = T | Promise<T>;

/** The port through which other objects are looked at. Everything it returns is shared: never change it. */
export interface Lookup {
  /** The namespace this server runs in: its apps are for clusters of every namespace. */
  readonly systemNamespace: string;
  /** Includes an app that is being deleted: its clusters still use it. */
  app(target: NamespacedName): KubeDirectorApp | undefined;
  /** The global configuration; also while it is being deleted. */
  config(): KubeDirectorConfig | undefined;
  /** Includes a backup that is being deleted. */
  backup(target: NamespacedName): KubeDirectorBackup | undefined;
  /** Of all namespaces, those that use an app of this name: by their specs, or because members run it. */
  clustersOfApp(name: string): readonly KubeDirectorCluster[];
  /** Whether there is any cluster in any namespace. */
  anyCluster(): boolean;
  storageClasses(): readonly StorageClass[];
  hasSecret(target: NamespacedName): Awaitable<boolean>;
  hasServiceAccount(target: NamespacedName): Awaitable<boolean>;
  claim(target: NamespacedName): Awaitable<PersistentVolumeClaim | undefined>;
  readonly mayDo: MayDo;
  /** False if nobody can be asked about rights; then mayDo always says no. */
  readonly reviewsRights: boolean;
  /** Why a file can't be downloaded from there; undefined if it can, or if this is not checked. */
  urlProblem(url: string, signal?: AbortSignal): Promise<string | undefined>;
}

/** The app that a cluster names, with the catalog in which it was found. */
export interface ResolvedApp {
  readonly app: KubeDirectorApp;
  readonly catalog: AppCatalog;
}

/** What defaulting and validation of a cluster need of caches. */
export interface ClusterFacts {
  readonly systemNamespace: string;
  readonly namespace: string;
  readonly app?: ResolvedApp;
  /** There is such an app, but no new cluster can use it, because it is being deleted. */
  readonly isAppLeaving?: boolean;
  /** No new cluster can be created: the global configuration, which all clusters use, is being deleted. */
  readonly isConfigLeaving?: boolean;
  readonly config?: ConfigSettings;
  readonly storageClasses: readonly string[];
  /** The storage class that Kubernetes gives to claims that name none. */
  readonly defaultStorageClass?: string;
}

/**
 * What validation needs of the objects that a cluster names. Nothing is known of objects that its user may not read.
 */
export interface ReferenceFacts {
  readonly forbidden: readonly ForbiddenReference[];
  /** Names of those that exist. */
  readonly secrets: ReadonlySet<string>;
  readonly serviceAccounts: ReadonlySet<string>;
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
  /** By URL: why nothing can be downloaded from it. */
  readonly urlProblems: ReadonlyMap<string, string>;
}

const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';

/**
 * The newest of those marked as default, as Kubernetes chooses.
 * Source: https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 */
export function defaultStorageClass(classes: readonly StorageClass[]): string | undefined {
  const marked = classes.filter(({ metadata }) => metadata.annotations?.[defaultClassAnnotation] === 'true');
  const age = ({ metadata }: StorageClass): string => metadata.creationTimestamp ?? '';
  const name = ({ metadata }: StorageClass): string => metadata.name ?? '';
  return marked.sort((a, b) => (age(a) === age(b) ? (name(a) < name(b) ? -1 : 1) : age(a) < age(b) ? 1 : -1))[0]
    ?.metadata.name;
}

/** The app of a cluster: in the catalog that it names, else first in the cluster's own namespace. */
export function resolveApp(
  lookup: Pick<Lookup, 'app' | 'systemNamespace'>,
  namespace: string,
  spec: { readonly app?: string | undefined; readonly appCatalog?: AppCatalog | undefined },
): ResolvedApp | undefined {
  for (const { catalog, ...target } of appsNamedBy(lookup, namespace, spec)) {
    const app = lookup.app(target);
    if (app !== undefined) return { app, catalog };
  }
  return undefined;
}

/** The apps that a cluster's spec can mean; the first one that exists counts. '' stands for what could not be read of a stored cluster. */
export function appsNamedBy(
  { systemNamespace }: Pick<Lookup, 'systemNamespace'>,
  namespace: string,
  { app, appCatalog }: { readonly app?: string | undefined; readonly appCatalog?: AppCatalog | undefined },
): readonly (NamespacedName & { readonly catalog: AppCatalog })[] {
  if (app === undefined || app === '') return [];
  const catalogs: readonly AppCatalog[] = appCatalog === undefined ? ['local', 'system'] : [appCatalog];
  return catalogs.map((catalog) => ({
    namespace: catalog === 'local' ? namespace : systemNamespace,
    name: app,
    catalog,
  }));
}

/** Only apps that are not being deleted. */
function staying(lookup: Lookup): Pick<Lookup, 'app' | 'systemNamespace'> {
  return {
    systemNamespace: lookup.systemNamespace,
    app(target) {
      const found = lookup.app(target);
      return found?.metadata.deletionTimestamp === undefined ? found : undefined;
    },
  };
}

/** @param old where the cluster exists: it stays with the app, and the catalog, that it has */
export function gatherClusterFacts(
  lookup: Lookup,
  cluster: WellShaped<KubeDirectorCluster>,
  old?: KubeDirectorCluster,
): ClusterFacts {
  const namespace = cluster.metadata?.namespace ?? '';
  const { app, appCatalog } = cluster.spec ?? {};
  const asked = { app, appCatalog: appCatalog ?? old?.spec.appCatalog };
  const known = resolveApp(staying(lookup), namespace, asked) ?? resolveApp(lookup, namespace, asked);
  const has = old?.spec.app === app || (old !== undefined && app !== undefined && appsInUse(old).includes(app));
  const isAppLeaving = !has && known?.app.metadata.deletionTimestamp !== undefined;
  const resolved = isAppLeaving ? undefined : known;
  const configuration = lookup.config();
  const config = settingsOf(configuration);
  const isConfigLeaving = old === undefined && configuration?.metadata.deletionTimestamp !== undefined;
  const classes = lookup.storageClasses();
  const defaultClass = defaultStorageClass(classes);
  return {
    systemNamespace: lookup.systemNamespace,
    namespace,
    storageClasses: classes.flatMap(({ metadata }) => metadata.name ?? []),
    ...(resolved === undefined ? { isAppLeaving } : { app: resolved }),
    ...(config === undefined ? {} : { config }),
    ...(isConfigLeaving ? { isConfigLeaving } : {}),
    ...(defaultClass === undefined ? {} : { defaultStorageClass: defaultClass }),
  };
}

/**
 * @param signal ends the look-ups
 * @param forbidden these are not looked up (see forbiddenReferences)
 * @param old where the cluster exists: URLs that it names already are not looked at again
 */
export async function gatherReferenceFacts(
  lookup: Lookup,
  cluster: WellShaped<KubeDirectorCluster>,
  forbidden: readonly ForbiddenReference[],
  old?: KubeDirectorCluster,
  signal?: AbortSignal,
): Promise<ReferenceFacts> {
  const namespace = cluster.metadata?.namespace ?? '';
  const roles = present(cluster.spec?.roles).map(({ item }) => item);
  const claimNames = roles.flatMap((role) => present(role.volumeProjections).flatMap(({ item }) => item.pvcName ?? []));
  const secretNames = [cluster.spec?.defaultSecret, ...roles.map((role) => role.secret)].flatMap(
    (secret) => secret?.name ?? [],
  );
  const find = <T>(names: readonly string[], one: (name: string) => Promise<T | undefined>) =>
    collect(names, one, signal);
  const allowed = (resource: ReferenceResource, names: readonly string[]): string[] =>
    names.filter((name) => !isForbidden(forbidden, resource, name));
  const [secrets, serviceAccounts, claims, urlProblems] = await Promise.all([
    find(allowed('secrets', secretNames), async (name) => (await lookup.hasSecret({ namespace, name })) || undefined),
    find(
      allowed(
        'serviceaccounts',
        roles.flatMap((role) => role.serviceAccountName ?? []),
      ),
      async (name) => (await lookup.hasServiceAccount({ namespace, name })) || undefined,
    ),
    find(allowed('persistentvolumeclaims', claimNames), async (name) => lookup.claim({ namespace, name })),
    find([...newURLs(cluster.spec, old?.spec)], (url) => lookup.urlProblem(url, signal)),
  ]);
  return {
    forbidden,
    secrets: new Set(secrets.keys()),
    serviceAccounts: new Set(serviceAccounts.keys()),
    claims,
    urlProblems,
  };
}

/** How many look-ups of one kind one write makes at a time. */
const atOnce = 16;

/** What was found for each name; each is looked up once. */
async function collect<T>(
  names: readonly string[],
  find: (name: string) => Promise<T | undefined>,
  signal: AbortSignal | undefined,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  await forEachBounded([...new Set(names)], atOnce, signal, async (name) => {
    const value = await find(name);
    if (value !== undefined) found.set(name, value);
  });
  return found;
}
