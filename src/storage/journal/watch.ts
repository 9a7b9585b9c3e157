import { CompactedError, type Change, type Commit, type Revision } from '../contract.ts';
import type { History, PastChange } from './history.ts';

/**
 * The commits after a revision, read from the history as the reader asks for them. Between two calls of next() a stream
 * keeps only its position and registers nothing, so a forgotten one leaves nothing behind.
 */
export function watchHistory(history: History, after: Revision, signal: AbortSignal): AsyncIterable<Commit> {
  return { [Symbol.asyncIterator]: () => new CommitStream(history, after, signal) };
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Commit, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const finished: IteratorResult<Commit, undefined> = { done: true, value: undefined };

class CommitStream implements AsyncIterator<Commit, undefined> {
  readonly #history: History;
  readonly #signal: AbortSignal;
  /** Everything up to here was given to the reader. */
  #place: Revision;
  #done = false;
  readonly #waiting: Waiting[] = [];
  #disarm: (() => void) | undefined;

  constructor(history: History, after: Revision, signal: AbortSignal) {
    this.#history = history;
    this.#signal = signal;
    this.#place = after;
  }

  next(): Promise<IteratorResult<Commit, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<Commit, undefined>> {
    this.#done = true;
    this.#serve();
    return Promise.resolve(finished);
  }

  readonly #serve = (): void => {
    this.#disarm?.();
    this.#disarm = undefined;
    for (let waiting = this.#waiting[0]; waiting; waiting = this.#waiting[0]) {
      let result: IteratorResult<Commit, undefined> | undefined;
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

  /** The next commit; undefined where the reader has to wait. @throws CompactedError */
  #take(): IteratorResult<Commit, undefined> | undefined {
    if (this.#done || this.#signal.aborted || this.#history.ended) return finished;
    const place = this.#history.placeAfter(this.#place);
    if (place === undefined) throw new CompactedError(this.#place, this.#history.floor);
    const past = this.#history.commit(place + 1);
    if (past === undefined) return undefined;
    const { revision, changes } = past;
    this.#place = revision;
    return { done: false, value: { type: 'commit', revision, changes: changes.map((one) => changeOf(one, revision)) } };
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

function changeOf({ key, current }: PastChange, revision: Revision): Change {
  return current === undefined
    ? { type: 'delete', key, revision }
    : { type: 'put', key, value: current.value, revision };
}
