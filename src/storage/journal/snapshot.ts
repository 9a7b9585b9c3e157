import { dirname, join } from 'node:path';
import { compareUtf8 } from '../../meta/utf8-order.ts';
import { StorageCorruptError, type Entry, type Revision } from '../contract.ts';
import { isSystemError, restoreCommand } from './errors.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { replaceFile, snapshotName } from './layout.ts';
import { readLines, type Line } from './lines.ts';
import { decodeEntry, decodeSnapshotHeader, encodeEntry, encodeSnapshotHeader, type SnapshotHeader } from './record.ts';

/** A state of the store that no longer changes. */
export interface SnapshotSource {
  readonly revision: Revision;
  readonly size: number;
  readonly blocks: readonly (readonly Entry[])[];
}

/** Small, so that encoding one does not delay the writes that go on meanwhile. */
const chunkBytes = 256 << 10;
/** Syncs often, so that the journal's own fsync does not have to wait for the whole snapshot. */
const syncEveryBytes = 8 << 20;

/** What writing a snapshot needs. */
export interface SnapshotOptions {
  readonly signal?: AbortSignal;
  /** Asked before the old snapshot is replaced: may this process still do so? */
  readonly confirm?: () => Promise<void>;
}

/**
 * Replaces the snapshot, durably, a piece at a time.
 * @returns its size in bytes
 * @throws the signal's reason where it aborts; what confirm or the file system throws. The old snapshot then stays.
 */
export async function writeSnapshot(
  files: JournalFiles,
  directory: string,
  source: SnapshotSource,
  { signal, confirm }: SnapshotOptions = {},
): Promise<number> {
  let position = 0;
  const write = async (file: JournalFile): Promise<void> => {
    let synced = 0;
    let pieces: Buffer[] = [encodeSnapshotHeader({ revision: source.revision, entries: source.size })];
    let pending = 0;
    const flush = async (): Promise<void> => {
      signal?.throwIfAborted();
      const chunk = Buffer.concat(pieces);
      pieces = [];
      pending = 0;
      await file.write(chunk, position);
      position += chunk.length;
      if (position - synced < syncEveryBytes) return;
      await file.sync();
      synced = position;
    };
    for (const block of source.blocks) {
      for (const entry of block) {
        const line = encodeEntry(entry);
        pieces.push(line);
        pending += line.length;
        if (pending >= chunkBytes) await flush();
      }
    }
    await flush();
  };
  await replaceFile(files, directory, snapshotName, write, confirm && { confirm });
  return position;
}

interface SnapshotTarget {
  begin(header: SnapshotHeader): void;
  load(entry: Entry): void;
}

/**
 * Reads the snapshot, where there is one.
 * @returns its size in bytes; 0 where there is none
 * @throws StorageCorruptError where anything in it is not as it was written
 */
export async function readSnapshot(files: JournalFiles, directory: string, target: SnapshotTarget): Promise<number> {
  const path = join(directory, snapshotName);
  let file: JournalFile;
  try {
    file = await files.open(path, 'read');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 0;
    throw error;
  }
  try {
    await readEntries(file, path, target);
    return await file.size();
  } finally {
    await file.close();
  }
}

async function readEntries(file: JournalFile, path: string, target: SnapshotTarget): Promise<void> {
  let header: SnapshotHeader | undefined;
  let count = 0;
  let lastKey = '';
  for await (const { lines } of readLines(file)) {
    for (const line of lines) {
      if (header === undefined) {
        header = line.complete ? decodeSnapshotHeader(line.bytes) : undefined;
        if (header === undefined) throw damaged(path, line.number, 'the header is not as it was written');
        target.begin(header);
      } else {
        const entry = checkedEntry(path, line, lastKey);
        if (++count > header.entries) throw damaged(path, line.number, 'there are more entries than the header says');
        lastKey = entry.key;
        target.load(entry);
      }
    }
  }
  if (header === undefined) throw damaged(path, 1, 'the file is empty');
  if (count < header.entries) throw damaged(path, count + 2, `${header.entries - count} entries are missing`);
}

function checkedEntry(path: string, line: Line, lastKey: string): Entry {
  const entry = line.complete ? decodeEntry(line.bytes) : undefined;
  if (entry === undefined) throw damaged(path, line.number, 'the line does not match its checksum');
  if (compareUtf8(entry.key, lastKey) <= 0) throw damaged(path, line.number, 'the keys are out of order');
  return entry;
}

function damaged(path: string, line: number, what: string): StorageCorruptError {
  return new StorageCorruptError(
    `${path}, line ${line}: ${what}, and no other file of this folder can replace it. Nothing was changed. The way out: ` +
      `restore the data folder from a backup (${restoreCommand(dirname(path))})`,
  );
}
