import type { Clock } from '../../runtime/clock.ts';
import type { Revision } from '../contract.ts';
import type { WatchStream } from './watch-stream.ts';

/** When a watch is asked how far it is, in milliseconds. */
export interface ProgressPace {
  /** Between requests while somebody waits for a revision. etcd does not answer before the watch has caught up. */
  readonly waitingMs: number;
  /**
   * Between requests otherwise: so a watch without events does not fall behind what is compacted, and a dead connection is
   * noticed.
   */
  readonly idleMs: number;
  /** Without a word after a request, before the stream is given up. */
  readonly silentMs: number;
}

interface AskerOptions {
  readonly clock: Clock;
  readonly pace: ProgressPace;
  /** Everything up to here was delivered. */
  readonly place: () => Revision;
  /** The stream says nothing any more. */
  readonly silent: () => void;
}

/** Asks a watch for its progress: at once and often while a revision is expected, now and then otherwise. */
export class ProgressAsker {
  readonly #options: AskerOptions;
  #expected: Revision = 0;
  #stream: WatchStream | undefined;
  /** Of the first request since something was heard. */
  #askedAt: number | undefined;
  #cancel: () => void = () => undefined;
  #ended = false;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** Asks until the watch has delivered everything up to this revision. */
  expect(revision: Revision): void {
    if (revision <= this.#expected) return;
    this.#expected = revision;
    if (this.#stream && this.#behind) this.#ask();
  }

  /** The stream said something, and can be asked. */
  heard(stream: WatchStream): void {
    if (this.#ended) return;
    const first = this.#stream !== stream;
    this.#stream = stream;
    this.#askedAt = undefined;
    if (first && this.#behind) this.#ask();
    else this.#schedule();
  }

  /** The stream cannot answer for the time being. */
  pause(): void {
    this.#cancel();
    this.#stream = undefined;
    this.#askedAt = undefined;
  }

  end(): void {
    this.#ended = true;
    this.pause();
  }

  get #behind(): boolean {
    return this.#options.place() < this.#expected;
  }

  #ask(): void {
    const { clock, pace, silent } = this.#options;
    this.#askedAt ??= clock.monotonic();
    if (clock.monotonic() - this.#askedAt > pace.silentMs) {
      this.pause();
      silent();
      return;
    }
    this.#stream?.requestProgress();
    this.#schedule();
  }

  #schedule(): void {
    const { clock, pace } = this.#options;
    this.#cancel();
    const waits = this.#behind || this.#askedAt !== undefined;
    this.#cancel = clock.after(waits ? pace.waitingMs : pace.idleMs, () => {
      this.#ask();
    });
  }
}
