import { CompactedError, type Change, type Revision } from '../contract.ts';
import type { History } from './history.ts';

/**
 * The changes of keys with this prefix after a revision, read from the history as the reader asks for them. Between two
 * calls of next() a stream keeps only its position and registers nothing, so a forgotten one leaks nothing.
 */
export function watchHistory(
  history: History,
  prefix: string,
  after: Revision,
  signal: AbortSignal,
): AsyncIterable<Change> {
  return { [Symbol.asyncIterator]: () => new ChangeStream(history, prefix, after, signal) };
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Change, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const finished: IteratorResult<Change, undefined> = { done: true, value: undefined };

class ChangeStream implements AsyncIterator<Change, undefined> {
  readonly #history: History;
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  /** Everything up to here was looked at. */
  #place: Revision;
  /** Everything up to here was told to the reader. */
  #told: Revision;
  #done = false;
  readonly #waiting: Waiting[] = [];
  #disarm: (() => void) | undefined;

  constructor(history: History, prefix: string, after: Revision, signal: AbortSignal) {
    this.#history = history;
    this.#prefix = prefix;
    this.#signal = signal;
    this.#place = after;
    this.#told = after;
  }

  next(): Promise<IteratorResult<Change, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<Change, undefined>> {
    this.#done = true;
    this.#serve();
    return Promise.resolve(finished);
  }

  readonly #serve = (): void => {
    this.#disarm?.();
    this.#disarm = undefined;
    for (let waiting = this.#waiting[0]; waiting; waiting = this.#waiting[0]) {
      let result: IteratorResult<Change, undefined> | undefined;
      try {
        result = this.#take();
      } catch (error) {
        this.#done = true;
        this.#waiting.shift();
        waiting.reject(error);
        continue;
      }
      if (result === undefined) {
        this.#arm();
        return;
      }
      this.#waiting.shift();
      waiting.resolve(result);
    }
  };

  /** The next change; undefined where the reader has to wait. @throws CompactedError */
  #take(): IteratorResult<Change, undefined> | undefined {
    if (this.#done || this.#signal.aborted || this.#history.ended) return finished;
    if (this.#place < this.#history.floor) throw new CompactedError(this.#place, this.#history.floor);
    for (let change = this.#history.change(this.#place + 1); change; change = this.#history.change(this.#place + 1)) {
      const { revision, key, value } = change;
      this.#place = revision;
      if (!key.startsWith(this.#prefix)) continue;
      this.#told = revision;
      return { done: false, value: value ? { type: 'put', key, value, revision } : { type: 'delete', key, revision } };
    }
    if (this.#place === this.#told) return undefined;
    this.#told = this.#place;
    return { done: false, value: { type: 'progress', revision: this.#told } };
  }

  #arm(): void {
    const cancel = this.#history.onWake(this.#serve);
    this.#signal.addEventListener('abort', this.#serve);
    this.#disarm = () => {
      cancel();
      this.#signal.removeEventListener('abort', this.#serve);
    };
  }
}
