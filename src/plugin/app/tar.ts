/** Archives that are the same for the same files. */
import { gzipSync } from 'node:zlib';

/** A file or folder of an archive. */
export interface TarEntry {
  /** With slashes; relative. */
  readonly path: string;
  readonly isExecutable?: boolean;
  /** Absent: a folder. */
  readonly content?: Uint8Array;
}

const block = 512;
/** Seconds since the epoch: 2020-01-01. GNU tar takes 1970 for a mistake. */
const mtime = 1_577_836_800;
/** The most bytes of the two parts of a path. */
const [maxName, maxPrefix] = [100, 155];

/**
 * A gzipped tar of files of root, without times. Source: POSIX ustar; RFC 1952
 * @throws Error for a path that the format cannot hold
 */
export function tarGz(entries: readonly TarEntry[]): Buffer {
  const gzip = gzipSync(Buffer.concat([...entries.flatMap(recordsOf), Buffer.alloc(2 * block)]), { level: 9 });
  // Which system it was made on is nobody's business: 255 is "unknown".
  gzip[9] = 255;
  return gzip;
}

function recordsOf({ path, isExecutable = false, content }: TarEntry): Uint8Array[] {
  const isFolder = content === undefined;
  const size = content?.byteLength ?? 0;
  const [prefix, name] = partsOf(isFolder ? `${path}/` : path);
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(octal(isFolder || isExecutable ? 0o755 : 0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(mtime, 11), 136);
  // The checksum counts its own field as blanks.
  header.write(' '.repeat(8), 148);
  header.write(isFolder ? '5' : '0', 156);
  header.write('ustar\u000000', 257);
  header.write('root', 265);
  header.write('root', 297);
  header.write(prefix, 345);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\u0000 `, 148);
  return [header, content ?? new Uint8Array(), new Uint8Array((block - (size % block)) % block)];
}

/** The path in the two fields that hold it. */
function partsOf(path: string): [prefix: string, name: string] {
  const fits = (text: string, most: number): boolean => Buffer.byteLength(text) <= most;
  if (fits(path, maxName)) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name !== '' && fits(prefix, maxPrefix) && fits(name, maxName)) return [prefix, name];
  }
  throw new Error(`the path ${path} is too long for an archive: 100 bytes after a slash, 155 before it`);
}
