/** The hub: what it is made of, and what it does for the caches of all stored resources. */
import type { KubeObject } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { Revision, Store } from '../../storage/contract.ts';
import type { Computed } from './computed.ts';
import type { ResourceCache } from './contract.ts';
import type { CacheMemory, MemoryLimits } from './memory.ts';
import type { CacheDefinition } from './resource-cache.ts';

/** What a hub is made of. */
export interface StoreHubOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The limits of all caches together. */
  readonly limits?: MemoryLimits;
  /** The largest number of changes in each cache's history; 10,000 if absent. */
  readonly historyChanges?: number;
  /** For work that looks at all objects; those of this event loop if absent. */
  readonly turns?: Turns;
}

/** The caches of all stored resources. */
export interface StoreHub {
  /** Shared by its caches and by the caches computed from them. */
  readonly memory: CacheMemory;
  /** For work that looks at all objects. */
  readonly turns: Turns;
  /**
   * The cache of one resource; a second call gives the same one. New caches are possible only before `start`.
   * @param shown the definition of the version in which it shows the objects; absent: the hub's
   */
  cache<T extends KubeObject>(definition: CacheDefinition<T>, shown?: CacheDefinition<T>): ResourceCache<T>;
  /**
   * Fills all caches, then keeps them up to date until the signal aborts. If the store fails, it tries again with
   * backoff. Resolves once the caches are filled for the first time.
   * @throws StorageUnreadableError if that finds a value that cannot be decrypted; later ones may be readable soon
   * @throws the signal's reason if it aborts before that
   */
  start(signal: AbortSignal): Promise<void>;
  /** True once the caches have been filled. */
  synced(): boolean;
  revision(): Revision;
  /** Of the last write to a key of one of the caches, or to one that is no resource's, as of the revision shown. */
  revisionOf(key: string): Revision | 'absent';
  /** Resolves once the caches show everything that is durable now. @throws StatusError 504, or the store's error */
  current(): Promise<Revision>;
  /** Resolves once the caches show this revision. @throws StatusError 504 after a few seconds, 503 once stopped */
  waitFor(revision: Revision): Promise<void>;
  /** Tells of everything that the caches show. Possible only before `start`. */
  compute(computed: Computed): void;
}
