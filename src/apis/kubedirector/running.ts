/** What runs in the pods of a cluster, and what of a role is only about how many there are and where they are found. */
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
  ...['podLabels', 'podAnnotations', 'serviceLabels', 'serviceAnnotations'],
]);

/** Ids of the roles that are new, or in whose pods something else runs than before. */
export function rolesThatRunOtherwise(spec: WellShaped<ClusterSpec>, old: ClusterSpec): ReadonlySet<string> {
  const changed = present<Role>(spec.roles).filter(({ item }) => {
    const before = old.roles.find(({ id }) => id === item.id);
    return before === undefined || changedFields(item, before).some((field) => !besideTheCode.has(field));
  });
  return new Set(changed.flatMap(({ item }) => item.id ?? []));
}
