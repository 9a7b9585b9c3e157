/**
 * Clusters use their app and the global configuration: what was checked against them must be stored while they are the
 * same, and neither may change or go because no cluster was seen while one is being made. See docs/adr/0037-commits.md.
 */
import { appsNamedBy, type Lookup } from '../../apis/kubedirector/lookup.ts';
import { kubedirectorResources } from '../../apis/kubedirector/schemas.gen.ts';
import { group, type KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { globalConfigName, inUseFinalizer } from '../../apis/kubedirector/well-known.ts';
import type { Guard } from '../../apiserver/resource.ts';
import { referenceKey, storeKey } from '../../apiserver/watchcache/index.ts';
import { deepEqual, isJsonObject } from '../../meta/json.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';

const apps = { group, plural: kubedirectorResources.KubeDirectorApp.plural };
const configs = { group, plural: kubedirectorResources.KubeDirectorConfig.plural };
const backups = { group, plural: kubedirectorResources.KubeDirectorBackup.plural };

/** The key that every new cluster of the app touches. */
export const appReference = (app: NamespacedName): string => referenceKey(apps, app);

/** The key that every new cluster touches. */
export const configReference = (config: NamespacedName): string => referenceKey(configs, config);

/** A new cluster is stored only if its app, the configuration and the backup that it is made of are as they were when it was checked. */
export function guardOfNewCluster(
  lookup: Pick<Lookup, 'systemNamespace' | 'app' | 'config'>,
  { metadata: { namespace = '' }, spec }: KubeDirectorCluster,
): Guard {
  const { systemNamespace } = lookup;
  const config = { namespace: systemNamespace, name: globalConfigName };
  const named = appsNamedBy(lookup, namespace, spec);
  // What does not exist has nobody who looks for clusters of it.
  const touched = named.filter((app) => lookup.app(app) !== undefined).map(appReference);
  if (lookup.config() !== undefined) touched.push(configReference(config));
  const source = spec.restoreFrom?.backup;
  // It must not go between the check and the first look of who keeps it.
  const kept = source === undefined ? [] : [storeKey(backups, { namespace, name: source })];
  const unchanged = [...named.map((app) => storeKey(apps, app)), storeKey(configs, config), ...kept];
  // In the system's namespace, the local app and the system's are the same.
  return { unchanged: [...new Set(unchanged)], touched: [...new Set(touched)] };
}

/** What is encrypted with a key is stored only while this is the key: none comes when all others have been made anew. */
export function guardOfSecretKeys(
  { systemNamespace }: Pick<Lookup, 'systemNamespace'>,
  { spec }: KubeDirectorCluster,
): Guard | undefined {
  const roles: unknown = isJsonObject(spec) ? spec['roles'] : undefined;
  const hasKeys = Array.isArray(roles) && roles.some((role) => isJsonObject(role) && role['secretKeys'] !== undefined);
  return hasKeys
    ? { unchanged: [storeKey(configs, { namespace: systemNamespace, name: globalConfigName })] }
    : undefined;
}

/**
 * A cluster whose spec changes is stored only if its app is as it was when it was checked, and an app that is changed is refused
 * where such a cluster has changed. Also while the app may not change: it may be made upgradable, and changed, on another
 * server at the same moment.
 */
export function guardOfChange(
  lookup: Pick<Lookup, 'systemNamespace' | 'app'>,
  { metadata: { namespace = '' }, spec }: KubeDirectorCluster,
  old: KubeDirectorCluster,
): Guard | undefined {
  if (deepEqual(spec, old.spec)) return undefined;
  const named = appsNamedBy(lookup, namespace, { ...spec, appCatalog: spec.appCatalog ?? old.spec.appCatalog });
  const known = named.filter((app) => lookup.app(app) !== undefined);
  return {
    unchanged: [...new Set(named.map((app) => storeKey(apps, app)))],
    touched: [...new Set(known.map(appReference))],
  };
}

/** All that these guards ask for. */
export function allOf(...guards: readonly (Guard | undefined)[]): Guard | undefined {
  const given = guards.filter((guard) => guard !== undefined);
  if (given.length < 2) return given[0];
  const union = (of: (guard: Guard) => readonly string[] | undefined) => [
    ...new Set(given.flatMap((one) => of(one) ?? [])),
  ];
  return { unchanged: union(({ unchanged }) => unchanged), touched: union(({ touched }) => touched) };
}

/** Whether an update takes the finalizer away that kept the object while clusters used it. */
export function isLetGo({ metadata }: KubeObject, { metadata: old }: KubeObject): boolean {
  return old.finalizers?.includes(inUseFinalizer) === true && metadata.finalizers?.includes(inUseFinalizer) !== true;
}
