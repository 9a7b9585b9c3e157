/**
 * Reads never touch the store: each resource has a cache that holds the stored bytes of every object, and a bounded
 * history of changes for watches and paging. Other forms of an object, above all the parsed one, are kept within a
 * budget and made again when needed.
 *
 * cache.get('default', 'spark')           → {object, json, key: 'default/spark', revision: 7}
 * cache.list({namespace: 'default'})      → {revision: 9, objects: […]}  ordered by key
 * cache.watch({after: 7, …})              → event, event, …
 */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';

/** JSON (UTF-8) whose bytes are made when and where they are wanted. */
export interface WrittenJson {
  readonly size: number;
  /** Writes `size` bytes. */
  writeJson(into: Buffer, at: number): void;
}

/**
 * One state of one object, shared by all readers and never changed. `object` and `json` are getters: do not spread it.
 */
export interface CachedObject<T extends KubeObject = KubeObject> {
  /** "namespace/name", or "name" for cluster-scoped resources: the order of lists. */
  readonly key: string;
  /** Parsed or computed on demand, and kept for a while. */
  readonly object: Stored<T>;
  /** The metadata of `object`. Costs less if the rest is not needed. */
  readonly metadata: Stored<T>['metadata'];
  /** The labels of `metadata`. Costs less if the rest is not needed. Absent: they are to be had from there. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The object, if it is kept in parsed form at present. */
  readonly parsed?: Stored<T> | undefined;
  /**
   * False if no field of the object has this name; costs less than to look for it in `object`. Absent if that is not
   * known.
   */
  mayHave?(field: string): boolean;
  /** The object's JSON (UTF-8), apiVersion, kind and resourceVersion included. May be a new copy at each use. */
  readonly json: Buffer;
  /** Bytes of `json`, known without making it where that is possible. */
  readonly size: number;
  /**
   * Writes the `size` bytes of `json` into this buffer, without making them elsewhere first. Absent if that is not
   * possible.
   */
  writeJson?(into: Buffer, at: number): void;
  /** The JSON of the metadata as it is stored, resourceVersion included. Absent if that takes parsing. */
  metadataJson?(): WrittenJson;
  readonly revision: Revision;
  /** True if it is stored in another version than new writes are: a write without change is stored, too. */
  readonly isOutdated?: boolean;
}

/** What a list or watch selects. Both selectors are parsed already; absent means everything. */
export interface Selection {
  readonly namespace?: string;
  readonly labels?: { matches(labels: Readonly<Record<string, string>>): boolean };
  readonly fields?: {
    /** Absent: the fields are not asked, and only `exact` narrows down what is found. */
    matches?(fields: Readonly<Record<string, string>>): boolean;
    /** The value this field must equal, if the selector demands one: lets `metadata.name=x` become a get. */
    exact(field: string): string | undefined;
  };
  /** A further condition on the cache's own state. */
  readonly test?: (object: CachedObject) => boolean;
}

/** What to list. */
export interface ListQuery extends Selection {
  readonly limit?: number;
  /** The key after which the page begins. */
  readonly startAfter?: string;
  /** The revision to show; absent: the newest. */
  readonly at?: Revision;
}

/** A page of a list. */
export interface ListResult<T extends KubeObject> {
  readonly objects: readonly CachedObject<T>[];
  /** The state of the store that the list shows. */
  readonly revision: Revision;
  /**
   * Whether more objects follow; `remaining` says how many, but only without a selector, which would make counting
   * expensive.
   */
  readonly more: boolean;
  readonly remaining?: number;
}

/**
 * The types of change events. Source:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/**
 * A change as one watch sees it, after its selectors: an object that stops matching is DELETED, with its last state and
 * the change's resourceVersion.
 */
export interface WatchEvent<T extends KubeObject> {
  readonly type: WatchEventType;
  readonly object: CachedObject<T>;
  readonly revision: Revision;
  /** The event's line as sent to plain JSON watches, `{"type":…,"object":…}\n`; encoded once for all of them. */
  line(): Buffer;
}

/** What to watch, from which revision, and how many events may wait. */
export interface WatchQuery extends Selection {
  /** Deliver changes after this revision. */
  readonly after: Revision;
  /** The watch ends (`ended` is 'backlog') when more events than this wait for its reader. */
  readonly maxBacklog?: number;
  /** The same limit for the bytes of their objects' JSON; absent: 16 MiB, or none if maxBacklog is infinite. */
  readonly maxBacklogBytes?: number;
}

/** A running watch: a queue that its reader empties. */
export interface WatchSubscription<T extends KubeObject> {
  /**
   * Takes the waiting events without waiting; empty if there are none.
   * @param bytes stop when the objects' JSON has reached this size; what is left still counts as backlog
   */
  take(bytes?: number): readonly WatchEvent<T>[];
  /** Calls back (once per batch, in a later turn) when there are events to take or the watch has ended. */
  onReady(listener: () => void): void;
  /** Everything up to this revision has been taken; a bookmark may name it. */
  revision(): Revision;
  /** Set once the watch is over: too slow, or the cache stopped. */
  ended(): 'backlog' | 'stopped' | undefined;
  close(): void;
}

/** A part of an encoded list: a few hundred kilobytes, or one larger object. */
export interface ListPart {
  /** The same JavaScript object while the bytes are the same, also in later lists. Undefined for a few bytes. */
  readonly key: object | undefined;
  bytes(): Buffer;
}

/** How much a list would contain. */
export interface Extent {
  readonly objects: number;
  readonly bytes: number;
}

/** The cache of one resource, from which all reads are served. */
export interface ResourceCache<T extends KubeObject = KubeObject> {
  /** True if its objects are converted when they are read, which may fail with a ConversionError. Absent: false. */
  readonly isConverted?: boolean;
  /** What the cache shows now. */
  revision(): Revision;
  /** Resolves once the cache shows everything that was durable when this was called (reads that must be current). */
  current(): Promise<Revision>;
  /**
   * Resolves once the cache shows this revision. @throws StatusError 504 ResourceVersionTooLarge after a few seconds
   */
  waitFor(revision: Revision): Promise<void>;
  get(namespace: string, name: string): CachedObject<T> | undefined;
  /** How much there is at present; bytes are estimated. @param namespace '' for all */
  extent(namespace: string): Extent;
  /** @throws StatusError 410 if the history no longer reaches back to `at` */
  list(query: ListQuery): ListResult<T>;
  /** @throws StatusError 410 if the history no longer reaches back to `after` */
  watch(query: WatchQuery): WatchSubscription<T>;
  /**
   * Runs synchronous work that looks at every object once. What it parses is not kept, so that it does not evict
   * objects that are used more often.
   */
  passing(work: () => void): void;
  /**
   * The bytes of the whole current list, `{"kind":…List,…,"items":[…]}`; faster than `list`. The same value until the
   * next change. Each part is made on demand; length is undefined if it is not known in advance.
   */
  listBytes(namespace: string | undefined): {
    parts: Iterable<ListPart>;
    length: number | undefined;
    revision: Revision;
  };
  /** Oldest revision a watch may begin after. */
  oldestRevision(): Revision;
  /**
   * Says what is about to be written, so that the cache need not parse it. Absent if it would not help.
   * @param bytes the object without resourceVersion, as it will be stored
   * @param object what the bytes were made of: the same as their parsed form, apart from the resourceVersion
   * @returns a function to call when the write has ended
   */
  expect?(key: string, bytes: Buffer, object: T): () => void;
}
