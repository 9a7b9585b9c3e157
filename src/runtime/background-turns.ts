/** Turns for work that nobody waits for. Requests come first: see docs/adr/0031-requests-first.md. */
import { afterPromises } from './after-promises.ts';
import type { Turns } from './turns.ts';
import { waitIn } from './wait-in.ts';

interface BackgroundOptions {
  /** Whether requests are being answered now, or were a moment ago. Asked often. */
  readonly pressed: () => boolean;
  /** Milliseconds of work per turn; 5 where absent. */
  readonly sliceMs?: number;
  /** While requests are being answered: so many times as long as it has worked, it rests; 3 where absent. */
  readonly rest?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  /** Milliseconds, since the start of the process, in which the event loop had nothing to do. */
  readonly idle?: () => number;
}

const defaultSliceMs = 5;
const defaultRest = 3;
/** How often those that rest look whether they may go on, in milliseconds. */
const lookEveryMs = 1;
/** Milliseconds for which the event loop must have had nothing to do to end a rest: there is room for both. */
const idleMs = 0.5;

/**
 * As createTurns. While requests are being answered, all work starts in `next()`, so that it is measured. When it has
 * taken as long as a slice, it rests: until the event loop has had nothing to do for a moment, or for `rest` times as long.
 */
export function createBackgroundTurns(options: BackgroundOptions): Turns {
  return new BackgroundTurns(options);
}

const loopIdle = (): number => performance.eventLoopUtilization().idle;

class BackgroundTurns implements Turns {
  readonly #pressed: () => boolean;
  readonly #sliceMs: number;
  readonly #rest: number;
  readonly #now: () => number;
  readonly #idle: () => number;
  // A Set, so that leaving the queue is cheap, however long it is.
  readonly #waiting = new Set<() => void>();
  /** When the work of this turn began; undefined where none may run in it yet. */
  #begun: number | undefined;
  #isPlanned = false;
  /** Milliseconds of work since the last rest. */
  #spent = 0;
  #restUntil = -Infinity;
  /** Of the event loop, when the rest began. */
  #idleBefore = 0;

  constructor({ pressed, sliceMs = defaultSliceMs, rest = defaultRest, now, idle = loopIdle }: BackgroundOptions) {
    this.#pressed = pressed;
    this.#sliceMs = sliceMs;
    this.#rest = rest;
    this.#now = now ?? (() => performance.now());
    this.#idle = idle;
  }

  due(): boolean {
    if (this.#begun !== undefined) return this.#now() - this.#begun >= this.#sliceMs;
    if (this.#pressed()) return true;
    this.#begun = this.#now();
    this.#plan();
    return false;
  }

  next(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const turn = waitIn(this.#waiting, signal);
    this.#plan();
    return turn;
  }

  /** Immediates of one turn run one after the other: what goes on in the first has ended when the second runs. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#resume());
    setImmediate(() => this.#ended());
  }

  #resume(): void {
    this.#begun = undefined;
    if (this.#waiting.size === 0 || this.#rests()) return;
    const begun = this.#now();
    this.#begun = begun;
    const step = (): void => {
      const [go] = this.#waiting;
      if (go === undefined || this.#spent + this.#now() - begun >= this.#sliceMs) return;
      this.#waiting.delete(go);
      go();
      afterPromises(step);
    };
    step();
  }

  #ended(): void {
    this.#isPlanned = false;
    const isPressed = this.#pressed();
    if (this.#begun !== undefined && isPressed) this.#count(this.#now() - this.#begun);
    if (this.#waiting.size === 0 && this.#begun === undefined) return;
    if (isPressed && this.#rests()) this.#planLater();
    else this.#plan();
  }

  /** Whoever wants to work in this turn from now on waits. */
  #count(worked: number): void {
    this.#begun = undefined;
    this.#spent += worked;
    if (this.#spent < this.#sliceMs) return;
    this.#restUntil = this.#now() + this.#spent * this.#rest;
    this.#idleBefore = this.#idle();
    this.#spent = 0;
  }

  #planLater(): void {
    this.#isPlanned = true;
    setTimeout(() => {
      this.#isPlanned = false;
      this.#plan();
    }, lookEveryMs);
  }

  #rests(): boolean {
    if (this.#now() >= this.#restUntil || !this.#pressed()) return false;
    return this.#idle() - this.#idleBefore < idleMs;
  }
}
