/** How the storage of a role may change while it has members: volumes become larger, and nothing else. */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import { quantityOf } from './quantities.ts';
import type { RoleStorage } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

/** Whether volumes of a StorageClass can become larger. */
export type CanGrow = (storageClassName: string) => boolean;

interface StorageChange {
  readonly storage: WellShaped<RoleStorage> | undefined;
  readonly before: RoleStorage | undefined;
  /** Of the field `storage`. */
  readonly path: string;
  /** Why storage can't change otherwise. */
  readonly whyFixed: string;
}

/** Both after defaulting; call it if they differ. Sizes that are no quantities are told of elsewhere. */
export function validateStorageChange(
  { storage, before, path, whyFixed }: StorageChange,
  canGrow: CanGrow,
): FieldError[] {
  const { storageClassName: name } = before ?? {};
  if (storage === undefined || before === undefined || storage.storageClassName !== name) {
    return [forbidden(path, `${whyFixed}; only its size may become larger`)];
  }
  const [size, had] = [quantityOf(storage.size), quantityOf(before.size)];
  if (size === undefined || had === undefined) return [];
  if (size.compare(had) < 0) {
    return [forbidden(`${path}.size`, `can't become smaller than ${before.size}: Kubernetes does not shrink volumes`)];
  }
  if (name !== undefined && canGrow(name)) return [];
  const wayOut = 'its administrator can set allowVolumeExpansion: true if the storage supports it';
  return [
    forbidden(
      `${path}.size`,
      `can't grow: the StorageClass "${name ?? ''}" does not allow volume expansion; ${wayOut}`,
    ),
  ];
}
