/**
 * The part of a file system that the journal needs. It is an interface so that tests can make any step fail.
 * Everything rejects with the operating system's error (`code` "ENOSPC", "EIO" …).
 */
import { isSystemError } from './errors.ts';

/** An open file. */
export interface JournalFile {
  /** Writes all bytes at this position; where it rejects, a part of them may be in the file. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** Fills target as far as the file goes; returns 0 at the end of the file. */
  read(target: Buffer, position: number): Promise<number>;
  /** Bytes. */
  size(): Promise<number>;
  truncate(length: number): Promise<void>;
  /** Resolves once content and length are on the disk (fdatasync). */
  sync(): Promise<void>;
  /** The time of modification, milliseconds since 1970. */
  modified(): Promise<number>;
  close(): Promise<void>;
}

/** read: must exist. update: must exist, read and write. replace: made or emptied. exclusive: must not exist. */
export type OpenMode = 'read' | 'update' | 'replace' | 'exclusive';

/** The file system, as far as the journal uses it. */
export interface JournalFiles {
  /** Makes the folder and its parents, durably, readable by this user only; does not change one that exists. */
  makeFolder(path: string): Promise<void>;
  /** The names in it, in any order. */
  list(path: string): Promise<readonly string[]>;
  open(path: string, mode: OpenMode): Promise<JournalFile>;
  /** Of a file or folder; atomic. Replaces a file that was there, or an empty folder. Durable only after syncFolder. */
  rename(from: string, to: string): Promise<void>;
  /** One more name for a file; rejects with EEXIST where there is one of that name. Durable only after syncFolder. */
  link(existing: string, path: string): Promise<void>;
  /** Of a file. Durable only after syncFolder. */
  remove(path: string): Promise<void>;
  /** Of an empty folder. Durable only after syncFolder. */
  removeFolder(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
}

/** The names in a folder; undefined where there is none. */
export async function namesIn(files: JournalFiles, path: string): Promise<readonly string[] | undefined> {
  try {
    return await files.list(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The whole file as text. */
export async function readText(files: JournalFiles, path: string): Promise<string> {
  const file = await files.open(path, 'read');
  try {
    const bytes = Buffer.alloc(await file.size());
    const length = await file.read(bytes, 0);
    return bytes.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}
