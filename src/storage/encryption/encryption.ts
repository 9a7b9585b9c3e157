import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { pause } from '../../runtime/time-limit.ts';
import type { StorageUnavailableError } from '../contract.ts';
import type { EncryptionConfiguration } from './configuration.ts';
import type { KmsPace } from './kms/index.ts';
import { openProviders, type Providers } from './providers.ts';
import type { TransformersByResource } from './resources.ts';

/** What a configuration file holds. */
export interface ReadConfiguration {
  /** Valid. */
  readonly configuration: EncryptionConfiguration;
  /** Another one for other contents. */
  readonly hash: string;
}

/** What encryption needs. */
interface EncryptionOptions {
  /** Reads the file. @throws Error for people */
  readonly read: () => Promise<ReadConfiguration>;
  /** Milliseconds between looks at the file; absent: it is read once. */
  readonly reloadEveryMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** For tests. */
  readonly kmsPace?: KmsPace;
}

/** @throws what reading the configuration throws */
export async function openEncryption(options: EncryptionOptions): Promise<Encryption> {
  const { configuration, hash } = await options.read();
  return new Encryption(options, await openProviders(configuration, options), hash);
}

/** New plugins have so long to become healthy, and are asked so often. Source: encryptionconfig/controller */
const leastGraceMs = 10_000;
const healthEveryMs = 500;

/** The configuration that is in force. */
export class Encryption {
  readonly #options: EncryptionOptions;
  readonly #over = new AbortController();
  readonly #following: Promise<void>;
  readonly #listeners = new Set<() => void>();
  #hash: string;
  #providers: Providers;
  /** Those before, until their calls have ended. */
  readonly #retired = new Set<Providers>();

  constructor(options: EncryptionOptions, providers: Providers, hash: string) {
    this.#options = options;
    this.#hash = hash;
    this.#providers = providers;
    this.#following = options.reloadEveryMs === undefined ? Promise.resolve() : this.#follow(options.reloadEveryMs);
  }

  get transformers(): TransformersByResource {
    return this.#providers.transformers;
  }

  /** Why nothing can be encrypted at present. */
  get unavailable(): StorageUnavailableError | undefined {
    return this.#providers.unavailable;
  }

  /** What is wrong with plugins; '' if nothing is. */
  get problem(): string {
    return this.#providers.problem;
  }

  /** Calls back after each change of the configuration. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#following;
    await Promise.all([this.#providers, ...this.#retired].map((providers) => providers.close()));
  }

  /** @throws Error if a plugin does not answer for a while; what was in force stays so */
  async #replace(configuration: EncryptionConfiguration): Promise<void> {
    const { clock } = this.#options;
    const providers = await openProviders(configuration, this.#options);
    const end = clock.monotonic() + Math.max(providers.graceMs, leastGraceMs);
    while (providers.problem !== '' && clock.monotonic() < end && !this.#over.signal.aborted) {
      await pause(clock, healthEveryMs, this.#over.signal);
      await providers.check();
    }
    if (providers.problem !== '') {
      const { problem } = providers;
      await providers.close();
      throw new Error(problem);
    }
    const old = this.#providers;
    this.#providers = providers;
    this.#retired.add(old);
    clock.after(old.graceMs, () => {
      this.#retired.delete(old);
      void old.close();
    });
  }

  /** A file that cannot be used is told of once, and what was in force stays so. */
  async #follow(everyMs: number): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    const { signal } = this.#over;
    const reloads = metrics?.counter(
      'apiserver_encryption_config_controller_automatic_reloads_total',
      'Reloads of the encryption configuration, by status.',
      ['status'],
    );
    let complaint: string | undefined;
    for (;;) {
      await pause(clock, everyMs, signal);
      if (signal.aborted) return;
      try {
        const { configuration, hash } = await this.#options.read();
        complaint = undefined;
        if (hash === this.#hash) continue;
        await this.#replace(configuration);
        this.#hash = hash;
        reloads?.inc({ status: 'success' });
        logger.info({}, 'the encryption configuration has changed, and is in force');
        for (const listener of this.#listeners) listener();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason === complaint) continue;
        complaint = reason;
        reloads?.inc({ status: 'failure' });
        logger.warn({ error }, 'the encryption configuration is not replaced');
      }
    }
  }
}
