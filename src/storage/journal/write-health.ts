import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { StorageUnavailableError } from '../contract.ts';
import { reasonOf } from './errors.ts';

interface WriteHealthOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: string;
  /** Writes something that takes room and reaches the disk; rejects where that is not possible. */
  readonly probe: () => Promise<void>;
}

/** Milliseconds between two probes of a disk that takes no writes. */
const probeEveryMs = 1000;

/**
 * Whether writes can be made durable. After a failure the disk is probed until it takes writes again, so that a server
 * that gets no requests because it is not ready becomes ready by itself. Logs the beginning and the end once each,
 * because a thousand refused writes are one fault.
 */
export class WriteHealth {
  readonly #options: WriteHealthOptions;
  #failure: StorageUnavailableError | undefined;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(options: WriteHealthOptions) {
    this.#options = options;
  }

  /** The first failure since the last success. */
  get failure(): StorageUnavailableError | undefined {
    return this.#failure;
  }

  failed(error: StorageUnavailableError): void {
    if (this.#failure !== undefined || this.#stopped) return;
    this.#failure = error;
    const { logger, directory } = this.#options;
    logger.error({ directory, reason: error.message }, 'writes are refused: the data folder cannot be written');
    this.#schedule();
  }

  succeeded(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#cancel();
    this.#options.logger.info({ directory: this.#options.directory }, 'the data folder can be written again');
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.after(probeEveryMs, () => {
      void this.#options.probe().then(
        () => this.succeeded(),
        (cause: unknown) => {
          if (this.#stopped || this.#failure === undefined) return;
          // It may be a different one by now: a disk may be full first, and read-only later.
          this.#failure = new StorageUnavailableError(`the data folder cannot be written: ${reasonOf(cause)}`, {
            cause,
          });
          this.#schedule();
        },
      );
    });
  }
}
