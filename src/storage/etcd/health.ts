import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/time-limit.ts';
import { StorageUnavailableError } from '../contract.ts';
import { EtcdSpaceError } from './errors.ts';

interface HealthOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between probes, while etcd answers and while it does not. */
  readonly everyMs: { readonly well: number; readonly unavailable: number };
  readonly read: () => Promise<unknown>;
  /** A write of no consequence. */
  readonly write: () => Promise<unknown>;
}

/** Knows whether etcd can make something durable, from the calls of others, and from probes where there are none. */
export class Health {
  readonly #options: HealthOptions;
  #unavailable: StorageUnavailableError | undefined;
  #succeededAt: number;
  #doubtful = false;
  #wake: () => void = () => undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#succeededAt = options.clock.monotonic();
  }

  get unavailable(): StorageUnavailableError | undefined {
    return this.#unavailable;
  }

  /** Runs a call of the store, and learns from it. */
  async learn<T>(kind: 'read' | 'write', call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      this.#succeeded(kind);
      return result;
    } catch (error) {
      if (error instanceof StorageUnavailableError) this.#failed(error);
      else this.#succeeded('read');
      throw error;
    }
  }

  /** Probes until the signal aborts. Never rejects. */
  async probe(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, read, write } = this.#options;
    for (;;) {
      const calm = Math.max(this.#calmUntil - clock.monotonic(), 0);
      await this.#rest(this.#unavailable === undefined ? calm : everyMs.unavailable, signal);
      const due = this.#doubtful || this.#unavailable !== undefined || this.#calmUntil <= clock.monotonic();
      if (signal.aborted) return;
      if (due) await this.#attempt(read, write);
    }
  }

  /** Something speaks for a failure: it is looked at once. */
  doubt(): void {
    this.#doubtful = true;
    this.#wake();
  }

  get #calmUntil(): number {
    return this.#succeededAt + this.#options.everyMs.well;
  }

  async #attempt(read: () => Promise<unknown>, write: () => Promise<unknown>): Promise<void> {
    this.#doubtful = false;
    const outOfSpace = this.#unavailable instanceof EtcdSpaceError;
    try {
      await this.learn(outOfSpace ? 'write' : 'read', outOfSpace ? write : read);
    } catch {
      // learn() has noted it.
    }
  }

  async #rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#doubtful) return;
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await pause(this.#options.clock, milliseconds, AbortSignal.any([signal, woken.signal]));
  }

  #succeeded(kind: 'read' | 'write'): void {
    this.#succeededAt = this.#options.clock.monotonic();
    if (this.#unavailable === undefined) return;
    if (this.#unavailable instanceof EtcdSpaceError && kind === 'read') return;
    this.#unavailable = undefined;
    this.#options.logger.info({}, 'etcd can be used again');
  }

  #failed(error: StorageUnavailableError): void {
    const before = this.#unavailable;
    this.#unavailable = error;
    if (before !== undefined) return;
    this.#options.logger.warn({ error }, 'etcd cannot be used at the moment');
    this.#wake();
  }
}
