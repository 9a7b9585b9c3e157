import { createTurns } from '../../runtime/turns.ts';
import { CompactedError, ConflictError, type Entry, type Store } from '../contract.ts';
import type { TransformersByResource } from './resources.ts';

/** What a rewriting has done. */
export interface Rewritten {
  /** Values that were looked at. */
  readonly values: number;
  /** Those of them that are written anew. */
  readonly rewritten: number;
}

const pageSize = 500;
/** Commits at a time: they share what makes them durable. */
const parallel = 16;
/** A page of a list may be compacted away while others write; then it begins again. */
const maxLists = 10;

/**
 * Writes every value anew that is not written as the configuration says: by another key than the first, or not encrypted. Values
 * that others write at the same time are left as these write them. Nothing is written if a value cannot be read. Then the
 * values that were overwritten are removed, if the store can do that.
 * @param store the one below, with what is really stored
 * @throws StorageUnreadableError, StorageUnavailableError
 * @throws the signal's reason
 */
export async function rewriteStale(
  store: Store,
  transformers: () => TransformersByResource,
  signal?: AbortSignal,
): Promise<Rewritten> {
  const { values, stale } = await findStale(store, transformers, signal);
  let rewritten = 0;
  const work = async (): Promise<void> => {
    for (let key = stale.pop(); key !== undefined; key = stale.pop()) {
      signal?.throwIfAborted();
      if (await rewrite(store, transformers, key)) rewritten++;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: parallel }, work));
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  if (rewritten > 0) await store.purge?.();
  return { values, rewritten };
}

/** The keys, and not the values: these may be large. */
async function findStale(
  store: Store,
  transformers: () => TransformersByResource,
  signal: AbortSignal | undefined,
): Promise<{ readonly values: number; readonly stale: string[] }> {
  const turns = createTurns();
  for (let tries = 1; ; tries++) {
    try {
      let values = 0;
      const stale: string[] = [];
      for await (const entry of entriesOf(store, signal)) {
        if (turns.due()) await turns.next(signal);
        values++;
        const { isStale } = await transformers().of(entry.key).fromStorage(entry.key, entry.value);
        if (isStale) stale.push(entry.key);
      }
      return { values, stale };
    } catch (error) {
      if (!(error instanceof CompactedError) || tries === maxLists) throw error;
    }
  }
}

/** All that a store holds, page by page. @throws CompactedError, the signal's reason */
async function* entriesOf(store: Store, signal?: AbortSignal): AsyncGenerator<Entry, void, undefined> {
  let next: string | undefined;
  do {
    signal?.throwIfAborted();
    const page = await store.list('', { limit: pageSize, ...(next === undefined ? {} : { continue: next }) });
    yield* page.entries;
    next = page.continue;
  } while (next !== undefined);
}

/** @returns whether it was necessary */
async function rewrite(store: Store, transformers: () => TransformersByResource, key: string): Promise<boolean> {
  for (;;) {
    const entry = await store.read(key);
    if (entry === undefined) return false;
    const of = transformers().of(key);
    const { value, isStale } = await of.fromStorage(key, entry.value);
    if (!isStale) return false;
    try {
      const writes = [{ key, value: of.toStorage(key, value) }];
      await store.commit({ require: [{ key, revision: entry.revision }], writes });
      return true;
    } catch (error) {
      // Somebody else wrote it: perhaps as it is to be written, perhaps not.
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
