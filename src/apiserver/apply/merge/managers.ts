import type { FieldSet } from '../fieldpath/index.ts';

/** What a manager owns, as fields of one version of the object. */
export interface VersionedSet {
  readonly set: FieldSet;
  readonly apiVersion: string;
  /** By applying it; false for other writes. */
  readonly applied: boolean;
}

/** Who owns what. The names tell apart the entries of managedFields; nobody who owns nothing is in it. */
export type Managers = ReadonlyMap<string, VersionedSet>;

/** The entry with another set; the entry itself where the set is the same. */
export function withSet(entry: VersionedSet, set: FieldSet): VersionedSet {
  return set === entry.set ? entry : { ...entry, set };
}

/** The managers as they were where every entry is the same one, else the new ones. */
export function orSame(before: Managers, after: Managers): Managers {
  if (before.size !== after.size) return after;
  for (const [name, entry] of after) if (before.get(name) !== entry) return after;
  return before;
}
