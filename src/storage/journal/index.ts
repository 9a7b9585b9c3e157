/** The lowdb engine: a journal of changes and a snapshot, in a folder of plain JSON lines. */
export { openJournalStore, type JournalOptions } from './store.ts';
export { StorageFolderError, StorageLockedError } from './errors.ts';
export type { JournalFile, JournalFiles, OpenMode } from './files.ts';
export type { LockTiming } from './held-lock.ts';
export type { ProcessIdentity, Processes } from './processes.ts';
export { inspectJournal, readRunningJournal, type JournalContents, type JournalInspection } from './inspect.ts';
export { repairJournal, restoreJournal, type Repaired, type Restored } from './restore.ts';
