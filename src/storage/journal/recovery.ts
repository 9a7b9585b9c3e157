import { join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { StorageCorruptError, type Revision } from '../contract.ts';
import { JournalDocument } from './document.ts';
import { repairCommand, restoreCommand } from './errors.ts';
import { readText, type JournalFiles } from './files.ts';
import type { HistoryLimits } from './history.ts';
import { createJournal, type ClosedJournal, type OpenJournal } from './journal-log.ts';
import type { Reached } from './lock-record.ts';
import { isClosedJournal, journalName, temporarySuffix } from './layout.ts';
import { encodeJournalHeader } from './record.ts';
import { cutDamage, journalCorrupt, replayJournal, type Replayed, type ReplayOptions } from './replay.ts';
import { readSnapshot } from './snapshot.ts';

/** What recovery needs to read a data folder. */
export interface RecoveryOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly logger: Logger;
  readonly history: HistoryLimits;
  /** How far the journal was acknowledged; undefined where no lock says so. */
  readonly reached: Reached | undefined;
  /** What comes after this revision is not looked at: a running server may be writing it. Absent: everything counts. */
  readonly until?: Revision;
}

interface Recovered {
  readonly document: JournalDocument;
  readonly open: OpenJournal;
  readonly closed: readonly ClosedJournal[];
  readonly snapshotBytes: number;
}

/** What is in a folder; nothing in it was changed. */
export interface Survey {
  readonly document: JournalDocument;
  readonly closed: readonly ClosedJournal[];
  readonly snapshotBytes: number;
  /**
   * Undefined where the process ended between the two renames of a rotation: the next one, still empty, then lies ready
   * under its temporary name. Also where it was not needed, because everything asked for came before it.
   */
  readonly current: Replayed | undefined;
}

/**
 * Reads snapshot and journals, and prepares the folder for writing.
 * @throws StorageCorruptError where an acknowledged write is damaged or missing; nothing was changed then
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { files, directory } = options;
  const { document, closed, snapshotBytes, current } = await survey(options);
  const open = current
    ? await openCurrent({ ...options, document }, current)
    : await createJournal(files, directory, document.revision);
  await removeTemporaries(files, directory);
  document.settle();
  return { document, open, closed, snapshotBytes };
}

/**
 * Snapshot and journals, put together.
 * @throws StorageCorruptError where an acknowledged write is damaged or missing
 */
export async function survey(options: RecoveryOptions): Promise<Survey> {
  const { files, directory, logger, history, reached, until = Infinity } = options;
  let document = new JournalDocument(0, history);
  const snapshotBytes = await readSnapshot(files, directory, {
    begin: ({ revision }) => (document = new JournalDocument(revision, history)),
    load: (entry) => document.load(entry),
  });
  const covered = reached !== undefined && document.revision >= reached.revision;
  const replay: ReplayOptions = { files, directory, logger, document, until, reached: covered ? undefined : reached };
  const isRead = (): boolean => document.revision >= until;
  const names = await files.list(directory);
  const closed: ClosedJournal[] = [];
  let before: Replayed | undefined;
  for (const name of names.filter(isClosedJournal).sort()) {
    if (isRead()) break;
    before = await replayJournal(replay, name, before);
    closed.push({ name, bytes: before.length });
  }
  if (isRead()) return { document, closed, snapshotBytes, current: undefined };
  const current = names.includes(journalName) ? await replayJournal(replay, journalName, before) : undefined;
  if (current === undefined) await checkRotation(replay, names, before);
  checkReached(replay, current);
  return { document, closed, snapshotBytes, current };
}

/** Damage at the end of a journal is told of by the journal itself; this finds whole files that are gone or too old. */
function checkReached({ directory, document, reached }: ReplayOptions, current: Replayed | undefined): void {
  if (reached === undefined || document.revision >= reached.revision) return;
  const { revision } = document;
  throw journalCorrupt({
    ...{ directory, name: journalName, revision, line: current?.damage?.line ?? (current?.lines ?? 0) + 1 },
    what:
      `what can be read ends at revision ${revision}, but revision ${reached.revision} was acknowledged: the end of the ` +
      'journal is damaged or missing, or a file is an old copy',
  });
}

async function openCurrent(replay: ReplayOptions, journal: Replayed): Promise<OpenJournal> {
  const { files, directory } = replay;
  if (journal.damage) await cutDamage(replay, journalName, journal);
  const file = await files.open(join(directory, journalName), 'update');
  // A process that was killed may have written lines without syncing them; from now on they count.
  await file.sync();
  return { file, base: journal.base, length: journal.length, checksum: journal.checksum };
}

/**
 * There is no journal only where the process ended between the two renames of a rotation; then the next one lies
 * ready under its temporary name. Otherwise it was lost, with all that was in it.
 */
async function checkRotation(
  { files, directory, document }: ReplayOptions,
  names: readonly string[],
  before: Replayed | undefined,
): Promise<void> {
  const header = encodeJournalHeader({ base: document.revision }).toString();
  const next = journalName + temporarySuffix;
  if (before && names.includes(next) && (await readText(files, join(directory, next))) === header) return;
  throw new StorageCorruptError(
    `${join(directory, journalName)} is missing. Nothing was changed. The way out: put the file back, restore the data ` +
      `folder from a backup (${restoreCommand(directory)}), or keep what can be read, giving up every change after ` +
      `revision ${document.revision} (${repairCommand(directory)})`,
  );
}

/** Removes incomplete files of a process that ended; nothing depends on them. */
async function removeTemporaries(files: JournalFiles, directory: string): Promise<void> {
  for (const name of await files.list(directory)) {
    if (name.endsWith(temporarySuffix)) await files.remove(join(directory, name));
  }
}
