/**
 * PREFIX/origin says how the objects under a prefix came there: written by servers alone, or by a restore or copy of what
 * another store had held. There, revisions had gone further than etcd's; so a number is added to etcd's.
 *
 *   {"state":"filling","offset":0}     objects are being removed and written; no server may use them
 *   {"state":"ready","offset":81250}   they are all there
 *
 * The revision of the key itself is the first one that a server may show: before it, the objects were not whole. Every
 * commit of a server is made on the condition that it is still the same: a server that runs on while all objects are
 * replaced can write nothing, and finds out. Without the key, revisions are etcd's.
 */
import { StorageLostError, StorageUnavailableError, type Revision } from '../contract.ts';
import type { Caller } from './caller.ts';
import type { Keys } from './keys.ts';
import { compareTarget, etcd, type KeyValue } from './proto.ts';

/** How the objects under a prefix came there. */
export interface Origin {
  readonly state: 'ready' | 'filling';
  /** The revision of the contract is etcd's and this. */
  readonly offset: number;
  /** etcd's revision of the key; 0: there is none. */
  readonly revision: Revision;
}

/** @throws StorageUnavailableError if it was written by a newer program */
export async function readOrigin(caller: Caller, keys: Keys): Promise<Origin> {
  const { kvs } = await caller.unary(etcd.range, { key: keys.origin }, { operation: 'origin' });
  return decodeOrigin(kvs[0]);
}

/** The text for the key. */
export function encodeOrigin({ state, offset }: Omit<Origin, 'revision'>): Buffer {
  return Buffer.from(JSON.stringify({ state, offset }));
}

/** In a transaction: nobody has begun to replace the objects since. */
export function sameOrigin({ origin: key }: Keys, { revision: modRevision }: Origin) {
  return { target: compareTarget.modRevision, key, modRevision };
}

/** The reason for a server to end. */
export function replaced(keys: Keys): StorageLostError {
  return new StorageLostError(
    `the data in etcd are being replaced, or were, by a restore or a copy (${keys.origin.toString()}). This server knows ` +
      'the old ones. It stops; start it again once the restore or copy has ended',
  );
}

function decodeOrigin(entry: KeyValue | undefined): Origin {
  if (entry === undefined) return { state: 'ready', offset: 0, revision: 0 };
  const text = entry.value.toString();
  const { state, offset } = fieldsOf(text);
  if ((state !== 'ready' && state !== 'filling') || typeof offset !== 'number' || !Number.isSafeInteger(offset)) {
    throw new StorageUnavailableError(
      `${entry.key.toString()} in etcd is not what this program writes: ${text.slice(0, 100)}. Use the version that wrote it`,
    );
  }
  return { state, offset, revision: entry.modRevision };
}

function fieldsOf(text: string): { readonly state?: unknown; readonly offset?: unknown } {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // reported by the caller
  }
}
