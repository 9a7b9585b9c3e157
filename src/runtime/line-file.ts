/** Writes lines to a file in the background, and rotates it when it has grown too large. Callers never wait. */
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, format, join, parse } from 'node:path';
import { pino } from 'pino';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { makeFolder } from './make-folder.ts';

interface LineFile {
  /** @param line with its newline; @returns false where the line was dropped because too many bytes wait already */
  write(line: string): boolean;
  /** Writes the lines that wait, for at most `graceMs` milliseconds. Later lines are refused. */
  close(graceMs: number): Promise<void>;
}

interface LineFileOptions {
  /** '-' is standard output. */
  readonly path: string;
  /** The file is rotated when it has this many bytes. */
  readonly maxBytes: number;
  /** How many rotated files are kept; 0 keeps all. */
  readonly maxBackups: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Bytes that may wait for a slow or full disk. */
const maxWaiting = 16 << 20;

/** Opens the file, with its folder, for appending. @throws Error where it cannot be created or written */
export async function openLineFile(options: LineFileOptions): Promise<LineFile> {
  const { path, clock, logger } = options;
  if (path === '-') return createLineFile(pino.destination({ fd: 1, sync: false, maxLength: maxWaiting }), options);
  await makeFolder(dirname(path));
  await (await open(path, 'a', 0o600)).close();
  const destination = pino.destination({ dest: path, sync: false, mode: 0o600, maxLength: maxWaiting });
  let size = (await stat(path)).size;
  let rotating = false;
  destination.on('write', (bytes: number) => {
    size += bytes;
    if (size < options.maxBytes || rotating) return;
    rotating = true;
    // If rotation fails, the next attempt comes after another `maxBytes`.
    size = 0;
    void putAside(path, options.maxBackups, clock.now())
      .then(() => destination.reopen())
      .catch((error: unknown) => logger.error({ error, path }, 'a full log could not be put aside'))
      .finally(() => {
        rotating = false;
      });
  });
  return createLineFile(destination, options);
}

function createLineFile(destination: ReturnType<typeof pino.destination>, options: LineFileOptions): LineFile {
  const { path, clock, logger } = options;
  let closing = false;
  let failing = false;
  let dropped = false;
  destination.on('error', (error: unknown) => {
    if (!failing) logger.error({ error, path }, 'a log cannot be written: lines are kept while there is room for them');
    failing = true;
  });
  destination.on('write', () => {
    failing = false;
  });
  destination.on('drop', () => {
    dropped = true;
  });
  return {
    write(line) {
      if (closing) return false;
      dropped = false;
      destination.write(line);
      return !dropped;
    },
    close(graceMs) {
      if (closing) return Promise.resolve();
      closing = true;
      return new Promise((resolve) => {
        const cancel = clock.after(graceMs, resolve);
        destination.once('close', () => {
          cancel();
          resolve();
        });
        destination.end();
      });
    },
  };
}

/** Rotated files are named as kube-apiserver names them: audit.log becomes audit-2026-01-02T03-04-05.006.log. */
async function putAside(path: string, maxBackups: number, now: Date): Promise<void> {
  const { dir, name, ext } = parse(path);
  const time = now.toISOString().slice(0, -1).replaceAll(':', '-');
  await rename(path, format({ dir, name: `${name}-${time}`, ext }));
  if (maxBackups === 0) return;
  const isBackup = (file: string): boolean =>
    file.startsWith(`${name}-`) && file.endsWith(ext) && /^\d{4}-\d\d-\d\dT[\d.-]+$/.test(middleOf(file, name, ext));
  const backups = (await readdir(dir === '' ? '.' : dir)).filter(isBackup).sort();
  for (const old of backups.slice(0, -maxBackups)) await unlink(join(dir, old));
}

function middleOf(file: string, name: string, ext: string): string {
  return file.slice(name.length + 1, file.length - ext.length);
}
