/** Which fields of a role decide what runs in its pods, and which only how many there are and how they are found. */
import { deepEqual } from '../../meta/json.ts';
import { changedFields } from './cluster-update.ts';
import type { ClusterRole, ClusterSpec } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

/**
 * Fields of a role that bring no code and no data into its pods. Every other field does, those that are new to the type
 * included.
 */
const besideTheCode: ReadonlySet<string> = new Set([
  ...['id', 'members', 'resources', 'storage', 'blockStorage', 'sharedMemory', 'affinity'],
  ...[
    'podLabels',
    'podAnnotations',
    'serviceLabels',
    'serviceAnnotations',
    'updateStrategy',
    'restartedAt',
    'memberRestarts',
  ],
  ...['nodeSelector', 'tolerations', 'topologySpreadConstraints', 'podDisruptionBudget'],
]);

/** Ids of the roles that are new, or into whose pods something comes that was not there before. */
export function rolesThatRunOtherwise(spec: WellShaped<ClusterSpec>, old: ClusterSpec): ReadonlySet<string> {
  const isOtherApp = spec.app !== undefined && spec.app !== old.app;
  const changed = present<Role>(spec.roles).filter(({ item }) => {
    if (isOtherApp) return true;
    const before = old.roles.find(({ id }) => id === item.id);
    if (before === undefined) return true;
    const fields = changedFields(item, before).filter((field) => !besideTheCode.has(field));
    return !fields.every((field) => onlyLoses(valueOf(item, field), valueOf(before, field)));
  });
  return new Set(changed.flatMap(({ item }) => item.id ?? []));
}

const valueOf = (role: object, field: string): unknown => Object.entries(role).find(([key]) => key === field)?.[1];

/** Whether all that is there now was there before: what is taken away brings nothing into the pods. */
function onlyLoses(now: unknown, before: unknown): boolean {
  if (now === undefined) return true;
  if (!Array.isArray(now) || !Array.isArray(before)) return false;
  return now.every((item) => before.some((one) => deepEqual(item, one)));
}
