import type { Clock } from '../../runtime/clock.ts';
import { StorageLostError } from '../contract.ts';
import type { JournalFile } from './files.ts';
import { encodeLock, type LockRecord, type Reached } from './lock-record.ts';

/** Milliseconds between heartbeats, and of silence after which a holder counts as dead. */
export interface LockTiming {
  /** How often the holder writes a heartbeat. */
  readonly heartbeatMs: number;
  /** How long a holder whose process cannot be seen must be silent before it counts as dead. */
  readonly staleAfterMs: number;
}

/** The timing used outside of tests. */
export const defaultLockTiming: LockTiming = { heartbeatMs: 1000, staleAfterMs: 5000 };

/** What a holder does with its lock. */
export interface FolderLock {
  readonly generation: number;
  /** See LockRecord. */
  readonly fence: number;
  /** How far earlier holders got; undefined where none of them said so. */
  readonly before: Reached | undefined;
  /** Aborts, with a StorageLostError as reason, once another process was seen to have taken the folder. */
  readonly lost: AbortSignal;
  /** Why the last heartbeat could not be written; undefined if it was written. */
  readonly failure: unknown;
  /**
   * Checks whether this process still holds the folder; does nothing if the last check is recent.
   * @throws StorageLostError where another process took it over
   */
  verify(): Promise<void>;
  /**
   * Always checks. What was written before the call was there before anybody could take over, so a new holder reads it.
   * @throws StorageLostError as verify does
   */
  confirm(): Promise<void>;
  /** Confirms, then says in the lock how far the journal got: to be awaited before a write is acknowledged. */
  acknowledge(reached: Reached): Promise<void>;
  release(): Promise<void>;
}

interface HeldLockOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly timing: LockTiming;
  readonly file: JournalFile;
  readonly generation: number;
  readonly record: LockRecord;
  /** Whether no newer lock is in the folder. */
  readonly held: () => Promise<boolean>;
}

/** The lock of a data folder while this process holds it; it writes a heartbeat. */
export class HeldLock implements FolderLock {
  readonly #options: HeldLockOptions;
  readonly #lost = new AbortController();
  #record: LockRecord;
  /** When the last look began that found the folder still held. Monotonic milliseconds. */
  #confirmed: number;
  #writing: Promise<unknown> = Promise.resolve();
  #beating: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #released = false;
  #failure: unknown;

  constructor(options: HeldLockOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#confirmed = options.clock.monotonic();
    this.#schedule();
  }

  get generation(): number {
    return this.#options.generation;
  }

  get fence(): number {
    return this.#options.record.fence;
  }

  get before(): Reached | undefined {
    return this.#options.record.reached;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get failure(): unknown {
    return this.#failure;
  }

  async verify(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    const { clock, timing } = this.#options;
    if (clock.monotonic() - this.#confirmed >= timing.staleAfterMs / 2) await this.confirm();
  }

  async confirm(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    const startedAt = this.#options.clock.monotonic();
    if (!(await this.#options.held())) {
      this.#cancel();
      this.#lost.abort(new StorageLostError(takenOver(this.#options.directory)));
    }
    this.#lost.signal.throwIfAborted();
    this.#confirmed = startedAt;
  }

  async acknowledge(reached: Reached): Promise<void> {
    // First, because what is not confirmed does not count, and may be removed from the journal again.
    await this.confirm();
    // If this fails, only a later proof of loss is missing; the next heartbeat logs the reason.
    await this.#show({ reached }).catch(() => undefined);
  }

  async release(): Promise<void> {
    this.#released = true;
    this.#cancel();
    await this.#beating;
    try {
      // In place and with the same length, so that it works on a full disk too.
      if (!this.#lost.signal.aborted) await this.#show({ released: true });
    } finally {
      await this.#options.file.close();
    }
  }

  #schedule(): void {
    if (this.#released || this.#lost.signal.aborted) return;
    this.#cancel = this.#options.clock.after(this.#options.timing.heartbeatMs, () => {
      this.#beating = this.#beat().then(
        () => {
          this.#failure = undefined;
          this.#schedule();
        },
        (error: unknown) => {
          this.#failure = error;
          this.#schedule();
        },
      );
    });
  }

  /** A late heartbeat must not claim a folder that another process holds by now, so it checks first. */
  async #beat(): Promise<void> {
    await this.confirm();
    await this.#show({});
  }

  /** One after the other: an older text must not replace a newer one. */
  #show(changed: Partial<Pick<LockRecord, 'reached' | 'released'>>): Promise<void> {
    this.#record = { ...this.#record, ...changed, beat: this.#record.beat + 1 };
    const text = encodeLock(this.#record);
    const written = this.#writing.then(() => this.#options.file.write(text, 0));
    this.#writing = written.catch(() => undefined); // told to whoever wrote
    return written;
  }
}

/**
 * For whoever did not find its files as it left them: another process may have moved them away.
 * @returns what says so; undefined if the folder is still held, or cannot be looked at
 */
export async function lossOf(lock: FolderLock): Promise<StorageLostError | undefined> {
  const error: unknown = await lock.confirm().catch((reason: unknown) => reason);
  return error instanceof StorageLostError ? error : undefined;
}

function takenOver(directory: string): string {
  return (
    `another process took over the data folder ${directory}: this one stood still for so long that it was taken for ` +
    'dead. It stops. Run one server on a data folder'
  );
}
