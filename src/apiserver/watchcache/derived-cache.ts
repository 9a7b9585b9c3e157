/**
 * A cache of objects that are not stored but computed from stored ones, by code that follows the hub (see Computed):
 *
 *   const cache = createDerivedCache({definition, upstream: hub, metrics})
 *   default/spark changed at revision 7
 *   cache.replace('default/spark', () => rolesOf(spark), 7)
 *   cache.show(7)                                       → ADDED, MODIFIED, DELETED for what differs
 *
 * For each object the cache holds its key, its revision and the function that computes it. The object is computed on
 * demand.
 *
 * **Revisions.** One commit may change many of these objects. A client that is cut off between two of their events must not
 * resume after both. So if the commit of revision R causes several events, only the last has R as resourceVersion; the others
 * have R-1, and who resumes there gets all of them once more. An object may have R-1 already, but at most one: the last
 * of the commit before. Its event comes last. So no object has two states with one resourceVersion. Events depend on stored
 * objects and on the commits alone, so that all processes on one store give the same change the same resourceVersion.
 */
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Revision } from '../../storage/contract.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import type { ResourceCache } from './contract.ts';
import { DerivedEntry, DerivedSource, type Derivation } from './derived-entry.ts';
import { CacheMemory } from './memory.ts';
import { ObjectCache, type CacheDefinition } from './resource-cache.ts';

interface DerivedCacheOptions<T extends KubeObject> {
  readonly definition: CacheDefinition<T>;
  /** The hub of the stored objects. */
  readonly upstream: Pick<ResourceCache, 'revision' | 'current' | 'waitFor'>;
  readonly metrics: Metrics;
  /** Usually the hub's; absent: a separate one. */
  readonly memory?: CacheMemory;
  readonly historyChanges?: number;
}

/** A ResourceCache with the functions that feed it. */
export interface DerivedCache<T extends KubeObject> extends ResourceCache<T> {
  /**
   * Replaces the objects of this owner at the next `show`; those of other owners stay. A function is called now, and again
   * whenever one of its objects is needed. Objects that stay equal (apart from resourceVersion) cause no event. Two owners
   * must not have an object of the same name.
   * @param since the newest revision of what they are computed from; objects that are there at the start have it as
   *   resourceVersion, but none has that of the newest commit
   */
  replace(owner: string, objects: readonly T[] | Derivation<T>, since: Revision): void;
  /**
   * From now on this function computes the owner's objects. They are equal to those of before, so nothing changes.
   * @returns false if the owner's objects are not shown yet: they are to be replaced
   */
  compute(owner: string, derive: Derivation<T>): boolean;
  /** Shows all replacements, as the consequence of the commit of this revision. The first call fills the cache. */
  show(revision: Revision): void;
  /** Who has objects here. */
  owners(): Iterable<string>;
  /** Ends every watch. */
  stop(): void;
}

/** An empty cache; feed it with `replace`, then call `show`. */
export function createDerivedCache<T extends KubeObject>(options: DerivedCacheOptions<T>): DerivedCache<T> {
  return new Derived(options);
}

interface Replacement<T extends KubeObject> {
  readonly source: DerivedSource<T>;
  readonly since: Revision;
  /** The shown objects that stay equal. */
  readonly equal: ReadonlySet<DerivedEntry<T>>;
  /** The keys of those that are shown, but with another uid. */
  readonly reborn: ReadonlySet<string>;
}

class Derived<T extends KubeObject> extends ObjectCache<T> implements DerivedCache<T> {
  readonly #owned = new Map<string, DerivedSource<T>>();
  readonly #pending = new Map<string, Replacement<T>>();
  #isFilled = false;

  constructor(options: DerivedCacheOptions<T>) {
    const { definition, upstream, metrics, memory = new CacheMemory(), historyChanges } = options;
    const observer = createCacheMetrics(metrics).of(definition);
    super(definition, { revisions: upstream, memory, historyChanges, observer, isLengthKnown: false });
  }

  replace(owner: string, objects: readonly T[] | Derivation<T>, since: Revision): void {
    const derive = typeof objects === 'function' ? objects : (): readonly T[] => objects;
    const source = new DerivedSource(derive, this.form);
    this.#pending.set(owner, { source, since, ...this.#compared(source) });
  }

  compute(owner: string, derive: Derivation<T>): boolean {
    if (this.#pending.has(owner)) return false;
    this.#owned.get(owner)?.deriveBy(derive);
    return true;
  }

  owners(): Iterable<string> {
    return this.#owned.keys();
  }

  show(revision: Revision): void {
    if (this.#isFilled) this.#showDifferences(revision);
    else this.#fillWith(revision);
    for (const [owner, { source }] of this.#pending) {
      this.#owned.get(owner)?.retire();
      if (source.keys.length === 0) this.#owned.delete(owner);
      else this.#owned.set(owner, source);
    }
    this.#pending.clear();
  }

  /** One owner at a time, so that not all objects are in memory at once. */
  #fillWith(revision: Revision): void {
    for (const { source, since } of this.#pending.values()) {
      this.fill(source.keys.map((key) => new DerivedEntry(key, source, Math.min(since, revision - 1), this.form)));
    }
    this.#isFilled = true;
    this.filled(revision);
  }

  #showDifferences(revision: Revision): void {
    const changes = [...this.#differences()];
    const isNewest = ([key]: readonly [string, unknown]): boolean => this.entry(key)?.revision === revision - 1;
    const ordered = [...changes.filter((change) => !isNewest(change)), ...changes.filter(isNewest)];
    ordered.forEach(([key, source], index) => {
      const version = index === ordered.length - 1 ? revision : revision - 1;
      const entry = source === undefined ? undefined : new DerivedEntry(key, source, version, this.form);
      this.apply(key, entry, revision, version);
    });
  }

  /** Compared when it is replaced, which is done in slices; `show` then need not compute anything. */
  #compared(source: DerivedSource<T>): Pick<Replacement<T>, 'equal' | 'reborn'> {
    const equal = new Set<DerivedEntry<T>>();
    const reborn = new Set<string>();
    for (const key of source.keys) {
      const shown = this.#shown(key);
      if (shown === undefined) continue;
      const [before, now] = [shown.source.object(key), source.object(key)];
      if (deepEqual(before, now)) equal.add(shown);
      else if (before.metadata.uid !== now.metadata.uid) reborn.add(key);
    }
    return { equal, reborn };
  }

  /** The pending changes by key: a new state, or undefined for a deletion. */
  *#differences(): Generator<readonly [string, DerivedSource<T> | undefined], void, undefined> {
    const wanted = new Map<string, Replacement<T>>();
    for (const one of this.#pending.values()) for (const key of one.source.keys) wanted.set(key, one);
    for (const owner of this.#pending.keys()) {
      for (const key of this.#owned.get(owner)?.keys ?? []) if (!wanted.has(key)) yield [key, undefined];
    }
    for (const [key, { source, equal, reborn }] of wanted) {
      const shown = this.#shown(key);
      if (shown !== undefined && equal.has(shown)) {
        // The entry must not keep the old source and its data alive.
        shown.source = source;
        continue;
      }
      if (reborn.has(key)) yield [key, undefined];
      yield [key, source];
    }
  }

  #shown(key: string): DerivedEntry<T> | undefined {
    const entry = this.entry(key);
    return entry instanceof DerivedEntry ? (entry as DerivedEntry<T>) : undefined;
  }
}
