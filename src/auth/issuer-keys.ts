/** The keys that sign a cluster's service account tokens, if they can be read. */
import { createLocalJWKSet, type LocalJWKSet } from 'jose';
import type { ServiceAccountIssuerSource } from '../clients/contract.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { withTimeLimit } from '../runtime/time-limit.ts';

/** An issuer of tokens, with the keys that verify its signatures. */
export interface KnownIssuer {
  /** The value of `iss` in its tokens. */
  readonly name: string;
  readonly keys: LocalJWKSet;
}

interface IssuerKeys {
  /** What is known; it is read first if nothing is. Undefined if it can't be read at the moment. */
  current(): Promise<KnownIssuer | undefined>;
  /** Reads it again, unless that was tried a moment ago. */
  renewed(): Promise<KnownIssuer | undefined>;
}

/** The least milliseconds between two attempts to read them. */
const minIntervalMs = 10_000;
/** After so many milliseconds they are read again; the old ones are used meanwhile. */
const refreshMs = 5 * 60_000;
/** Nobody waits longer, because kube-apiserver can be asked about the token itself. */
const limitMs = 3_000;

/** Reads nothing before it is asked. While a read fails, the keys that are known stay in use. */
export function createIssuerKeys(
  source: ServiceAccountIssuerSource,
  { clock, logger }: { clock: Clock; logger: Logger },
): IssuerKeys {
  return new ReadKeys(source, clock, logger);
}

class ReadKeys implements IssuerKeys {
  readonly #source: ServiceAccountIssuerSource;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #known: KnownIssuer | undefined;
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(source: ServiceAccountIssuerSource, clock: Clock, logger: Logger) {
    this.#source = source;
    this.#clock = clock;
    this.#logger = logger;
  }

  async current(): Promise<KnownIssuer | undefined> {
    if (this.#known === undefined) return this.renewed();
    if (this.#clock.monotonic() - this.#readAt >= refreshMs) void this.#read();
    return this.#known;
  }

  async renewed(): Promise<KnownIssuer | undefined> {
    await this.#read();
    return this.#known;
  }

  #read(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading;
    const now = this.#clock.monotonic();
    if (now - this.#triedAt < minIntervalMs) return Promise.resolve();
    this.#triedAt = now;
    this.#reading = this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Never rejects: without keys, kube-apiserver is asked about each token. */
  async #readOnce(): Promise<void> {
    const late = (): Error => new Error(`no answer within ${limitMs / 1000} s`);
    try {
      const reading = this.#source.read();
      const { issuer, keys } = await withTimeLimit(reading, { clock: this.#clock, milliseconds: limitMs, late });
      this.#known = { name: issuer, keys: createLocalJWKSet({ keys: [...keys.keys] }) };
      this.#readAt = this.#clock.monotonic();
    } catch (error) {
      this.#logger.warn({ error }, 'the keys of service account tokens cannot be had; kube-apiserver is asked instead');
    }
  }
}
