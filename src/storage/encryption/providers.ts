import { durationMs } from '../../meta/go-duration.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { StorageUnavailableError } from '../contract.ts';
import { aesCbc, aesGcm } from './aes.ts';
import type {
  EncryptionConfiguration,
  KeysConfiguration,
  KmsConfiguration,
  ProviderConfiguration,
} from './configuration.ts';
import type { KmsPace, OpenedKms } from './kms/index.ts';
import { TransformersByResource } from './resources.ts';
import { decodeSecret } from './secret.ts';
import { secretbox } from './secretbox.ts';
import { identity, type Transformer } from './transformer.ts';

const ciphers = { aesgcm: aesGcm, aescbc: aesCbc, secretbox } as const;
const defaultTimeoutMs = 3_000;

interface ProviderTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly kmsPace?: KmsPace | undefined;
}

/** The providers of a configuration, at work. */
export class Providers {
  readonly transformers: TransformersByResource;
  /** Longer than any call to a plugin takes. */
  readonly graceMs: number;
  readonly #plugins: readonly OpenedKms[];
  /** Of these, the ones that values are written with. */
  readonly #writing: readonly OpenedKms[];

  constructor(parts: {
    readonly transformers: TransformersByResource;
    readonly graceMs: number;
    readonly plugins: readonly OpenedKms[];
    readonly writing: readonly OpenedKms[];
  }) {
    this.transformers = parts.transformers;
    this.graceMs = parts.graceMs;
    this.#plugins = parts.plugins;
    this.#writing = parts.writing;
  }

  /** What is wrong with the plugins; '' if nothing is, or there are none. */
  get problem(): string {
    return this.#plugins.flatMap(({ plugin }) => plugin.problem ?? []).join('; ');
  }

  /** Why some values cannot be written now. */
  get unavailable(): StorageUnavailableError | undefined {
    for (const { plugin } of this.#writing) {
      try {
        plugin.writing();
      } catch (error) {
        if (error instanceof StorageUnavailableError) return error;
        throw error;
      }
    }
    return undefined;
  }

  /** Asks all plugins. */
  async check(): Promise<void> {
    await Promise.all(this.#plugins.map(({ plugin }) => plugin.check()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#plugins.map((plugin) => plugin.close()));
  }
}

/** Plugins are asked once, and need not answer yet. @param configuration valid */
export async function openProviders({ resources }: EncryptionConfiguration, tools: ProviderTools): Promise<Providers> {
  const plugins: OpenedKms[] = [];
  const writing: OpenedKms[] = [];
  const entries: { resources: readonly string[]; transformers: readonly Transformer[] }[] = [];
  for (const entry of resources) {
    const transformers: Transformer[] = [];
    for (const provider of entry.providers) {
      if (provider.kms === undefined) {
        transformers.push(...transformersOf(provider));
        continue;
      }
      const opened = await openPlugin(provider.kms, tools);
      plugins.push(opened);
      if (transformers.length === 0) writing.push(opened);
      transformers.push(opened.transformer);
    }
    entries.push({ resources: entry.resources, transformers });
  }
  const timeouts = resources.flatMap((entry) => entry.providers.flatMap(({ kms }) => (kms ? [timeoutOf(kms)] : [])));
  const graceMs = 2 * timeouts.reduce((sum, timeout) => sum + timeout, 0);
  return new Providers({ transformers: new TransformersByResource(entries), graceMs, plugins, writing });
}

const timeoutOf = ({ timeout = '' }: KmsConfiguration): number => durationMs(timeout) ?? defaultTimeoutMs;

async function openPlugin(kms: KmsConfiguration, { clock, logger, kmsPace: pace }: ProviderTools): Promise<OpenedKms> {
  // Its library is large: who has no plugin does without.
  const { openKms } = await import('./kms/index.ts');
  return openKms({ name: kms.name, endpoint: kms.endpoint, timeoutMs: timeoutOf(kms), clock, logger, pace });
}

function transformersOf({ aesgcm, aescbc, secretbox: box }: ProviderConfiguration): readonly Transformer[] {
  if (aesgcm !== undefined) return withKeys('aesgcm', aesgcm);
  if (aescbc !== undefined) return withKeys('aescbc', aescbc);
  return box === undefined ? [identity] : withKeys('secretbox', box);
}

function withKeys(provider: keyof typeof ciphers, { keys }: KeysConfiguration): readonly Transformer[] {
  return keys.map(({ name, secret }) => {
    const key = decodeSecret(secret);
    if (key === undefined) throw new TypeError(`the secret of the key ${name} is not base64`);
    return { prefix: Buffer.from(`k8s:enc:${provider}:v1:${name}:`), ...ciphers[provider](key) };
  });
}
