/** How long a watch has been open, and whether it still lives. */

/** The server sends a bookmark every minute: a watch without any line for so long is dead. */
const longestSilenceMs = 180_000;
/** A watch that has been open for so long was no mistake. */
const steadyMs = 10_000;

/** Aborts a watch that has gone silent: connections may die without a word. */
export class Watchdog {
  hasBitten = false;
  isSteady = false;
  readonly #abort = new AbortController();
  readonly #stopped: AbortSignal;
  readonly #stop = (): void => this.#abort.abort();
  readonly #steady = setTimeout(() => {
    this.isSteady = true;
  }, steadyMs);
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** @param stopped ends the watch, too */
  constructor(stopped: AbortSignal) {
    this.#stopped = stopped;
    if (stopped.aborted) this.#stop();
    stopped.addEventListener('abort', this.#stop, { once: true });
    this.hears();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** There was a line. */
  hears(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.hasBitten = true;
      this.#abort.abort();
    }, longestSilenceMs);
  }

  end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#steady);
    this.#stopped.removeEventListener('abort', this.#stop);
  }
}
