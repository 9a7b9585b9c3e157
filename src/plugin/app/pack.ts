/** Setup packages as members get them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tarGz, type TarEntry } from './tar.ts';

/** A setup package. */
export interface Package {
  /** Names its content, so that another content never takes its place. */
  readonly fileName: string;
  readonly bytes: Buffer;
  /** SHA-256, in hexadecimal. */
  readonly digest: string;
}

/** Enough of the digest that no two packages of an app are called the same. */
const digestLength = 12;

/**
 * Packs a folder: the same bytes for the same files. Links become what they lead to, so that apps can share files.
 * @param name that of the one top directory, and the beginning of the file's name
 * @throws Error for what is no file and no folder, and for links in circles
 */
export function pack(folder: string, { name, version }: { readonly name: string; readonly version: string }): Package {
  const bytes = tarGz(entriesOf(folder, name, []));
  const digest = createHash('sha256').update(bytes).digest('hex');
  // A version may contain anything.
  const label = version.replaceAll(/[^\w.]+/g, '_');
  return { fileName: `${name}-${label}-${digest.slice(0, digestLength)}.tgz`, bytes, digest };
}

/** @param above real paths of the folders that it is in */
function entriesOf(file: string, path: string, above: readonly string[]): TarEntry[] {
  const stat = statSync(file);
  if (stat.isFile()) return [{ path, content: readFileSync(file), isExecutable: (stat.mode & 0o111) !== 0 }];
  if (!stat.isDirectory()) throw new Error(`${file} is no file and no folder: it cannot be in a package`);
  const real = realpathSync(file);
  if (above.includes(real)) throw new Error(`${file} leads to a folder that it is in`);
  const names = readdirSync(file).sort();
  return [{ path }, ...names.flatMap((name) => entriesOf(join(file, name), `${path}/${name}`, [...above, real]))];
}
