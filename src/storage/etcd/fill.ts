import { checkKey } from '../check-commit.ts';
import { ConflictError, StorageCorruptError, type Entry, type Revision } from '../contract.ts';
import { firstDifference } from '../difference.ts';
import { RefusedError, type Caller } from './caller.ts';
import { connect } from './connection.ts';
import { finalError } from './errors.ts';
import type { Keys } from './keys.ts';
import { Lister } from './listing.ts';
import type { EtcdOptions } from './options.ts';
import { encodeOrigin, readOrigin, sameOrigin, type Origin } from './origin.ts';
import { etcd, type RequestOf } from './proto.ts';

/** There are objects already, and they are not to be replaced. Nothing was changed. */
export class EtcdOccupiedError extends Error {}

interface FillOptions extends EtcdOptions {
  /** Of the state that the entries are of. */
  readonly revision: Revision;
  /** Each key once, in key order. */
  readonly entries: readonly Entry[];
  /**
   * Gets the objects that there are, all of one revision, before they are removed; if it throws, they stay. Absent: nothing is
   * written where there are objects.
   */
  readonly keep?: (old: Pick<FillOptions, 'revision' | 'entries'>) => Promise<void>;
}

/** What was written. */
interface Filled {
  /** The store goes on after it. */
  readonly revision: Revision;
  /** What was there reached this revision; absent if nothing was. */
  readonly replaced?: { readonly revision: Revision };
}

/**
 * Makes the entries the objects of a prefix in etcd. Until the last step, no server can be opened on it; servers that run on it
 * end, and can write nothing from the first step on. If it is cut short, it is to be run again.
 *
 * Objects get new revisions, all above `revision` and above those of the objects that were there; so do all that follow. Watches
 * from before are told that their revision is too old.
 * @throws EtcdOccupiedError
 * @throws EtcdOptionsError, StorageUnavailableError, StorageLimitError as a store of etcd does
 * @throws StorageCorruptError if what can be read afterwards is not what was written; no server can be opened on it then
 */
export async function fillEtcd(options: FillOptions): Promise<Filled> {
  for (const { key } of options.entries) checkKey(key);
  const { caller, keys, members, pace } = await connect(options, () => Promise.resolve({}));
  try {
    return await new Filling(options, caller, keys, new Lister({ caller, keys, partMs: pace.partMs })).run();
  } catch (error) {
    throw error instanceof RefusedError ? finalError(error.cause, 0) : error;
  } finally {
    members.close();
  }
}

/** Below etcd's defaults (128 operations and 1.5 MiB); one object alone may be larger than `batchBytes`. */
const batchKeys = 100;
const batchBytes = 512 << 10;

type Operations = NonNullable<RequestOf<(typeof etcd)['txn']>['success']>;

class Filling {
  readonly #options: FillOptions;
  readonly #caller: Caller;
  readonly #keys: Keys;
  readonly #lister: Lister;

  constructor(options: FillOptions, caller: Caller, keys: Keys, lister: Lister) {
    this.#options = options;
    this.#caller = caller;
    this.#keys = keys;
    this.#lister = lister;
  }

  async run(): Promise<Filled> {
    const { keep, revision, entries } = this.#options;
    const before = await readOrigin(this.#caller, this.#keys);
    // What a fill that was cut short has left is nobody's.
    const isOccupied = before.state === 'ready' && (await this.#hasObjects());
    if (isOccupied && keep === undefined) throw new EtcdOccupiedError('etcd has objects under this prefix already');
    const filling = await this.#mark(before, { state: 'filling', offset: before.offset });
    const reached = filling.revision + before.offset;
    if (isOccupied) await this.#kept(filling, reached);
    await this.#commit(filling, [{ deleteRange: this.#keys.range('') }]);
    for (const batch of batches(entries)) {
      const puts = batch.map(({ key, value }) => ({ put: { key: this.#keys.inEtcd(key), value } }));
      await this.#commit(filling, puts);
    }
    await this.#verify(entries);
    const offset = Math.max(before.offset, revision + 1 - filling.revision);
    const ready = await this.#mark(filling, { state: 'ready', offset });
    return { revision: ready.revision + offset, ...(isOccupied && { replaced: { revision: reached } }) };
  }

  async #hasObjects(): Promise<boolean> {
    const request = { ...this.#keys.range(''), limit: 1, keysOnly: true };
    return (await this.#caller.unary(etcd.range, request, { operation: 'fill' })).kvs.length > 0;
  }

  /** Nobody has written since the mark. */
  async #kept(filling: Origin, revision: Revision): Promise<void> {
    const { entries } = await this.#lister.page('', {});
    const raised = entries.map((entry) => ({ ...entry, revision: entry.revision + filling.offset }));
    try {
      await this.#options.keep?.({ revision, entries: raised });
    } catch (error) {
      await this.#mark(filling, { state: 'ready', offset: filling.offset });
      throw error;
    }
  }

  async #mark(before: Origin, next: Omit<Origin, 'revision'>): Promise<Origin> {
    const put = { key: this.#keys.origin, value: encodeOrigin(next) };
    return { ...next, revision: await this.#commit(before, [{ put }]) };
  }

  async #commit(origin: Origin, success: Operations): Promise<Revision> {
    const request = { compare: [sameOrigin(this.#keys, origin)], success };
    const { header, succeeded } = await this.#caller.unary(etcd.txn, request, { operation: 'fill', once: true });
    if (succeeded) return header?.revision ?? 0;
    throw new ConflictError(this.#keys.origin.toString(), header?.revision ?? 0);
  }

  async #verify(expected: readonly Entry[]): Promise<void> {
    const { entries } = await this.#lister.page('', {});
    const differs = firstDifference(expected, entries);
    if (differs === undefined) return;
    throw new StorageCorruptError(
      `${differs} is not in etcd as it was written, or was changed by somebody else meanwhile. The data are marked as not ` +
        'whole; run it again',
    );
  }
}

function* batches(entries: readonly Entry[]): Generator<Entry[], void, undefined> {
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.key.length + entry.value.length;
    if (batch.length === batchKeys || (batch.length > 0 && bytes + size > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
