import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { pause } from '../../../runtime/time-limit.ts';
import { StorageUnavailableError } from '../../contract.ts';
import type { Transformer } from '../transformer.ts';
import { dataKey, seedBytes } from './data-key.ts';
import { dekSourceProblem, keyIdProblem } from './dek-source.ts';
import { dekSourceType, type DekSource } from './proto.ts';
import type { KmsService } from './service.ts';

/** Milliseconds. */
export interface KmsPace {
  /** Between checks of a plugin that is well. */
  readonly wellMs: number;
  /** Between checks of one that is not. */
  readonly unwellMs: number;
  /** So long a seed is written with after the last check that went well. */
  readonly writeMs: number;
}

/** kube-apiserver's. */
export const defaultPace: KmsPace = { wellMs: 60_000, unwellMs: 10_000, writeMs: 180_000 };

interface PluginOptions {
  readonly name: string;
  readonly service: KmsService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pace: KmsPace;
}

/** What values are written with. */
interface State {
  readonly key: Pick<Transformer, 'toStorage' | 'fromStorage'>;
  readonly source: DekSource;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/**
 * Asks a plugin again and again whether it is well and which key it uses. For each new key, it has a new seed encrypted.
 * While the plugin is unwell, values are written with the last seed for three minutes more; they are read as long as the
 * plugin is not needed for that. Source: encryptionconfig.kmsv2PluginProbe
 */
export class KmsPlugin {
  readonly #options: PluginOptions;
  #state: State | undefined;
  #version: string | undefined;
  /** Of the last check. */
  #problem: string | undefined = 'it was not asked yet';

  constructor(options: PluginOptions) {
    this.#options = options;
  }

  /** Why the last check did not go well. */
  get problem(): string | undefined {
    return this.#problem && `the KMS provider ${this.#options.name} is not healthy: ${this.#problem}`;
  }

  /** The id of the key that new values are written with. @throws StorageUnavailableError before the first one is known */
  get source(): DekSource {
    if (this.#state === undefined) throw new StorageUnavailableError(this.problem ?? 'there is no key');
    return this.#state.source;
  }

  /** What to write with. @throws StorageUnavailableError */
  writing(): Pick<State, 'key' | 'source'> {
    if (this.#state === undefined || this.#options.clock.monotonic() > this.#state.until) {
      throw new StorageUnavailableError(
        this.problem ?? `the seed of the KMS provider ${this.#options.name} is too old`,
      );
    }
    return this.#state;
  }

  /** @returns whether it is well. Never rejects; a change for the worse is logged */
  async check(): Promise<boolean> {
    const before = this.#problem;
    try {
      await this.#check();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      if (this.#problem !== before) this.#options.logger.warn({ error }, 'a KMS provider is not healthy');
    }
    return this.#problem === undefined;
  }

  /** Checks until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pace } = this.#options;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      await pause(clock, this.#problem === undefined ? pace.wellMs : pace.unwellMs, signal);
      if (!isOver()) await this.check();
    }
  }

  async #check(): Promise<void> {
    const { healthz, version, keyId } = await this.#options.service.status();
    if (healthz !== 'ok') throw new Error(`got unexpected healthz status: ${healthz}`);
    if (version !== 'v2' && version !== 'v2beta1') throw new Error(`expected KMSv2 API version v2, got ${version}`);
    this.#version ??= version;
    if (version !== this.#version) throw new Error(`its API version changed from ${this.#version} to ${version}`);
    const problem = keyIdProblem(keyId);
    if (problem !== undefined) throw new Error(`got invalid KMSv2 KeyID: ${problem}`);
    await this.#renew(keyId);
  }

  /** The time begins before the call, so that it is never longer than it says. */
  async #renew(keyId: string): Promise<void> {
    const { clock, pace, service } = this.#options;
    const until = clock.monotonic() + pace.writeMs;
    if (this.#state?.source.keyId === keyId) {
      this.#state = { ...this.#state, until };
      return;
    }
    const seed = randomBytes(seedBytes);
    const { ciphertext, ...named } = await service.encrypt(seed, randomUUID());
    const encryptedDekSourceType = dekSourceType.seed;
    const source = { ...named, encryptedDekSource: Buffer.from(ciphertext), encryptedDekSourceType };
    const problem = dekSourceProblem(source);
    if (problem !== undefined) throw new Error(`it encrypted a seed into something that cannot be stored: ${problem}`);
    if (source.keyId !== keyId) throw new Error('its status names another key than the one that it encrypts with');
    this.#state = { key: dataKey(encryptedDekSourceType, seed), source, until };
  }
}
