import { join } from 'node:path';
import { StorageCorruptError, type Revision } from '../contract.ts';
import { JournalDocument } from './document.ts';
import { namesIn, type JournalFiles } from './files.ts';
import { isClosedJournal, journalName, snapshotName } from './layout.ts';
import { readLines } from './lines.ts';
import { decodeCommit, decodeEntry, decodeJournalHeader, decodeSnapshotHeader } from './record.ts';
import type { RecoveryOptions } from './recovery.ts';
import { replayJournal, type Replayed } from './replay.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * The highest revision that any undamaged line of a damaged data folder names: what it held had reached at least that.
 * Files and lines that cannot be read are passed over.
 */
export async function highestReadable(files: JournalFiles, directory: string): Promise<Revision> {
  let highest = 0;
  const names = (await namesIn(files, directory)) ?? [];
  for (const name of names.filter((each) => each === snapshotName || each === journalName || isClosedJournal(each))) {
    for await (const revision of revisionsIn(files, join(directory, name))) highest = Math.max(highest, revision);
  }
  return highest;
}

/**
 * Everything up to the first commit that is damaged or missing.
 * @throws StorageCorruptError where that is the snapshot itself
 */
export async function readable(options: Omit<RecoveryOptions, 'reached'>): Promise<JournalDocument> {
  const { files, directory, history } = options;
  let document = new JournalDocument(0, history);
  await readSnapshot(files, directory, {
    begin: ({ revision }) => (document = new JournalDocument(revision, history)),
    load: (entry) => document.load(entry),
  });
  const names = await files.list(directory);
  const journals = [...names.filter(isClosedJournal).sort(), ...names.filter((name) => name === journalName)];
  let before: Replayed | undefined;
  for (const name of journals) {
    try {
      before = await replayJournal({ ...options, document, reached: undefined }, name, before);
    } catch (error) {
      if (!(error instanceof StorageCorruptError)) throw error;
      break; // what came before it was taken over
    }
  }
  return document;
}

async function* revisionsIn(files: JournalFiles, path: string): AsyncGenerator<Revision, void, undefined> {
  try {
    const file = await files.open(path, 'read');
    try {
      for await (const { lines } of readLines(file)) for (const { bytes } of lines) yield revisionOf(bytes);
    } finally {
      await file.close();
    }
  } catch {
    return; // a disk that is failing: what it still gives counts
  }
}

/** 0 where the line is damaged. */
function revisionOf(line: Buffer): Revision {
  return (
    decodeCommit(line)?.revision ??
    decodeEntry(line)?.revision ??
    decodeSnapshotHeader(line)?.revision ??
    decodeJournalHeader(line)?.base ??
    0
  );
}
