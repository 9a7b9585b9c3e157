/**
 * What every storage engine promises. One revision counter orders all writes of all keys; it never goes back, not
 * across restarts and crashes.
 *
 *   write('/kubedirector.hpe.com/kubedirectorapps/default/spark', 'absent', bytes)   → 7
 *   read('/kubedirector.hpe.com/kubedirectorapps/default/spark')                     → {key, value: bytes, revision: 7}
 *   watch('/', 6, signal)                                                            → {type: 'put', key, value, revision: 7} …
 *
 * Keys are '/'-separated and ordered bytewise (UTF-8). Values are UTF-8 JSON documents; an engine may store them inside
 * a JSON line of its own but gives back the same bytes. test/contract proves it, for every engine.
 */

/** A write's place in the one order of all writes; positive, at most Number.MAX_SAFE_INTEGER. */
export type Revision = number;

/** A stored value with its key and the revision of its last write. */
export interface Entry {
  readonly key: string;
  readonly value: Buffer;
  /** Of the last write to this key. */
  readonly revision: Revision;
}

/**
 * `progress` says: everything up to this revision has been delivered; an engine sends it now and then (and after
 * writes outside the watched prefix, where it knows of them).
 */
export type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer; readonly revision: Revision }
  | { readonly type: 'delete'; readonly key: string; readonly revision: Revision }
  | { readonly type: 'progress'; readonly revision: Revision };

/** A part of a list, in the order of keys. */
export interface Page {
  readonly entries: readonly Entry[];
  /** The state of the whole store that the page shows; the same on every page of one listing. */
  readonly revision: Revision;
  /** Absent on the last page. */
  readonly continue?: string;
}

/** Which part of the store is listed, and at which revision. */
export interface ListOptions {
  /** At most so many entries; absent: all. */
  readonly limit?: number;
  /** From an earlier page; goes with the same prefix. */
  readonly continue?: string;
  /** Show the store as it was then. Throws CompactedError where that is no longer known. */
  readonly at?: Revision;
}

/** The contract of every storage engine. */
export interface Store {
  /** The newest durable revision; 0 in a store that was never written. */
  revision(): Promise<Revision>;

  /** Watches and lists from before this revision are refused with CompactedError. */
  compactedRevision(): Promise<Revision>;

  read(key: string): Promise<Entry | undefined>;

  /** Entries whose key begins with prefix, in key order. */
  list(prefix: string, options?: ListOptions): Promise<Page>;

  /**
   * Compare-and-swap. Resolves once the write is durable, and after its change was handed to every watch.
   * @param expected the revision the key must have now, or 'absent'
   * @param value the new bytes, or 'deleted'
   * @throws ConflictError where the key is at another revision (nothing was written)
   * @throws StorageUnavailableError where it could not be made durable (a full disk…). The write did not happen, and
   *         the engine takes writes again as soon as the cause is gone; or, after `indeterminate: true`, it may have.
   */
  write(key: string, expected: Revision | 'absent', value: Buffer | 'deleted'): Promise<Revision>;

  /**
   * Every change of a key that begins with prefix and whose revision is above `after`, in revision order, none left
   * out, none twice, only durable ones. Ends when signal aborts or the store closes.
   * @throws CompactedError (from the iteration) where `after` lies before the compacted revision, or where the reader
   *         fell so far behind that the engine let go of its backlog: it must list again
   */
  watch(prefix: string, after: Revision, signal: AbortSignal): AsyncIterable<Change>;

  /**
   * Why no write can be made durable at present (a full or broken disk); undefined while they can. Found out by itself,
   * without writes of others, once the cause is gone.
   */
  readonly unavailable: StorageUnavailableError | undefined;

  /**
   * Aborts, with a StorageLostError as reason, once another process has taken the data over: this one may neither write
   * nor answer from what it knows, and has to end.
   */
  readonly lost: AbortSignal;

  /** Finishes what was begun, releases what it holds. Further calls throw StorageClosedError. */
  close(): Promise<void>;
}

/** The entry is not at the revision that the write expected. Nothing was written. */
export class ConflictError extends Error {
  readonly key: string;
  /** The key's revision now, or 'absent'. */
  readonly actual: Revision | 'absent';

  constructor(key: string, actual: Revision | 'absent') {
    super(`${key} is at revision ${actual}`);
    this.name = 'ConflictError';
    this.key = key;
    this.actual = actual;
  }
}

/** The requested revision is older than the history that is kept. */
export class CompactedError extends Error {
  readonly compactedRevision: Revision;

  constructor(asked: Revision, compactedRevision: Revision) {
    super(`revision ${asked} is too old: the history begins at ${compactedRevision}`);
    this.name = 'CompactedError';
    this.compactedRevision = compactedRevision;
  }
}

/** The store cannot do this now. `indeterminate` says whether a write may have happened all the same. */
export class StorageUnavailableError extends Error {
  readonly indeterminate: boolean;

  constructor(message: string, options: ErrorOptions & { indeterminate?: boolean } = {}) {
    super(message, options);
    this.name = 'StorageUnavailableError';
    this.indeterminate = options.indeterminate ?? false;
  }
}

/** Another process has taken the data over; this one must end. */
export class StorageLostError extends StorageUnavailableError {
  /** @param place of the data, as a user names it */
  constructor(place: string) {
    super(
      `another process took over the data folder ${place}: this one stood still for so long that it was taken for dead. ` +
        'It stops. Run one server on a data folder',
    );
    this.name = 'StorageLostError';
  }
}

/** The store has been closed. */
export class StorageClosedError extends Error {
  constructor() {
    super('the store is closed');
    this.name = 'StorageClosedError';
  }
}

/** What is on disk is not what was written: the message names the file, the line and the way out. */
export class StorageCorruptError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageCorruptError';
  }
}
