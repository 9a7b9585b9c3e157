/** What members get beside what their cluster names: the cluster's own secrets, and privileges from the app. */
import { appRole } from './app-lookups.ts';
import type { Reference } from './references.ts';
import type { ClusterRole, ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

/**
 * What a user needs a right to who has code run in the members, or brings encrypted values: auth tokens and decrypted
 * secretKeys of all roles are in every member's configmeta.json.
 * @param old where the cluster exists: what is in it then is not what this user wrote
 */
export function ownSecrets(cluster: WellShaped<KubeDirectorCluster>, old?: KubeDirectorCluster): Reference[] {
  const { name = '' } = cluster.metadata ?? {};
  const roles = old === undefined ? present<Role>(cluster.spec?.roles).map(({ item }) => item) : old.spec.roles;
  const hasKeys = roles.some((role: Role) =>
    present(role.secretKeys).some(({ item }) => item.encryptedValue !== undefined),
  );
  const hasTokens = old?.status?.roles?.some(({ members }) => members.some(({ authToken }) => authToken !== undefined));
  if (!hasKeys && hasTokens !== true) return [];
  const why =
    old === undefined
      ? 'whose members see the values of secretKeys that it brings'
      : 'whose members see its secretKeys and auth tokens, and this write changes what runs in them';
  return [{ resource: 'kubedirectorclusters/authtoken', name, field: 'spec.roles', use: 'connection', why }];
}

/** The privileges that an app gives its members beyond those of a plain container; '' for none. */
export function privilegesOf(spec: WellShaped<KubeDirectorApp>['spec'], config?: ConfigSpec): string {
  const capabilities = present(spec?.capabilities).map(({ item }) => item);
  const hostPath = spec?.systemdRequired === true && config?.nativeSystemdSupport !== true;
  return [
    ...(capabilities.length === 0 ? [] : [`the capabilities ${capabilities.join(', ')}`]),
    ...(hostPath ? ['the cgroup file system of the node (systemdRequired)'] : []),
  ].join(' and ');
}

/**
 * Roles in which a user has code of their own run with an app's privileges: only who may create pods may have that.
 * @param app undefined where it is not known yet: then it may have any
 */
export function privilegedCode(
  { spec }: WellShaped<KubeDirectorCluster>,
  app: KubeDirectorApp | undefined,
  config: ConfigSpec | undefined,
): Reference[] {
  const privileges = app === undefined ? 'privileges that are not known yet' : privilegesOf(app.spec, config);
  if (privileges === '') return [];
  return present<Role>(spec?.roles).flatMap(({ index, item }) => {
    if (app !== undefined && item.id !== undefined && appRole(app, item.id) === undefined) return [];
    return (['fileInjections', 'env'] as const).flatMap((field): Reference[] =>
      present<unknown>(item[field]).length === 0
        ? []
        : [
            {
              ...{ resource: 'pods', name: '', use: 'mount', role: item.id },
              field: `spec.roles[${index}].${field}`,
              why: `and the app gives the members ${privileges}`,
            },
          ],
    );
  });
}
