import { cardinalityOf } from './app-lookups.ts';
import { keysBeforeUpdate } from './keys-before-update.ts';
import type { ClusterFacts } from './lookup.ts';
import { provenanceOf, withoutFormerDefaults, type ChangedDefaults } from './provenance.ts';
import { withEncryptedKeys } from './secret-key-places.ts';
import { keyRingOf, type RandomBytes } from './secret-keys.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorCluster, RoleStorage } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

/**
 * The cluster as it is stored: catalog, naming scheme, service type, numbers of members, storage classes and secrets
 * are chosen where the user chose none, and secretKeys are encrypted. What can't be chosen stays absent. A value that
 * can't be encrypted stays as it is, and an encryptedValue that was not there before is dropped; validation reports
 * both.
 * @param old where the cluster exists: its choices are kept; a secret that defaultSecret had put into a role follows it
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
  const secrets = { former: { secret: old?.spec.defaultSecret }, now: { secret: spec.defaultSecret } };
  const following = secretFollowing(cluster, secrets, old);
  return {
    ...cluster,
    spec: {
      ...spec,
      ...(appCatalog === undefined ? {} : { appCatalog }),
      namingScheme: spec.namingScheme ?? old?.spec.namingScheme ?? facts.config?.defaultNamingScheme ?? 'UID',
      serviceType: spec.serviceType ?? old?.spec.serviceType ?? facts.config?.defaultServiceType ?? 'LoadBalancer',
      ...(spec.roles === undefined
        ? {}
        : {
            roles: spec.roles.map(
              (role) => role && defaultRole(following(role), cluster, spec, facts, randomBytes, old),
            ),
          }),
    },
  };
}

function secretFollowing(
  cluster: WellShaped<KubeDirectorCluster>,
  secrets: ChangedDefaults,
  old: KubeDirectorCluster | undefined,
): (role: Role) => Role {
  const provenance = provenanceOf(cluster);
  return (role) => {
    const before = old?.spec.roles.find(({ id }) => id === role.id);
    return withoutFormerDefaults(role, before, secrets, provenance);
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
  const encryption = { ...keyRingOf(facts.config), randomBytes };
  return {
    ...withEncryptedKeys(cluster, role, encryption, old, oldCluster && keysBeforeUpdate(oldCluster, role.id)),
    ...(members === undefined ? {} : { members }),
    ...(secret === undefined ? {} : { secret }),
    ...(role.storage === undefined ? {} : { storage: defaultStorage(role.storage, facts, old?.storage) }),
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
    ...(storageClassName === undefined ? {} : { storageClassName }),
  };
}
