// The package that is put into containers: guest-tools/ as a gzipped tar, the same bytes for the same sources.
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const source = 'guest-tools';
/** Functions may stand in any order between these two. */
const [first, last] = ['head.bash', 'main.bash'];
/** Seconds since the epoch: 2020-01-01. GNU tar takes 1970 for a mistake. */
const mtime = 1_577_836_800;
const executable = 0o755;
const readable = 0o644;

/** The program configcli: one file of all that is in cli/. */
export function configcli() {
  const names = readdirSync(join(source, 'cli')).filter((name) => ![first, last].includes(name));
  return [first, ...names.sort(), last].map((name) => readFileSync(join(source, 'cli', name), 'utf8')).join('\n');
}

/** @returns {Buffer} a .tgz with one folder configcli-VERSION, `install` in it */
export function packGuestTools() {
  const program = configcli();
  const [, version] = /^version=(\S+)$/m.exec(program) ?? [];
  if (version === undefined) throw new Error(`${source}/cli/${first} names no version`);
  const top = `configcli-${version}`;
  const modules = readdirSync(join(source, 'python'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.py'))
    .sort();
  const entries = [
    entry(`${top}/`, executable),
    entry(`${top}/LICENSE`, readable, readFileSync('LICENSE')),
    entry(`${top}/configcli`, executable, Buffer.from(program)),
    entry(`${top}/install`, executable, readFileSync(join(source, 'install'))),
    entry(`${top}/python/`, executable),
    entry(`${top}/python/configcli/`, executable),
    ...modules.map((name) => entry(`${top}/python/${name}`, readable, readFileSync(join(source, 'python', name)))),
  ];
  const gzip = gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]), { level: 9 });
  // Which system it was made on (RFC 1952, OS) is nobody's business: 255 is "unknown".
  gzip[9] = 255;
  return gzip;
}

/** One entry of a tar (POSIX ustar): a header of 512 bytes, the content filled up to a multiple of that. */
function entry(name, mode, content = Buffer.alloc(0)) {
  const header = Buffer.alloc(512);
  const octal = (value, digits) => value.toString(8).padStart(digits, '0');
  header.write(name, 0, 100);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(mtime, 11), 136);
  // The checksum counts its own field as blanks.
  header.write(' '.repeat(8), 148);
  header.write(name.endsWith('/') ? '5' : '0', 156);
  header.write('ustar\u000000', 257);
  header.write('root', 265);
  header.write('root', 297);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\u0000 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
