/** Stopping a program's parts in the right order. */
import { setMaxListeners } from 'node:events';
import type { Logger } from '../runtime/logger.ts';

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
 * Starts a program. If that fails, what it had started by then is stopped.
 * @param start adds what it starts
 * @throws what start throws: why the program did not start is what the caller wants to know
 */
export async function startAll<T>(logger: Logger, start: (started: Started) => Promise<T>): Promise<T> {
  const started = new Started();
  try {
    return await start(started);
  } catch (error) {
    await started.stop().catch((failure: unknown) => {
      logger.error({ error: failure }, 'what had been started could not all be stopped');
    });
    throw error;
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
