/** Folders made with those that they are in. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * As Node's mkdir with `recursive`, which never comes to an end in a folder that nothing can be made in and that says so
 * with ENOENT, as /proc does.
 * @param mode of the folders that are made
 * @returns the outermost folder that was made; undefined where all were there
 * @throws Error of the file system (EACCES, ENOENT …) where there is no such folder and none can be made
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  const target = resolve(path);
  try {
    return await makeOne(target, mode);
  } catch (error) {
    const parent = dirname(target);
    if (!isAbsent(error) || parent === target) throw error;
    const first = await makeFolder(parent, mode);
    // The parent is there now: what this says is final.
    const made = await makeOne(target, mode);
    return first ?? made;
  }
}

/** @returns undefined where it was there */
async function makeOne(target: string, mode: number | undefined): Promise<string | undefined> {
  try {
    await mkdir(target, mode === undefined ? {} : { mode });
    return target;
  } catch (error) {
    // EEXIST mostly, but a read-only file system or an automounter may say something else of a folder that is there.
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
