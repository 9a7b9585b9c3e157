/** The files of the page, as the build has made them. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Who serves the page; it decides how the page gets the rights of its user. */
type Place = 'playground' | 'serve' | 'local';

/** One file. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** All files, by name; index.html is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/**
 * Reads them once: what is served later cannot be changed by a path that a client chooses.
 * @param folder dist/page
 * @throws Error where the folder cannot be read
 */
export async function readPageFiles(folder: string, place: Place): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  for (const name of await readdir(folder)) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const body = await readFile(join(folder, name));
    files.set(name, {
      type,
      body: name === 'index.html' ? Buffer.from(body.toString().replace('PLACE', place)) : body,
    });
  }
  return files;
}
