/**
 * Long work in slices. JavaScript runs one thing at a time: whoever works for a second holds everybody else up for a
 * second. Work that can be long asks `due()` between its steps, and waits for `next()` when it is:
 *
 *   for (const item of items) {
 *     if (turns.due()) await turns.next(signal);
 *     work(item);
 *   }
 *
 * The time is that of the whole turn of the event loop, whoever spent it, and each turn goes on with one of those who
 * wait, in the order of coming: twenty who work at once hold the event loop no longer than one does.
 */
export interface Turns {
  /** Whether this turn of the event loop has been worked in for long enough. */
  due(): boolean;
  /**
   * Resolves in a turn that is the caller's to work in.
   * @throws the signal's reason where it aborts before
   */
  next(signal?: AbortSignal): Promise<void>;
}

interface TurnOptions {
  /** Milliseconds of work after which a turn has had enough; 5 where absent. */
  readonly sliceMs?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

const defaultSliceMs = 5;

/** For who has the event loop to themselves. */
export const unhurried: Turns = { due: () => false, next: () => Promise.resolve() };

/** One is to be shared by all who work on the event loop for long. */
export function createTurns(options: TurnOptions = {}): Turns {
  return new EventLoopTurns(options);
}

class EventLoopTurns implements Turns {
  readonly #sliceMs: number;
  readonly #now: () => number;
  // A Set: whoever gives up leaves the queue at once, however long it is.
  readonly #waiting = new Set<() => void>();
  /** When the work of this turn began; undefined: nothing has been worked in it. */
  #begun: number | undefined;
  #isPlanned = false;

  constructor({ sliceMs = defaultSliceMs, now = () => performance.now() }: TurnOptions) {
    this.#sliceMs = sliceMs;
    this.#now = now;
  }

  due(): boolean {
    const now = this.#now();
    if (this.#begun !== undefined) return now - this.#begun >= this.#sliceMs;
    this.#begun = now;
    this.#plan();
    return false;
  }

  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) {
        giveUp();
        return;
      }
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(go);
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      const [go] = this.#waiting;
      if (go === undefined) {
        this.#begun = undefined;
        return;
      }
      this.#waiting.delete(go);
      this.#begun = this.#now();
      this.#plan();
      go();
    });
  }
}

/** The items as they come, with waits between them where the turn has been worked in for long enough. */
export async function* inTurns<T>(
  items: Iterable<T>,
  turns: Turns,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  for (const item of items) {
    yield item;
    if (turns.due()) await turns.next(signal);
  }
}
