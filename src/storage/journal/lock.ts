import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { StorageUnavailableError } from '../contract.ts';
import { isSystemError, StorageLockedError } from './errors.ts';
import { readText, type JournalFile, type JournalFiles } from './files.ts';
import type { ProcessIdentity, Processes, Verdict } from './processes.ts';

export interface LockTiming {
  /** How often the holder shows that it lives. */
  readonly heartbeatMs: number;
  /** How long a holder that cannot be looked at must have shown nothing to be taken for dead. */
  readonly staleAfterMs: number;
}

export const defaultLockTiming: LockTiming = { heartbeatMs: 1000, staleAfterMs: 5000 };

export interface LockOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly timing: LockTiming;
}

export interface FolderLock {
  /**
   * To be called before each write. Costs nothing while the heartbeat is on time.
   * @throws StorageUnavailableError where this process was stopped for so long that another took the folder over
   */
  verify(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the folder for this process alone.
 *
 * Node has no flock, so a lock is a file `lock-N.json`, made with O_EXCL and naming its holder; the highest N holds.
 * - Is a holder dead? In the same pid namespace of the same boot: the process is gone, or its number has another start
 *   time; known at once, and safe against reused numbers. From another container or node (a shared volume), or where
 *   there is no /proc: it is dead once its heartbeat, the file's time of modification, stood still for
 *   `staleAfterMs`, watched with our own clock. A holder that stopped in good order has said so in its file.
 * - Who may take over? Whoever makes N+1: O_EXCL lets one win. Nobody removes the newest lock, not even its holder,
 *   so the highest number that was held never falls; that is why a slow challenger can neither remove another's new lock
 *   nor win with a number that was held before: it finds a higher one after making its own.
 * - A holder that was suspended beyond its heartbeat looks for a higher number before it writes again (verify).
 * @throws StorageLockedError where another process holds it
 */
export async function lockFolder(options: LockOptions): Promise<FolderLock> {
  const { files, directory, processes } = options;
  const holder = Buffer.from(`${JSON.stringify(await processes.self())}\n`);
  for (;;) {
    const generation = (await freeGeneration(options)) + 1;
    const path = join(directory, lockName(generation));
    const file = await createLock(files, path);
    if (file === undefined) continue; // another challenger was faster: it is judged next
    let held = false;
    try {
      await file.write(holder, 0);
      // A lock that lost its text in a crash would keep the next start waiting.
      await file.sync();
      held = (await newestGeneration(options)) === generation;
    } finally {
      if (!held) {
        await file.close();
        await files.remove(path);
      }
    }
    if (!held) continue;
    await removeBelow(options, generation - 1);
    return new HeldLock(options, file, { generation, bytes: holder.length });
  }
}

/**
 * Looks without taking: the number of the newest lock, which nobody holds (any longer); 0 where there never was one.
 * As long as newestGeneration stays the same, nobody has taken the folder since.
 * @throws StorageLockedError where another process holds it
 */
export async function freeGeneration(options: LockOptions): Promise<number> {
  for (;;) {
    const newest = await newestGeneration(options);
    if (newest === 0 || (await isFree(options, newest))) return newest;
  }
}

const lockName = (generation: number): string => `lock-${String(generation).padStart(10, '0')}.json`;
const lockPattern = /^lock-(\d{10})\.json$/;

export const isLockName = (name: string): boolean => lockPattern.test(name);

async function generations({ files, directory }: LockOptions): Promise<number[]> {
  const names = await files.list(directory);
  return names.map((name) => Number(lockPattern.exec(name)?.[1] ?? 0)).filter((generation) => generation > 0);
}

/** The number of the newest lock, held or not. */
export async function newestGeneration(options: LockOptions): Promise<number> {
  return Math.max(0, ...(await generations(options)));
}

/** The one before the newest stays too: a list read while locks come and go then never shows none at all. */
async function removeBelow(options: LockOptions, kept: number): Promise<void> {
  for (const generation of await generations(options)) {
    if (generation < kept) await options.files.remove(join(options.directory, lockName(generation)));
  }
}

async function createLock(files: JournalFiles, path: string): Promise<JournalFile | undefined> {
  try {
    return await files.open(path, 'exclusive');
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return undefined;
    throw error;
  }
}

/**
 * Whether the newest lock's holder is gone; false where the lock itself is, so that one has to look anew.
 * @throws StorageLockedError where the holder lives
 */
async function isFree(options: LockOptions, generation: number): Promise<boolean> {
  const { directory } = options;
  const before = await look(options, generation);
  if (before === undefined) return false;
  if (before.released) return true;
  const verdict = before.holder ? await judge(options, before.holder) : 'unknown';
  if (verdict === 'dead') return true;
  if (verdict === 'alive') throw new StorageLockedError(directory, before.holder);
  const { heartbeatMs, staleAfterMs } = options.timing;
  for (let waited = 0; waited < staleAfterMs; waited += heartbeatMs) {
    await pause(options.clock, heartbeatMs);
    const now = await look(options, generation);
    if (now === undefined) return false;
    if (now.released) return true;
    if (now.modified !== before.modified) throw new StorageLockedError(directory, now.holder);
  }
  return true;
}

/** Milliseconds between two looks at a holder that is dying. */
const dyingMs = 20;

/** A holder that was killed just now is waited for; one that cannot die, stuck in a disk, may still write. */
async function judge({ clock, processes, timing }: LockOptions, holder: ProcessIdentity): Promise<Verdict> {
  for (let waited = 0; waited < timing.staleAfterMs; waited += dyingMs) {
    const verdict = await processes.judge(holder);
    if (verdict !== 'dying') return verdict;
    await pause(clock, dyingMs);
  }
  return 'alive';
}

interface Sight {
  readonly released: boolean;
  readonly holder: ProcessIdentity | undefined;
  readonly modified: number;
}

/** Undefined where it is there no more. */
async function look({ files, directory }: LockOptions, generation: number): Promise<Sight | undefined> {
  const path = join(directory, lockName(generation));
  try {
    // Opened anew for each look: network file systems ask the server for a file's times when it is opened.
    const file = await files.open(path, 'read');
    const modified = await file.modified().finally(() => file.close());
    return { modified, ...parseLock(await readText(files, path)) };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parseLock(text: string): { released: boolean; holder: ProcessIdentity | undefined } {
  try {
    // The decoding border: a lock is written by this file alone, whole or (for a moment) empty.
    const content = JSON.parse(text) as ProcessIdentity | { released: true };
    return 'released' in content ? { released: true, holder: undefined } : { released: false, holder: content };
  } catch {
    return { released: false, holder: undefined }; // being written: its heartbeat will tell
  }
}

async function pause(clock: Clock, milliseconds: number): Promise<void> {
  // The clock's timers let the process end; one that waits for its data folder must not.
  const stay = setInterval(() => undefined, milliseconds);
  await new Promise<void>((resolve) => clock.after(milliseconds, resolve));
  clearInterval(stay);
}

interface Held {
  readonly generation: number;
  /** Length of the file. */
  readonly bytes: number;
}

class HeldLock implements FolderLock {
  readonly #options: LockOptions;
  readonly #file: JournalFile;
  readonly #held: Held;
  #shown: number;
  #beating: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #released = false;

  constructor(options: LockOptions, file: JournalFile, held: Held) {
    this.#options = options;
    this.#file = file;
    this.#held = held;
    this.#shown = options.clock.monotonic();
    this.#schedule();
  }

  async verify(): Promise<void> {
    if (this.#options.clock.monotonic() - this.#shown < this.#options.timing.staleAfterMs / 2) return;
    if ((await newestGeneration(this.#options)) !== this.#held.generation) {
      throw new StorageUnavailableError(
        `another process took over the data folder ${this.#options.directory} while this one stood still; restart it`,
      );
    }
    await this.#beat();
  }

  async release(): Promise<void> {
    this.#released = true;
    this.#cancel();
    await this.#beating;
    try {
      // In place and of the same length: it must work on a full disk too.
      await this.#file.write(Buffer.from('{"released":true}'.padEnd(this.#held.bytes - 1).concat('\n')), 0);
    } finally {
      await this.#file.close();
    }
  }

  #schedule(): void {
    if (this.#released) return;
    this.#cancel = this.#options.clock.after(this.#options.timing.heartbeatMs, () => {
      // One that fails is not lost: verify tries again before the next write, and says why it could not.
      this.#beating = this.#beat().then(
        () => this.#schedule(),
        () => this.#schedule(),
      );
    });
  }

  async #beat(): Promise<void> {
    const { clock } = this.#options;
    const started = clock.monotonic();
    await this.#file.touch(clock.now());
    this.#shown = started;
  }
}
