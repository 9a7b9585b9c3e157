/** `kubedirector storage rewrite` */
import type { Logger } from '../../runtime/logger.ts';
import { systemClock } from '../../runtime/clock.ts';
import { openEncryption, rewriteStale, type Rewritten } from '../../storage/encryption/index.ts';
import { formatKey } from '../../storage/format.ts';
import type { StorageOptions } from '../serve/options.ts';
import { openStorage } from '../serve/storage.ts';
import { refuseLater } from '../storage-format.ts';
import { readConfigurationFile } from './configuration-file.ts';

interface RewriteRequest {
  readonly storage: StorageOptions;
  /** Path of the configuration. */
  readonly file: string;
  readonly logger: Logger;
  /** Breaks it off; what was rewritten stays so. */
  readonly signal: AbortSignal;
}

/**
 * Writes all values anew that are not written as the configuration says. In etcd, servers may run meanwhile.
 * @throws ConfigurationError for a configuration or a store that cannot be used
 * @throws StorageUnreadableError for a value that cannot be read; nothing was written
 */
export async function rewriteStorage({ storage, file, logger, signal }: RewriteRequest): Promise<Rewritten> {
  const encryption = await openEncryption({ read: () => readConfigurationFile(file), clock: systemClock, logger });
  try {
    const store = await openStorage(storage, { logger }, signal);
    try {
      const format = await store.read(formatKey);
      refuseLater(format === undefined ? [] : [format]);
      return await rewriteStale(store, () => encryption.transformers, signal);
    } finally {
      await store.close();
    }
  } finally {
    await encryption.close();
  }
}
