/** Puts encryption between a server and its store, where the flags ask for it. */
import { ExpectedFailure, type HealthCheck } from '../../apiserver/server.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Store } from '../../storage/contract.ts';
import type { Encryption } from '../../storage/encryption/index.ts';
import type { StoreTools } from '../data-folder.ts';
import type { EncryptionFlags } from '../serve/options.ts';

/** A store, and what really holds its values; the same one where nothing is encrypted. */
interface OpenedStorage {
  /** Closes the other one, too. */
  readonly store: Store;
  /** With values as they are stored: backups are made of these. */
  readonly below: Store;
  /** Whether plugins that keep keys are well. */
  readonly checks: readonly HealthCheck[];
}

/** Under kube-apiserver's name; there liveness fails, too, which would mend nothing. */
function pluginCheck(encryption: Pick<Encryption, 'problem'>): HealthCheck {
  return {
    name: 'kms-providers',
    endpoints: ['readyz'],
    check: () =>
      encryption.problem === '' ? Promise.resolve() : Promise.reject(new ExpectedFailure(encryption.problem, 'debug')),
  };
}

/** Certificates are looked at as often. */
const reloadEveryMs = 10_000;

/**
 * @param open opens the store below; called when the configuration is known to be valid
 * @throws ConfigurationError for a configuration that cannot be used; what `open` throws
 */
export async function withEncryption(
  flags: EncryptionFlags | undefined,
  { logger, metrics }: StoreTools,
  open: () => Promise<Store>,
): Promise<OpenedStorage> {
  if (flags === undefined) {
    const store = await open();
    return { store, below: store, checks: [] };
  }
  // Whoever does not encrypt does without.
  const { EncryptedStore, openEncryption, Rewriter } = await import('../../storage/encryption/index.ts');
  const { readConfigurationFile } = await import('./configuration-file.ts');
  const encryption = await openEncryption({
    read: () => readConfigurationFile(flags.file),
    ...(flags.reload ? { reloadEveryMs } : {}),
    ...{ clock: systemClock, logger, ...(metrics === undefined ? {} : { metrics }) },
  });
  let below: Store;
  try {
    below = await open();
  } catch (error) {
    await encryption.close();
    throw error;
  }
  const rewriter = flags.rewrite ? new Rewriter(below, encryption, logger) : undefined;
  rewriter?.start();
  return { store: new EncryptedStore(below, encryption, rewriter), below, checks: [pluginCheck(encryption)] };
}
