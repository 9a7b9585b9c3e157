/** What members get beside what their cluster names: the cluster's own secrets, and privileges from the app. */
import { deepEqual, isJsonObject } from '../../meta/json.ts';
import { appRole } from './app-lookups.ts';
import type { Reference } from './references.ts';
import type { AppRole, ClusterRole, ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from './types.ts';
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

/**
 * What a user needs a right to whose members get the files of a backup.
 * @param old where the cluster exists: the files are its own by then
 */
export function restoredFiles({ spec }: WellShaped<KubeDirectorCluster>, old?: KubeDirectorCluster): Reference[] {
  const name = spec?.restoreFrom?.backup;
  if (name === undefined || old !== undefined) return [];
  const why = 'whose files the members get';
  return [{ resource: 'kubedirectorbackups/data', name, field: 'spec.restoreFrom.backup', use: 'mount', why }];
}

/** The privileges that an app gives its members beyond those of a plain container; '' for none. */
export function privilegesOf(spec: WellShaped<KubeDirectorApp>['spec'], config?: ConfigSpec): string {
  const capabilities = present(spec?.capabilities).map(({ item }) => item);
  const hostPath = spec?.systemdRequired === true && config?.nativeSystemdSupport !== true;
  const fields = new Set(
    present<WellShaped<AppRole>>(spec?.roles).flatMap(({ item }) => [
      ...unearned(item.podSecurityContext, ofImages).map((field) => `podSecurityContext.${field}`),
      ...unearned(item.securityContext, ofImages).map((field) => `securityContext.${field}`),
    ]),
  );
  return [
    ...(capabilities.length === 0 ? [] : [`the capabilities ${capabilities.join(', ')}`]),
    ...(hostPath ? ['the cgroup file system of the node (systemdRequired)'] : []),
    ...fields,
  ].join(' and ');
}

/** What takes rights away from a container, or leaves it those that it has: anybody may ask for it. */
const harmless: Readonly<Record<string, (value: unknown) => boolean>> = {
  runAsNonRoot: () => true,
  readOnlyRootFilesystem: () => true,
  fsGroupChangePolicy: () => true,
  allowPrivilegeEscalation: (value) => value === false,
  privileged: (value) => value === false,
  seccompProfile: (value) => deepEqual(value, { type: 'RuntimeDefault' }),
  capabilities: (value) => isJsonObject(value) && Object.keys(value).every((key) => key === 'drop'),
};

/** Who chooses the image chooses its users and groups, and so does not need to be asked about these. */
const ofImages: Readonly<Record<string, () => boolean>> = {
  runAsUser: () => true,
  runAsGroup: () => true,
  fsGroup: () => true,
  supplementalGroups: () => true,
};

/** Fields of a security context that give more than pods have without them. */
function unearned(context: object | undefined, alsoHarmless: typeof harmless = {}): readonly string[] {
  return Object.entries(context ?? {})
    .filter(([, value]) => value !== undefined)
    .filter(([field, value]) => (harmless[field] ?? alsoHarmless[field])?.(value) !== true)
    .map(([field]) => field);
}

/**
 * Fields by which a role gets what only those may give who may create pods: a user that the image does not choose, devices and
 * kernel settings of the node, a place before other pods.
 * @param old where the cluster exists: a class that it has already was given by somebody else
 */
export function privilegedFields(
  { spec }: WellShaped<KubeDirectorCluster>,
  old: KubeDirectorCluster | undefined,
): Reference[] {
  return present<Role>(spec?.roles).flatMap(({ index, item }) => {
    const asked = (field: string, why: string): Reference => {
      return { resource: 'pods', name: '', use: 'mount', role: item.id, field: `spec.roles[${index}].${field}`, why };
    };
    const before = old?.spec.roles.find(({ id }) => id === item.id);
    const isOtherClass = item.priorityClassName !== undefined && item.priorityClassName !== before?.priorityClassName;
    return [
      ...(isOtherClass ? [asked('priorityClassName', 'which puts the members before other pods')] : []),
      ...(['podSecurityContext', 'securityContext'] as const).flatMap((name) =>
        unearned(item[name]).map((field) =>
          asked(`${name}.${field}`, 'which gives the members more than other pods have'),
        ),
      ),
    ];
  });
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
