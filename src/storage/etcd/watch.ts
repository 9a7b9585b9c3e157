import type { Backoff } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/time-limit.ts';
import { CompactedError, StorageLostError, type Commit, type Progress, type Revision } from '../contract.ts';
import { reasonOf } from './errors.ts';
import { ProgressAsker, type ProgressPace } from './progress-asker.ts';
import type { WatchAssembler } from './watch-assembler.ts';
import type { WatchStream } from './watch-stream.ts';

interface WatchOptions {
  /** Knows how far the watch is. */
  readonly assembler: WatchAssembler;
  /** Opens a stream whose first events are those of this revision. */
  readonly open: (start: Revision) => Promise<WatchStream>;
  /** A stream broke, or could not be opened. */
  readonly broke: (stream: WatchStream | undefined, error: unknown) => void;
  /** A stream said nothing for too long, though it was asked. */
  readonly silent: (stream: WatchStream) => void;
  /** All objects are being replaced. */
  readonly lost: (error: StorageLostError) => void;
  readonly opened: (watch: EtcdWatch) => void;
  readonly ended: (watch: EtcdWatch) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backoff: Backoff;
  readonly pace: ProgressPace;
}

type Item = Commit | Progress;
interface Waiting {
  readonly resolve: (result: IteratorResult<Item, undefined>) => void;
  readonly reject: (error: unknown) => void;
}
const finished: IteratorResult<Item, undefined> = { done: true, value: undefined };

/**
 * The commits after a revision, over as many streams as it takes. It reads from etcd only when the reader has taken
 * everything, so that a slow reader costs memory in etcd's history and not here. Nothing runs before the first next().
 */
export class EtcdWatch implements AsyncIterator<Item, undefined> {
  readonly #options: WatchOptions;
  readonly #asker: ProgressAsker;
  readonly #queue: Item[] = [];
  readonly #waiting: Waiting[] = [];
  /** Aborts when the watch ends, for whatever reason. */
  readonly #over = new AbortController();
  #begun = false;
  #failure: { readonly error: unknown } | undefined;
  #stream: WatchStream | undefined;
  #taken: () => void = () => undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#asker = new ProgressAsker({
      ...{ clock: options.clock, pace: options.pace, place: () => options.assembler.place },
      silent: () => {
        if (this.#stream) options.silent(this.#stream);
        this.#stream?.cancel();
      },
    });
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#begin();
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.end();
    return Promise.resolve(finished);
  }

  /** The reader is to learn soon that everything up to this revision has been delivered. */
  expect(revision: Revision): void {
    this.#asker.expect(revision);
  }

  /** The stream is replaced by one on a new connection. */
  reconnect(): void {
    this.#stream?.cancel();
  }

  readonly end = (): void => {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#options.signal.removeEventListener('abort', this.end);
    this.#asker.end();
    this.#stream?.cancel();
    this.#options.ended(this);
    this.#taken();
    this.#serve();
  };

  #begin(): void {
    if (this.#begun || this.#over.signal.aborted) return;
    this.#begun = true;
    const { signal, opened } = this.#options;
    if (signal.aborted) {
      this.end();
      return;
    }
    signal.addEventListener('abort', this.end);
    opened(this);
    void this.#run();
  }

  #serve(): void {
    for (let waiting = this.#waiting[0]; waiting; waiting = this.#waiting[0]) {
      const result = this.#over.signal.aborted ? finished : this.#first();
      if (result === undefined) return;
      this.#waiting.shift();
      if (this.#failure && result === finished) {
        waiting.reject(this.#failure.error);
        this.#failure = undefined;
      } else waiting.resolve(result);
    }
  }

  #first(): IteratorResult<Item, undefined> | undefined {
    const value = this.#queue.shift();
    if (value === undefined) return undefined;
    if (this.#queue.length === 0) this.#taken();
    return { done: false, value };
  }

  /** Opens streams until the watch is over. Never rejects. */
  async #run(): Promise<void> {
    const { assembler, open, broke, backoff, clock, logger } = this.#options;
    const over = this.#over.signal;
    while (!over.aborted) {
      let failure: unknown = new Error('the stream ended');
      try {
        assembler.restart();
        // From the last revision that is known: if the next one is where the history begins, an older etcd may have lost its
        // deletions. What was given before is left out.
        const stream = await open(Math.max(assembler.place, 1));
        this.#stream = stream;
        // The watch may have ended while it was opened.
        if (isAborted(over)) stream.cancel();
        await this.#consume(stream);
      } catch (error) {
        if (isAborted(over)) return;
        if (error instanceof CompactedError || error instanceof StorageLostError) {
          if (error instanceof StorageLostError) this.#options.lost(error);
          await this.#drained();
          this.#fail(error);
          return;
        }
        failure = error;
      }
      this.#asker.pause();
      if (isAborted(over)) return;
      broke(this.#stream, failure);
      logger.info({ reason: reasonOf(failure), after: assembler.place }, 'a watch of etcd is opened again');
      this.#stream = undefined;
      await pause(clock, backoff.next('watch'), over);
    }
  }

  async #consume(stream: WatchStream): Promise<void> {
    const { assembler, backoff } = this.#options;
    for await (const response of stream.responses()) {
      const items = assembler.take(response);
      this.#queue.push(...items);
      this.#serve();
      if (this.#queue.length > 0) {
        // It is the reader that is slow, and not etcd.
        this.#asker.pause();
        await this.#drained();
      }
      if (stream.created) {
        backoff.forget('watch');
        this.#asker.heard(stream);
      }
    }
  }

  #drained(): Promise<void> {
    if (this.#queue.length === 0 || this.#over.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  #fail(error: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#failure = { error };
    this.end();
  }
}

/** Read anew: TypeScript takes what it has seen once for settled, also across an await. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;
