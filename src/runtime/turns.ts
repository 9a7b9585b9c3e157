/** Turns of the event loop, shared fairly. */
import { waitIn } from './wait-in.ts';

/**
 * Long work in slices. JavaScript runs one thing at a time: work that takes a second delays everything else by a second.
 * Code that may run long calls `due()` between its steps, and waits for `next()` when it returns true:
 *
 *   for (const item of items) {
 *     if (turns.due()) await turns.next(signal);
 *     work(item);
 *   }
 *
 * What counts is the time of the whole turn of the event loop, spent by all callers together. Each turn resumes one of
 * those that wait, in order: twenty at once delay the event loop no longer than one does.
 */
export interface Turns {
  /** Whether the work of this turn of the event loop has used up its time. */
  due(): boolean;
  /**
   * Resolves in a later turn of the event loop, in which the caller may work.
   * @throws the signal's reason where it aborts first
   */
  next(signal?: AbortSignal): Promise<void>;
}

interface TurnOptions {
  /** Milliseconds of work per turn; 5 where absent. */
  readonly sliceMs?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

const defaultSliceMs = 5;

/** Never waits: for work that shares the event loop with nothing else. */
export const unhurried: Turns = { due: () => false, next: () => Promise.resolve() };

/** All long work in a process should share one instance. */
export function createTurns(options: TurnOptions = {}): Turns {
  return new EventLoopTurns(options);
}

class EventLoopTurns implements Turns {
  readonly #sliceMs: number;
  readonly #now: () => number;
  // A Set, so that leaving the queue is cheap, however long it is.
  readonly #waiting = new Set<() => void>();
  /** When the work of this turn began; undefined where nothing has run in it yet. */
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
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const turn = waitIn(this.#waiting, signal);
    this.#plan();
    return turn;
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

/**
 * For work in a few long steps: waits for another turn between two of them when `turns` is due. Call it before the first
 * step too, so that the time of that step counts.
 * @throws the signal's reason where it aborts before
 */
export function pause(context: { readonly turns?: Turns; readonly signal?: AbortSignal }): Promise<void> {
  const { turns } = context;
  // The signal is asked for only where it is needed: who has it made on first use saves it.
  return turns?.due() === true ? turns.next(context.signal) : done;
}

/** Awaited a dozen times in each write. */
const done = Promise.resolve();

/** Yields the items in order, and waits for another turn of the event loop between them when `turns` is due. */
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
