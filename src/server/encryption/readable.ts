/** What can be read of stored entries, for commands. */
import { internalPrefix } from '../../apiserver/watchcache/index.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isEncrypted, type Entry } from '../../storage/contract.ts';
import type { Census } from '../../storage/encryption/index.ts';

/** The entries that can be read, decrypted, and what was found on the way. */
export interface ReadableEntries {
  readonly entries: readonly Entry[];
  /** How many of all are encrypted. */
  readonly encrypted: number;
  /** Absent without a configuration. */
  readonly census?: Census;
}

/** How many objects there are, and how many of them are stored as they are. */
export function countPlain(entries: readonly Entry[]): { readonly plain: number; readonly all: number } {
  const objects = entries.filter(({ key }) => !key.startsWith(internalPrefix));
  return { plain: objects.filter(({ value }) => !isEncrypted(value)).length, all: objects.length };
}

/**
 * @param file path of the encryption configuration; without one, what is encrypted is left out
 * @throws ConfigurationError for a configuration that cannot be used
 */
export async function readable(
  entries: readonly Entry[],
  file: string | undefined,
  logger: Logger,
): Promise<ReadableEntries> {
  const plain = entries.filter(({ value }) => !isEncrypted(value));
  const encrypted = entries.length - plain.length;
  if (file === undefined) return { entries: plain, encrypted };
  // Whoever does not encrypt does without.
  const { openEncryption, takeCensus } = await import('../../storage/encryption/index.ts');
  const { readConfigurationFile } = await import('./configuration-file.ts');
  const encryption = await openEncryption({ read: () => readConfigurationFile(file), clock: systemClock, logger });
  try {
    return { encrypted, ...(await takeCensus(entries, encryption.transformers)) };
  } finally {
    await encryption.close();
  }
}
