/** Stopping a program's parts in the right order. */
import { setMaxListeners } from 'node:events';

/** What has been started, to be stopped in the reverse order. */
export class Started {
  readonly #abort = new AbortController();
  readonly #stops: (() => Promise<void> | void)[] = [];

  constructor() {
    // Every part listens to it.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Aborts when all was stopped, or when a step of the stop says so. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(): void {
    this.#abort.abort();
  }

  /** What is added last is stopped first. */
  add(stop: () => Promise<void> | void): void {
    this.#stops.unshift(stop);
  }

  /**
   * Takes every step, one after the other, whatever becomes of those before it.
   * @throws what the one step that failed threw; AggregateError where there were several
   */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (const stop of this.#stops.splice(0)) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    this.abort();
    throwAll(errors);
  }
}

/**
 * Resolves once all have come to an end.
 * @throws as stop of Started
 */
export async function allEnded(ends: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(ends);
  throwAll(outcomes.filter((one) => one.status === 'rejected').map(({ reason }): unknown => reason));
}

function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length === 0) return;
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new AggregateError(errors, messages.join('; '));
}
