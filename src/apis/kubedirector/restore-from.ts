/** Whether the volumes of a new cluster can be made of a backup. */
import { forbidden, invalid, required, type FieldError } from '../../meta/field-error.ts';
import { quantityOf, type QuantityValue } from './quantities.ts';
import type {
  BackupMember,
  ClusterRole,
  ClusterSpec,
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
} from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

const field = 'spec.restoreFrom.backup';

/** Whether a cluster's volumes are being made of a backup, which has to stay as long. */
export const isBeingRestoredFrom = (
  { spec, status }: Pick<KubeDirectorCluster, 'spec' | 'status'>,
  backup: string,
): boolean => spec.restoreFrom?.backup === backup && status?.restoredFrom?.completedAt === undefined;

/**
 * Why the volumes of the cluster can't be made of the backup, all of it. Nothing is said of a backup that is not
 * there, or has not ended yet: the cluster waits for it.
 * @param app of the cluster; undefined where it is not known
 */
export function validateRestoreFrom(
  spec: WellShaped<ClusterSpec>,
  app: KubeDirectorApp | undefined,
  backup: KubeDirectorBackup | undefined,
): FieldError[] {
  if (backup === undefined) return [];
  const { name = '', deletionTimestamp } = backup.metadata;
  if (backup.spec.schedule !== undefined) {
    return [invalid(field, name, 'is a schedule; name one of the backups that it has made')];
  }
  if (deletionTimestamp !== undefined) return [invalid(field, name, 'is being deleted')];
  const { phase, reason = '', message = '' } = backup.status ?? {};
  if (phase === 'Failed') return [invalid(field, name, `has failed: ${message === '' ? reason : message}`)];
  if (phase === 'Degraded') return [invalid(field, name, `has lost a snapshot: ${message}`)];
  return phase === 'Succeeded' ? misfits(spec, app, backup) : [];
}

function misfits(
  spec: WellShaped<ClusterSpec>,
  app: KubeDirectorApp | undefined,
  { metadata: { name = '' }, status }: KubeDirectorBackup,
): FieldError[] {
  const errors: FieldError[] = [];
  const distroID = status?.app?.distroID;
  if (app !== undefined && distroID !== app.spec.distroID) {
    const why = `is of an app with the distroID "${distroID ?? ''}", and the app of this cluster has "${app.spec.distroID}"`;
    errors.push(invalid(field, name, why));
  }
  const byRole = new Map<string, BackupMember[]>();
  for (const member of status?.members ?? []) {
    byRole.set(member.role, [...(byRole.get(member.role) ?? []), member]);
  }
  const roles = present<Role>(spec.roles);
  for (const [id, members] of byRole) {
    const found = roles.find(({ item }) => item.id === id);
    if (found === undefined) errors.push(required('spec.roles', `the backup has volumes of role "${id}"`));
    else errors.push(...roleMisfits(found.item, `spec.roles[${found.index}]`, members));
  }
  return errors;
}

function roleMisfits(role: Role, path: string, members: readonly BackupMember[]): FieldError[] {
  const least = 1 + Math.max(...members.map(({ ordinal }) => ordinal));
  const errors: FieldError[] = [];
  if ((role.members ?? 0) < least) {
    errors.push(
      invalid(`${path}.members`, role.members, `must be at least ${least}: so many members are in the backup`),
    );
  }
  const volumes = members.flatMap((member) => member.volumes);
  const files = volumes.filter(({ template }) => template === 'p');
  const devices = volumes.filter(({ template }) => template !== 'p');
  if (files.length > 0) {
    if (role.storage === undefined) errors.push(required(`${path}.storage`, 'the backup has volumes of this role'));
    else errors.push(...tooSmall(`${path}.storage.size`, role.storage.size, files));
  }
  if (devices.length > 0) {
    const { blockStorage } = role;
    const count = new Set(devices.map(({ template }) => template)).size;
    if (blockStorage === undefined) {
      errors.push(required(`${path}.blockStorage`, 'the backup has block devices of this role'));
    } else if ((blockStorage.numDevices ?? 0) < count) {
      const why = `must be at least ${count}: so many devices of each member are in the backup`;
      errors.push(invalid(`${path}.blockStorage.numDevices`, blockStorage.numDevices, why));
    } else {
      errors.push(...tooSmall(`${path}.blockStorage.size`, blockStorage.size, devices));
    }
  }
  return errors;
}

/** Source: https://kubernetes.io/docs/concepts/storage/volume-snapshots/#volumesnapshots, status.restoreSize */
function tooSmall(
  path: string,
  size: QuantityValue | undefined,
  volumes: readonly { readonly restoreSize?: QuantityValue }[],
): FieldError[] {
  const wanted = quantityOf(size);
  if (wanted === undefined) return [];
  const larger = volumes.find(({ restoreSize }) => (quantityOf(restoreSize)?.compare(wanted) ?? 0) > 0)?.restoreSize;
  if (larger === undefined) return [];
  return [invalid(path, size, `must be at least ${larger}, the size of the volumes in the backup`)];
}

/** What may not change. */
export function validateRestoreFromStays(spec: WellShaped<ClusterSpec> | undefined, old: ClusterSpec): FieldError[] {
  const was = old.restoreFrom?.backup;
  if (spec?.restoreFrom?.backup === was) return [];
  const why = was === undefined ? "can't be added to a cluster that exists" : `can't change; its backup is "${was}"`;
  return [forbidden('spec.restoreFrom', why)];
}
