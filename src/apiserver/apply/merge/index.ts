/** Applying configurations, and owners of fields, in the manner of structured-merge-diff's package merge. */
export { ConflictsError, type Conflict } from './conflicts.ts';
export type { Converter } from './converter.ts';
export { withSet, type Managers, type VersionedSet } from './managers.ts';
export { createUpdater, type Applied, type Updater, type Write } from './updater.ts';
