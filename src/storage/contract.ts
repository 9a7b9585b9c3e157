/**
 * What every storage engine promises. One revision counter orders all commits; it never goes back, not across restarts
 * and crashes. It is the resourceVersion of all resources.
 *
 *   commit({require: [{key: '/apps/a', revision: 'absent'}], writes: [{key: '/apps/a', value: bytes}]})   → 7
 *   read('/apps/a')                                            → {key, value: bytes, revision: 7}
 *   watch(6, signal)                                           → {type: 'commit', revision: 7, changes: [{type: 'put', …}]} …
 *
 * Keys are '/'-separated and ordered bytewise (UTF-8). Values are bytes: JSON documents (UTF-8), or what encryption makes
 * of them. An engine may store them inside a line of its own, but it gives back the same bytes. The tests in
 * test/contract run for every engine.
 */

/** A commit's place in the one order of all commits; positive, at most Number.MAX_SAFE_INTEGER. */
export type Revision = number;

/** A stored value with its key and the revision of its last write. */
export interface Entry {
  readonly key: string;
  /**
   * An engine may put the same bytes into another buffer, and the former one may be a part of much memory: who keeps a
   * value for long keeps the entry.
   */
  readonly value: Buffer;
  /** Of the last write to this key. */
  readonly revision: Revision;
}

/** What must hold for a key when a commit happens: the revision of its last write, or that it does not exist. */
export interface Condition {
  readonly key: string;
  readonly revision: Revision | 'absent';
}

/** A new value, or the deletion of a key. The deletion of a key that does not exist changes nothing. */
export interface Write {
  readonly key: string;
  readonly value: Buffer | 'deleted';
}

/** Conditions and writes that belong together. No two writes are of the same key. */
export interface CommitRequest {
  readonly require: readonly Condition[];
  /** At least one. */
  readonly writes: readonly Write[];
}

/** A change of one key; its revision is the commit's. */
export type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer; readonly revision: Revision }
  | { readonly type: 'delete'; readonly key: string; readonly revision: Revision };

/** All changes of one commit, in the order of their keys. */
export interface Commit {
  readonly type: 'commit';
  readonly revision: Revision;
  readonly changes: readonly Change[];
}

/** Everything up to this revision has been delivered. */
export interface Progress {
  readonly type: 'progress';
  readonly revision: Revision;
}

/** A part of a list, in the order of keys. */
export interface Page {
  readonly entries: readonly Entry[];
  /**
   * The state of the whole store that the page shows; the same on every page of one listing. Above 0, also where nothing was
   * ever written: to clients, 0 is no state. (A journal folder that version 0.1.0 made, and never wrote to, is at 0.)
   */
  readonly revision: Revision;
  /** Absent on the last page. */
  readonly continue?: string;
}

/** Which part of a list is asked for. */
export interface ListOptions {
  /** At most so many entries; absent: all. */
  readonly limit?: number;
  /** From an earlier page; goes with the same prefix. */
  readonly continue?: string;
  /**
   * The oldest state after which the engine still knows every commit: a watch from there delivers all that followed. An
   * engine may show a newer one. Absent: the state of now.
   */
  readonly at?: 'oldest';
}

/** The contract of every storage engine. */
export interface Store {
  /**
   * All writes or none of them, at one revision. Resolves once they are durable. Where nothing changes, because all are
   * deletions of keys that do not exist, that is the newest revision.
   * @throws ConflictError if a condition does not hold (nothing was written)
   * @throws StorageUnavailableError if it could not be made durable (a full disk, no connection…). The commit did not
   *         happen; or, with `indeterminate: true`, it may have. The engine works again as soon as the cause is gone
   * @throws StorageLimitError if the engine can never store it: too large, or too many writes
   */
  commit(request: CommitRequest): Promise<Revision>;

  /** As of now: every commit that resolved before the call is seen. */
  read(key: string): Promise<Entry | undefined>;

  /**
   * Entries whose key begins with prefix, in the order of keys. All pages show the state of the first one.
   * @throws CompactedError if the state that a later page must show is no longer known
   */
  list(prefix: string, options?: ListOptions): Promise<Page>;

  /**
   * Every commit above `after`, whole, in order, none left out, none twice, only durable ones; and progress. Ends when
   * the signal aborts or the store closes.
   * @throws CompactedError (from the iteration) if `after` is before the history that is kept, or if the reader fell so
   *         far behind that the engine dropped its backlog: it must list again
   */
  watch(after: Revision, signal: AbortSignal): AsyncIterable<Commit | Progress>;

  /**
   * A revision at or above that of every commit that was durable before the call. Every open watch that is not there yet
   * soon delivers a commit or progress at or above it, also if nothing else is written. Concurrent callers share one
   * round trip.
   * @throws StorageUnavailableError
   */
  barrier(): Promise<Revision>;

  /**
   * Removes from the engine's files what was overwritten and deleted before the call. Absent where that is not the
   * engine's to decide.
   * @throws StorageUnavailableError
   */
  purge?(): Promise<void>;

  /**
   * Why nothing can be made durable at present (a full or broken disk, no connection); undefined while it can. The
   * engine finds out by itself, without writes of others, when the cause is gone.
   */
  readonly unavailable: StorageUnavailableError | undefined;

  /**
   * Aborts, with a StorageLostError as reason, once another process has taken the data over, or replaced all of them:
   * this process may neither write nor answer from what it knows, and must end.
   */
  readonly lost: AbortSignal;

  /** Finishes what was begun, and releases what it holds. Further calls throw StorageClosedError. */
  close(): Promise<void>;
}

/** What all encrypted values begin with, and no JSON does. */
const encryptedPrefix = Buffer.from('k8s:enc:');

/** Whether a value says that it is encrypted. */
export function isEncrypted(value: Buffer): boolean {
  return value.subarray(0, encryptedPrefix.length).equals(encryptedPrefix);
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
  readonly asked: Revision;
  readonly compactedRevision: Revision;

  constructor(asked: Revision, compactedRevision: Revision) {
    super(`revision ${asked} is too old: the history begins at ${compactedRevision}`);
    this.name = 'CompactedError';
    this.asked = asked;
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

/** Another process has taken the data over, or replaced them; this one must end. The message says what a user can do. */
export class StorageLostError extends StorageUnavailableError {
  constructor(message: string) {
    super(message);
    this.name = 'StorageLostError';
  }
}

/** The engine can never store this commit: its message says which limit it exceeds, and how to raise it. */
export class StorageLimitError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageLimitError';
  }
}

/** A value is whole, but cannot be decrypted with the keys that are configured. */
export class StorageUnreadableError extends Error {
  /** In the store. */
  readonly key: string;

  /** @param reason begins with "it is" */
  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(`${key} cannot be read: ${reason}`, options);
    this.name = 'StorageUnreadableError';
    this.key = key;
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
