/** Creates a folder together with its missing parents. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Like Node's mkdir with `recursive`, which never ends where a folder exists but refuses new entries with ENOENT, as
 * /proc does.
 * @param mode permissions of the folders that are created
 * @returns the outermost folder that was created; undefined where all existed
 * @throws Error of the file system (EACCES, ENOENT …) where the folder does not exist and cannot be created
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  const target = resolve(path);
  try {
    return await makeOne(target, mode);
  } catch (error) {
    const parent = dirname(target);
    if (!isAbsent(error) || parent === target) throw error;
    const first = await makeFolder(parent, mode);
    // The parent exists now, so an error here is final.
    const made = await makeOne(target, mode);
    return first ?? made;
  }
}

/** @returns undefined where it existed */
async function makeOne(target: string, mode: number | undefined): Promise<string | undefined> {
  try {
    await mkdir(target, mode === undefined ? {} : { mode });
    return target;
  } catch (error) {
    // Usually EEXIST; a read-only file system or an automounter may answer with another code for an existing folder.
    if (!isAbsent(error) && (await isFolder(target))) return undefined;
    throw error;
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
