import type { Logger } from '../../runtime/logger.ts';
import type { Store } from '../contract.ts';
import type { Encryption } from './encryption.ts';
import { rewriteStale } from './rewrite.ts';

/** Rewrites in the background: at its start, and whenever the configuration has changed. */
export class Rewriter {
  readonly #store: Store;
  readonly #encryption: Encryption;
  readonly #logger: Logger;
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** @param store the one below */
  constructor(store: Store, encryption: Encryption, logger: Logger) {
    this.#store = store;
    this.#encryption = encryption;
    this.#logger = logger;
  }

  start(): void {
    this.#next();
    this.#encryption.onChange(() => {
      this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  #next(): void {
    this.#running = this.#running.then(() => this.#rewrite());
  }

  async #rewrite(): Promise<void> {
    const { signal } = this.#over;
    const isOver = (): boolean => signal.aborted;
    if (isOver()) return;
    try {
      const { rewritten } = await rewriteStale(this.#store, () => this.#encryption.transformers, signal);
      if (rewritten > 0) this.#logger.info({ values: rewritten }, 'stored values were encrypted anew');
    } catch (error) {
      if (!isOver()) this.#logger.warn({ error }, 'stored values could not all be encrypted anew');
    }
  }
}
