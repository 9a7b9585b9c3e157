/** What is computed from the stored objects, commit by commit. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject, ResourceCache } from './contract.ts';

/** One change of a commit, as the cache of its resource sees it. */
export interface StoredChange {
  /** The same as the hub returned for the resource. */
  readonly cache: ResourceCache;
  readonly key: string;
  /** Undefined: there was no object. */
  readonly previous: CachedObject | undefined;
  /** Undefined: it is deleted. */
  readonly current: CachedObject | undefined;
}

/**
 * Follows the stored objects. It gets every commit once, in order (where the watch on the store broke off, those in between as
 * one), and the revision of the commit is shown only when it
 * has followed: a reader never sees computed objects that are behind stored ones. It depends on nothing but stored objects,
 * so that every process on the same store computes the same from the same commit.
 */
export interface Computed {
  /**
   * Work for a commit that takes long, before the caches show it. No other commit is shown meanwhile.
   * @returns undefined if there is none
   */
  prepare?(changes: readonly StoredChange[]): Promise<void> | undefined;
  /** The caches show the commit now. */
  follow(changes: readonly StoredChange[], revision: Revision): void;
  /**
   * The caches show a list of this revision, the first one or the one after `follow` has failed: everything is to be computed, now
   * or in slices.
   */
  fill(revision: Revision): Promise<void> | undefined;
  /** The server stops. */
  stop(): void;
}

/** Whether a change is of this cache's resource; it then has the objects of this type. */
export function isOf<T extends KubeObject>(
  cache: ResourceCache<T>,
  change: StoredChange,
): change is StoredChange & {
  readonly previous: CachedObject<T> | undefined;
  readonly current: CachedObject<T> | undefined;
} {
  return change.cache === (cache as unknown as ResourceCache);
}
