import { StorageUnreadableError, type Entry } from '../contract.ts';
import type { TransformersByResource } from './resources.ts';

/** How the values of a store are written. */
export interface Census {
  /** Not as the configuration says: by another key than the first, or not encrypted. */
  readonly stale: number;
  readonly unreadable: readonly StorageUnreadableError[];
}

/**
 * Reads all entries; those that cannot be read are left out.
 * @throws StorageUnavailableError where a plugin that keeps keys does not answer
 */
export async function takeCensus(
  stored: readonly Entry[],
  transformers: TransformersByResource,
): Promise<{ readonly entries: readonly Entry[]; readonly census: Census }> {
  let stale = 0;
  const unreadable: StorageUnreadableError[] = [];
  const entries: Entry[] = [];
  for (const { key, revision, value } of stored) {
    try {
      const opened = await transformers.of(key).fromStorage(key, value);
      if (opened.isStale) stale++;
      entries.push({ key, revision, value: opened.value });
    } catch (error) {
      if (!(error instanceof StorageUnreadableError)) throw error;
      unreadable.push(error);
    }
  }
  return { entries, census: { stale, unreadable } };
}
