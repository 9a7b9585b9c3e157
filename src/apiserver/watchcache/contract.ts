/**
 * Reads never touch the store: each resource has a cache that holds the bytes of every object, the very same as the
 * store's, and a bounded history of changes for watches and for paging. What else is made of an object, its parsed form
 * above all, is kept within a budget, and made again when it is gone.
 *
 *   cache.get('default', 'spark')           → {object, json, key: 'default/spark', revision: 7}
 *   cache.list({namespace: 'default'})      → {revision: 9, objects: […]}  ordered by key
 *   cache.watch({after: 7, …})              → event, event, …
 */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';

/** One state of one object. Shared by all readers: never changed. `object` and `json` are getters: not to be spread. */
export interface CachedObject<T extends KubeObject = KubeObject> {
  /** "namespace/name", or "name" for cluster-scoped resources: the order of lists. */
  readonly key: string;
  /** Parsed, or computed, when it is asked for; kept for a while. */
  readonly object: Stored<T>;
  /** The object's JSON (UTF-8), apiVersion, kind and resourceVersion included. May be a new copy at each use. */
  readonly json: Buffer;
  /** Bytes of `json`, known without making it where that is possible. */
  readonly size: number;
  readonly revision: Revision;
}

/** What a list or watch selects. Both selectors are parsed already; absent means everything. */
export interface Selection {
  readonly namespace?: string;
  readonly labels?: { matches(labels: Readonly<Record<string, string>>): boolean };
  readonly fields?: {
    matches(fields: Readonly<Record<string, string>>): boolean;
    /** The value this field must equal, if the selector demands one: lets `metadata.name=x` become a get. */
    exact(field: string): string | undefined;
  };
}

export interface ListQuery extends Selection {
  readonly limit?: number;
  /** The key after which the page begins. */
  readonly startAfter?: string;
  /** The revision to show; absent: the newest. */
  readonly at?: Revision;
}

export interface ListResult<T extends KubeObject> {
  readonly objects: readonly CachedObject<T>[];
  /** The state of the store that the list shows. */
  readonly revision: Revision;
  /** Whether more follow, and how many (only where no selector makes counting dear). */
  readonly more: boolean;
  readonly remaining?: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/**
 * A change as one watch sees it, its selectors applied: an object that stops matching is DELETED, with its last
 * state but the change's resourceVersion.
 */
export interface WatchEvent<T extends KubeObject> {
  readonly type: WatchEventType;
  readonly object: CachedObject<T>;
  readonly revision: Revision;
  /** The event's line as sent to plain JSON watches, `{"type":…,"object":…}\n`; encoded once for all of them. */
  line(): Buffer;
}

export interface WatchQuery extends Selection {
  /** Deliver what came after this revision. */
  readonly after: Revision;
  /** Cut the watch off (CompactedError) when so many events wait for its reader. */
  readonly maxBacklog?: number;
  /** The same for the bytes of their objects' JSON; absent: 16 MiB, or none where maxBacklog is infinite. */
  readonly maxBacklogBytes?: number;
}

export interface WatchSubscription<T extends KubeObject> {
  /**
   * Takes what has come since, without waiting; empty when there is nothing.
   * @param bytes take no more when the objects' JSON has come to so much; what is left still counts as backlog
   */
  take(bytes?: number): readonly WatchEvent<T>[];
  /** Calls back (once a batch, in a microtask or later) when there is something to take, or the watch was cut off. */
  onReady(listener: () => void): void;
  /** Everything up to this revision has been taken: what a bookmark may say. */
  revision(): Revision;
  /** Set once the watch is over: too slow, or the cache stopped. */
  ended(): 'backlog' | 'stopped' | undefined;
  close(): void;
}

export interface ResourceCache<T extends KubeObject = KubeObject> {
  /** What the cache shows now. */
  revision(): Revision;
  /** Resolves once the cache shows everything that was durable when this was called (reads that must be current). */
  current(): Promise<Revision>;
  /** Resolves once the cache shows this revision; StatusError 504 ResourceVersionTooLarge after a few seconds. */
  waitFor(revision: Revision): Promise<void>;
  /**
   * Makes the store take one more revision by a write that no resource sees, and waits until the cache shows it. For
   * what changes without being stored. @throws the store's error where it cannot write
   */
  advance(): Promise<Revision>;
  get(namespace: string, name: string): CachedObject<T> | undefined;
  /** @throws StatusError 410 where `at` is out of the history */
  list(query: ListQuery): ListResult<T>;
  /** @throws StatusError 410 where `after` is out of the history */
  watch(query: WatchQuery): WatchSubscription<T>;
  /**
   * For work that looks at every object once, and does not wait: what is parsed in it is not kept, so that it drives out
   * nothing that is used more than once.
   */
  passing(work: () => void): void;
  /**
   * The bytes of a whole `{"kind":…List,…,"items":[…]}`, as it is now; the fast road of list. The very same until the
   * next change. Each piece is made when it is asked for; length is undefined where that is not known before.
   */
  listBytes(namespace: string | undefined): {
    bytes: Iterable<Buffer>;
    length: number | undefined;
    revision: Revision;
  };
  /** Oldest revision a watch may begin after. */
  oldestRevision(): Revision;
}
