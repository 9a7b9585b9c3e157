/** The file that a backup is written to, or read from. */
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.ts';

interface BackupFileOptions {
  /** Replaces a file that is there. */
  readonly force: boolean;
}

const batchBytes = 1 << 20;

/**
 * Writes the lines beside the file, durably, and puts them in its place in one step, readable by nobody else. A file
 * that is there stays, unless forced.
 * @throws ConfigurationError where the file is there or cannot be written; nothing is left then
 */
export async function writeBackupFile(
  path: string,
  lines: Iterable<string>,
  { force }: BackupFileOptions,
): Promise<void> {
  const partial = `${resolve(path)}.partial-${process.pid}`;
  await onFile(path, async () => {
    const file = await open(partial, 'wx', 0o600);
    try {
      try {
        await writeLines(file, lines);
        await file.sync();
      } finally {
        await file.close();
      }
      if (force) await rename(partial, path);
      else await putInPlace(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    const folder = await open(dirname(resolve(path)), 'r');
    await folder.sync().finally(() => folder.close());
  });
}

/**
 * To be asked before the work begins.
 * @throws ConfigurationError where the file is there already and would not be replaced
 */
export async function checkBackupFile(path: string, { force }: BackupFileOptions): Promise<void> {
  const there = await onFile(path, async () => {
    try {
      return await lstat(path);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  });
  if (there === undefined) return;
  if (!there.isFile()) throw new ConfigurationError(`${path} is not a plain file; use - for standard output`);
  if (!force) throw exists(path);
}

/** @throws ConfigurationError (from the iteration) where it cannot be read */
export async function* readBackupFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await onFile(path, () => open(path, 'r'));
  try {
    for (;;) {
      const { bytesRead, buffer } = await onFile(path, () => file.read(Buffer.allocUnsafe(batchBytes)));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function writeLines(file: FileHandle, lines: Iterable<string>): Promise<void> {
  let pending: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    await file.writeFile(pending.join(''));
    pending = [];
    length = 0;
  };
  for (const line of lines) {
    pending.push(line);
    length += line.length;
    if (length >= batchBytes) await flush();
  }
  await flush();
}

/** Unlike a rename, a link never replaces what came in between. */
async function putInPlace(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw exists(path);
    // A file system without links, such as a memory stick's.
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].some((code) => hasCode(error, code))) throw error;
    await checkBackupFile(path, { force: false });
    return rename(partial, path);
  }
  await rm(partial);
}

function exists(path: string): ConfigurationError {
  return new ConfigurationError(`${path} is there already; nothing was written. Replace it with --force`);
}

async function onFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new ConfigurationError(`the backup ${path} cannot be used: ${error.message}`, { cause: error });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
