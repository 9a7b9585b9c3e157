/** How the block devices of a role may change while it has members: more of the same, and back while no member has them. */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import { canonicalQuantity } from './quantities.ts';
import type { ClusterRole, MemberStatus } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

type BlockStorage = NonNullable<ClusterRole['blockStorage']>;

interface DeviceChange {
  readonly devices: WellShaped<BlockStorage> | undefined;
  readonly before: BlockStorage | undefined;
  /** Of the field `blockStorage`. */
  readonly path: string;
  /** Why it can't change otherwise. */
  readonly whyFixed: string;
  readonly members: readonly MemberStatus[];
  /** Whether members get a change only when somebody deletes their pods. */
  readonly isOnDelete: boolean;
}

/** Both after defaulting; call it if they differ. */
export function validateDeviceChange(change: DeviceChange): FieldError[] {
  const { devices, before, path, whyFixed, members, isOnDelete } = change;
  const had = Math.max(0, ...members.map(({ blockDevicePaths = [] }) => blockDevicePaths.length));
  const count = devices?.numDevices ?? 0;
  if (count < had) {
    const what = had === 1 ? 'member has 1 device' : `member has ${had} devices`;
    return [forbidden(`${path}.numDevices`, `can't become fewer: a ${what}; ${whyFixed}; only more may be added`)];
  }
  if (devices !== undefined && before !== undefined) {
    const changed = (['storageClassName', 'pathPrefix', 'size'] as const).filter(
      (field) => comparable(devices, field) !== comparable(before, field),
    );
    if (changed.length > 0) {
      return changed.map((field) => forbidden(`${path}.${field}`, `${whyFixed}; only numDevices may become more`));
    }
  }
  if (count > (before?.numDevices ?? 0) && isOnDelete) {
    const wayOut = 'set updateStrategy.type to RollingUpdate';
    return [
      forbidden(
        path,
        `can't be added to with updateStrategy OnDelete: members get devices one by one, the last one first; ${wayOut}`,
      ),
    ];
  }
  return [];
}

const comparable = (devices: WellShaped<BlockStorage>, field: 'storageClassName' | 'pathPrefix' | 'size'): unknown =>
  field === 'size' ? (devices.size === undefined ? undefined : canonicalQuantity(devices.size)) : devices[field];
