import { join } from 'node:path';
import type { Revision } from '../contract.ts';
import { namesIn, type JournalFiles } from './files.ts';
import { isClosedJournal, journalName, snapshotName } from './layout.ts';
import { readLines } from './lines.ts';
import { decodeChange, decodeEntry, decodeJournalHeader, decodeSnapshotHeader } from './record.ts';

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

async function* revisionsIn(files: JournalFiles, path: string): AsyncGenerator<Revision, void, undefined> {
  try {
    const file = await files.open(path, 'read');
    try {
      for await (const batch of readLines(file)) for (const { bytes } of batch) yield revisionOf(bytes);
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
    decodeChange(line)?.revision ??
    decodeEntry(line)?.revision ??
    decodeSnapshotHeader(line)?.revision ??
    decodeJournalHeader(line)?.base ??
    0
  );
}
