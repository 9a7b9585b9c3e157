/** Fills caches from a list of the store: at the start, and after the watch on the store broke off. */
import type { KubeObject } from '../../meta/object.ts';
import { inTurns, type Turns } from '../../runtime/turns.ts';
import type { Entry, ListOptions, Revision, Store } from '../../storage/contract.ts';
import type { CacheEntry } from './cached-object.ts';
import type { StoredChange } from './computed.ts';
import { unlessInconvertible } from './converted.ts';
import { internalPrefix, splitStoreKey } from './keys.ts';
import type { ObjectCache } from './resource-cache.ts';

/** Each page looks through the history of the journal. */
const pageSize = 5_000;

/** All that the hub keeps of the store, at one revision. */
export interface StoreListing {
  readonly revision: Revision;
  /** By the resource's prefix; resources without objects, and unknown ones, are missing. */
  readonly objects: ReadonlyMap<string, readonly CacheEntry<KubeObject>[]>;
  /** The keys that are no resource's, with their revisions. */
  readonly internal: Map<string, Revision>;
}

type Caches = ReadonlyMap<string, ObjectCache<KubeObject>>;

/**
 * Everything in the store that the hub keeps, page by page at one revision.
 * @param at absent: the newest state
 * @throws CompactedError if the state of the first page is no longer known when a later one is read
 */
export async function listStore(
  store: Store,
  caches: Caches,
  signal: AbortSignal,
  at?: ListOptions['at'],
): Promise<StoreListing> {
  const objects = new Map<string, CacheEntry<KubeObject>[]>();
  const internal = new Map<string, Revision>();
  let next: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const from = next === undefined ? at !== undefined && { at } : { continue: next };
    const page = await store.list('/', { limit: pageSize, ...from });
    for (const entry of page.entries) {
      if (entry.key.startsWith(internalPrefix)) internal.set(entry.key, entry.revision);
      else take(entry, caches, objects);
    }
    next = page.continue;
    if (next === undefined) return { revision: page.revision, objects, internal };
  }
}

function take(entry: Entry, caches: Caches, objects: Map<string, CacheEntry<KubeObject>[]>): void {
  const parts = splitStoreKey(entry.key);
  const cache = parts === undefined ? undefined : caches.get(parts.prefix);
  if (parts === undefined || cache === undefined) return;
  const known = cache.entry(parts.key);
  const taken = known?.revision === entry.revision ? known : cache.entryOf(parts.key, entry, entry.revision);
  const list = objects.get(parts.prefix);
  if (list === undefined) objects.set(parts.prefix, [taken]);
  else list.push(taken);
}

/** Without events, while nobody reads yet: at the start, once more if the watch breaks off before the caches are up to date. */
export function fillCaches(caches: Caches, { revision, objects }: StoreListing): void {
  for (const [prefix, cache] of caches) {
    const listed = objects.get(prefix) ?? [];
    if (cache.size > 0) {
      const left = new Set(listed.map(({ key }) => key));
      for (const { key } of [...cache.entries()]) if (!left.has(key)) cache.apply(key, undefined, revision);
    }
    cache.fill(listed);
    cache.filled(revision);
  }
}

/** What a list of the store has, and a cache does not show yet. */
interface Difference {
  readonly cache: ObjectCache<KubeObject>;
  readonly gone: readonly CacheEntry<KubeObject>[];
  /** In the order of their revisions. One that was replaced by another one of the same name is among `gone`, too. */
  readonly changed: readonly CacheEntry<KubeObject>[];
}

/** How a list differs from what the caches show; one for each cache. The caches must not change meanwhile. */
export async function differencesOf(
  caches: Caches,
  listed: StoreListing['objects'],
  turns: Turns,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const [prefix, cache] of caches) {
    const entries = listed.get(prefix) ?? [];
    const left = new Map(entries.map((entry) => [entry.key, entry]));
    const gone: CacheEntry<KubeObject>[] = [];
    for await (const entry of inTurns(cache.entries(), turns)) {
      if (replaced(entry, left.get(entry.key))) gone.push(entry);
    }
    const changed = entries.filter((entry) => cache.entry(entry.key) !== entry);
    changed.sort((a, b) => a.revision - b.revision);
    differences.push({ cache, gone, changed });
  }
  return differences;
}

/** The difference as one commit, in which each key changes once. */
export function changesOf({ cache, gone, changed }: Difference): readonly StoredChange[] {
  const made = new Set(changed.map(({ key }) => key));
  const deleted = gone.filter(({ key }) => !made.has(key));
  const change = (key: string, current: CacheEntry<KubeObject> | undefined) => {
    return { cache, key, current, previous: cache.entry(key) };
  };
  return [...deleted.map(({ key }) => change(key, undefined)), ...changed.map((entry) => change(entry.key, entry))];
}

/** So that showing the differences, which is done in one go, does not take long. */
export async function readAhead(differences: readonly Difference[], turns: Turns): Promise<void> {
  for (const { cache, gone, changed } of differences) {
    for await (const entry of inTurns(changed, turns)) {
      cache.readAhead(entry);
      const previous = cache.entry(entry.key);
      if (previous !== undefined) cache.readAhead(previous);
    }
    for await (const entry of inTurns(gone, turns)) cache.readAhead(entry);
  }
}

/**
 * Makes the cache show the listed objects. Its watches see the difference as events. Watches that were interrupted
 * cannot resume from before the list, because the order of changes in between is not known.
 *
 * Deletions come first, at the first revision after the one that the cache showed: a client that is cut off between two
 * of them has a revision from before the list, and so must list again instead of missing the others.
 */
export function showDifference(
  { cache, gone, changed }: Difference,
  at: { readonly shown: Revision; readonly revision: Revision },
): void {
  for (const entry of gone) cache.apply(entry.key, undefined, at.shown + 1);
  for (const entry of changed) cache.apply(entry.key, entry, entry.revision);
  cache.filled(at.revision);
}

/** True if the object is gone, or was replaced by another one of the same name. */
function replaced(old: CacheEntry<KubeObject>, now: CacheEntry<KubeObject> | undefined): boolean {
  if (now === undefined) return true;
  return now !== old && unlessInconvertible(() => now.metadata.uid !== old.metadata.uid, false);
}
