import { cardinalityOf } from './app-lookups.ts';
import type { ClusterFacts } from './lookup.ts';
import { quantityText, quantityTexts } from './quantities.ts';
import { withEncryptedKeys } from './secret-key-places.ts';
import type { RandomBytes } from './secret-keys.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorCluster, RoleStorage } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

/**
 * The cluster as it is stored: catalog, naming scheme, service type, numbers of members, storage classes and secrets
 * are chosen where the user chose none, and secretKeys are encrypted. What can't be chosen stays absent, a value that
 * can't be encrypted stays as it is, and an encryptedValue that was not there before is dropped: validation finds them.
 * @param old where the cluster exists: its choices are kept
 */
export function defaultCluster(
  cluster: WellShaped<KubeDirectorCluster>,
  facts: ClusterFacts,
  randomBytes: RandomBytes,
  old?: KubeDirectorCluster,
): WellShaped<KubeDirectorCluster> {
  const { spec } = cluster;
  if (spec === undefined) return cluster;
  const appCatalog = spec.appCatalog ?? old?.spec.appCatalog ?? facts.app?.catalog;
  return {
    ...cluster,
    spec: {
      ...spec,
      ...(appCatalog === undefined ? {} : { appCatalog }),
      namingScheme: spec.namingScheme ?? old?.spec.namingScheme ?? facts.config?.defaultNamingScheme ?? 'UID',
      serviceType: spec.serviceType ?? old?.spec.serviceType ?? facts.config?.defaultServiceType ?? 'LoadBalancer',
      ...(spec.roles === undefined
        ? {}
        : { roles: spec.roles.map((role) => role && defaultRole(role, cluster, spec, facts, randomBytes, old)) }),
    },
  };
}

function defaultRole(
  role: Role,
  cluster: WellShaped<KubeDirectorCluster>,
  spec: WellShaped<ClusterSpec>,
  facts: ClusterFacts,
  randomBytes: RandomBytes,
  oldCluster: KubeDirectorCluster | undefined,
): Role {
  const old = oldCluster?.spec.roles.find(({ id }) => id === role.id);
  const cardinality = facts.app && role.id !== undefined ? cardinalityOf(facts.app.app, role.id) : undefined;
  const members = role.members ?? old?.members ?? cardinality?.count;
  const secret = role.secret ?? spec.defaultSecret;
  const encryption = { key: facts.config?.masterEncryptionKey, randomBytes };
  return {
    ...withEncryptedKeys(cluster, role, encryption, old),
    ...(members === undefined ? {} : { members }),
    ...(secret === undefined ? {} : { secret }),
    ...(role.resources === undefined ? {} : { resources: defaultResources(role.resources) }),
    ...(role.storage === undefined ? {} : { storage: defaultStorage(role.storage, facts, old?.storage) }),
    ...(role.blockStorage?.size === undefined
      ? {}
      : { blockStorage: { ...role.blockStorage, size: quantityText(role.blockStorage.size) } }),
    ...(role.sharedMemory === undefined ? {} : { sharedMemory: quantityText(role.sharedMemory) }),
  };
}

function defaultResources(resources: NonNullable<Role['resources']>): NonNullable<Role['resources']> {
  const { limits, requests } = resources;
  return {
    ...resources,
    ...(limits === undefined ? {} : { limits: quantityTexts(limits) }),
    ...(requests === undefined ? {} : { requests: quantityTexts(requests) }),
  };
}

function defaultStorage(
  storage: WellShaped<RoleStorage>,
  facts: ClusterFacts,
  old: RoleStorage | undefined,
): WellShaped<RoleStorage> {
  const storageClassName =
    storage.storageClassName ??
    old?.storageClassName ??
    facts.config?.defaultStorageClassName ??
    facts.defaultStorageClass;
  return {
    ...storage,
    ...(storage.size === undefined ? {} : { size: quantityText(storage.size) }),
    ...(storageClassName === undefined ? {} : { storageClassName }),
  };
}
