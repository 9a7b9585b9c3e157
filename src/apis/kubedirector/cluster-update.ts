/**
 * What may change in a cluster that exists. When does not matter: a spec is accepted at any time, and the controller
 * works towards the newest one (see controller/plan/membership/membership.ts).
 */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { canonicalQuantities, canonicalQuantity, type QuantityValue } from './quantities.ts';
import { validateRestoreFromStays } from './restore-from.ts';
import type { ClusterRole, KubeDirectorCluster, MemberStatus, RoleStatus } from './types.ts';
import { wayToBeSeen } from './switches.ts';
import { validateDeviceChange } from './device-changes.ts';
import { validateStorageChange, type CanGrow } from './storage-growth.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

/** Whatever runs in the role's members, a change of these restarts none of them. */
const live: readonly string[] = [
  ...['members', 'podLabels', 'podAnnotations', 'serviceLabels', 'serviceAnnotations'],
  ...['updateStrategy', 'restartedAt', 'memberRestarts', 'podDisruptionBudget'],
];

/** Members' volumes are made with them. */
const ofVolumes: readonly string[] = ['storage', 'blockStorage'];

/** Whether a change of that field of a role restarts its members. */
export const isTakenInByRestart = (field: string): boolean => !live.includes(field) && !ofVolumes.includes(field);

/**
 * Both objects after defaulting. Call it only if the spec changed.
 * @param canGrow asked only where volumes are to become larger
 */
export function validateClusterUpdate(
  cluster: WellShaped<KubeDirectorCluster>,
  old: KubeDirectorCluster,
  canGrow: CanGrow,
): FieldError[] {
  const errors: FieldError[] = [];
  const { appCatalog } = old.spec;
  if (appCatalog !== undefined && cluster.spec?.appCatalog !== appCatalog) {
    errors.push(forbidden('spec.appCatalog', `can't change; it is "${appCatalog}"`));
  }
  errors.push(...validateRestoreFromStays(cluster.spec, old.spec));
  const roles = old.status?.roles?.filter(({ members }) => members.length > 0) ?? [];
  for (const { index, item } of present<Role>(cluster.spec?.roles)) {
    const current = roles.find(({ id }) => id === item.id);
    if (current === undefined) continue;
    const before = old.spec.roles.find(({ id }) => id === item.id);
    const path = `spec.roles[${index}]`;
    if (before === undefined) {
      errors.push(forbidden(path, `role "${current.id}" can't come back before its members are gone`));
    } else if (current.members.some(hasRun)) {
      errors.push(
        ...changedFields(item, before).flatMap((field) => {
          const why = whyFixed(field, current, old);
          if (why === undefined) return [];
          if (field === 'blockStorage') {
            const strategy = { ...cluster.spec?.updateStrategy, ...item.updateStrategy };
            return validateDeviceChange({
              ...{
                devices: item.blockStorage,
                before: before.blockStorage,
                path: `${path}.blockStorage`,
                whyFixed: why,
              },
              ...{ members: current.members, isOnDelete: strategy.type === 'OnDelete' },
            });
          }
          if (field !== 'storage') return [forbidden(`${path}.${field}`, why)];
          const change = { storage: item.storage, before: before.storage, path: `${path}.storage`, whyFixed: why };
          return validateStorageChange(change, canGrow);
        }),
      );
    }
  }
  return errors;
}

/** Whether the cluster is to be another app. '' stands for what could not be read of a stored cluster: naming an app corrects it. */
export const isMoved = ({ spec }: WellShaped<Pick<KubeDirectorCluster, 'spec'>>, old: KubeDirectorCluster): boolean =>
  old.spec.app !== '' && spec?.app !== undefined && spec.app !== old.spec.app;

/** Data of a member's container must not be lost; before its first container there is nothing to lose. */
export function hasRun({ state, stateDetail }: MemberStatus): boolean {
  if (state === 'creating' || state === 'configured' || state === 'config error') return true;
  const { lastConfiguredContainer, lastSetupGeneration, configuringContainer, lastKnownContainerState } = stateDetail;
  const known = lastConfiguredContainer ?? lastSetupGeneration ?? configuringContainer;
  return known !== undefined || ['running', 'unresponsive', 'terminated'].includes(lastKnownContainerState ?? '');
}

/** Undefined for a field that may change. */
function whyFixed(
  field: string,
  { updateRevision, members }: RoleStatus,
  old: KubeDirectorCluster,
): string | undefined {
  if (live.includes(field)) return undefined;
  if (ofVolumes.includes(field)) {
    const wayOut =
      'set members to 0 first, which deletes the volumes unless persistentVolumeClaimRetentionPolicy keeps them, or create another cluster';
    return `can't change while the role has members (${members.length}), whose volumes were made with it; ${wayOut}`;
  }
  if (updateRevision !== undefined) return undefined;
  const when = "before this version of the controller has seen what the role's members run";
  return `can't change ${when}; ${wayToBeSeen(old)}`;
}

/** Names of the fields of a role that differ; quantities are compared by amount. */
export function changedFields(role: Role, before: ClusterRole): string[] {
  const now = comparable(role);
  const was = comparable(before);
  const fields = new Set([...now.keys(), ...was.keys()]);
  return [...fields].filter((field) => !deepEqual(now.get(field), was.get(field)));
}

/**
 * Which fields of a role are checked: if its members continue as they are, only those that changed, else all. What was
 * accepted once stays accepted, even if the configuration or the objects it refers to have changed since.
 */
export function checkedFields(role: Role, before: ClusterRole | undefined): (field: string) => boolean {
  if (before === undefined) return () => true;
  const changed = changedFields(role, before);
  return changed.every((field) => live.includes(field)) ? (field) => changed.includes(field) : () => true;
}

/** A role's fields, with quantities in one notation. */
function comparable(role: Role): Map<string, unknown> {
  const { resources, storage, blockStorage, sharedMemory } = role;
  const sized = <T extends { readonly size?: QuantityValue | undefined }>(volume: T): T =>
    volume.size === undefined ? volume : { ...volume, size: canonicalQuantity(volume.size) };
  const fields = Object.entries({
    ...role,
    resources: resources && {
      ...resources,
      limits: canonicalQuantities(resources.limits ?? {}),
      requests: canonicalQuantities(resources.requests ?? {}),
    },
    storage: storage && sized(storage),
    blockStorage: blockStorage && sized(blockStorage),
    sharedMemory: sharedMemory === undefined ? undefined : canonicalQuantity(sharedMemory),
  });
  return new Map(fields.filter(([, value]) => value !== undefined));
}

/** Reason of the condition Progressing while the controller cannot take up a changed spec yet. */
export const specWaiting = 'SpecWaiting';
