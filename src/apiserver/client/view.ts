/**
 * What a client has seen of a resource: fed by one watch on its cache, indexed by labels, and reported to listeners. It
 * holds the cache's states, which are parsed on demand: parsed forms of all objects would be a second cache.
 */
import type { ObjectChange } from '../../clients/contract.ts';
import { LabelIndex } from '../../meta/label-index.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { objectKey } from '../watchcache/index.ts';
import type { CachedObject, ResourceCache, WatchSubscription } from '../watchcache/contract.ts';
import { KnownObjects } from './known-objects.ts';

type Listener<T extends KubeObject> = (change: ObjectChange<T>) => void;

class Change<T extends KubeObject> implements ObjectChange<T> {
  readonly #now: CachedObject<T> | undefined;
  readonly #before: CachedObject<T> | undefined;

  constructor(now: CachedObject<T> | undefined, before: CachedObject<T> | undefined) {
    this.#now = now;
    this.#before = before;
  }

  get object(): Stored<T> | undefined {
    return this.#now?.object;
  }

  get old(): Stored<T> | undefined {
    return this.#before?.object;
  }
}

/** The view of one client. */
export class View<T extends KubeObject> {
  readonly #cache: ResourceCache<T>;
  readonly #index: LabelIndex<CachedObject<T>>;
  readonly #isIndexed: boolean;
  readonly #seen = new KnownObjects<T>();
  readonly #listeners = new Set<Listener<T>>();
  readonly #byName = new Map<string, Set<Listener<T>>>();
  #subscription: WatchSubscription<T> | undefined;
  #pumping = false;

  constructor(cache: ResourceCache<T>, labels: readonly string[]) {
    this.#cache = cache;
    this.#index = new LabelIndex(labels);
    this.#isIndexed = labels.length > 0;
  }

  /** Reports each existing object as a change to the present listeners, and follows changes until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#follow();
    signal.addEventListener('abort', () => this.#subscription?.close(), { once: true });
  }

  get started(): boolean {
    return this.#subscription !== undefined;
  }

  onChange(listener: Listener<T>): () => void {
    // The same listener may be added twice and is then called twice.
    const own: Listener<T> = (change) => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Changes of one object only; changes of others cost these listeners nothing. */
  onChangeOf({ namespace, name }: NamespacedName, listener: Listener<T>): () => void {
    const key = objectKey(namespace, name);
    const own: Listener<T> = (change) => listener(change);
    const listeners = this.#byName.get(key) ?? new Set();
    this.#byName.set(key, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byName.get(key) === listeners) this.#byName.delete(key);
    };
  }

  /** Objects with the label; undefined if that label is not indexed or the view is not started. */
  byLabel(label: string, value: string): readonly Stored<T>[] | undefined {
    if (this.#subscription === undefined) return undefined;
    this.#pump();
    const found = this.#index.get(label, value);
    return found && [...found].map(({ object }) => object);
  }

  /** List and watch in one turn: no change can come between them. */
  #follow(): void {
    const { objects, revision } = this.#cache.list({});
    const subscription = this.#cache.watch({ after: revision, maxBacklog: Number.POSITIVE_INFINITY });
    this.#subscription = subscription;
    subscription.onReady(() => this.#pump());
    this.#cache.passing(() => {
      this.#seen.begin(objects);
      for (const entry of objects) this.#report(entry.key, entry, undefined);
    });
  }

  /** A listener may read, which calls this again: changes it causes are reported after the current one. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let events = this.#take(); events.length > 0; events = this.#take()) {
        for (const { type, object } of events) this.#change(object.key, type === 'DELETED' ? undefined : object);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #take() {
    return this.#subscription?.take() ?? [];
  }

  #change(key: string, now: CachedObject<T> | undefined): void {
    const before = this.#seen.get(key);
    if (now === undefined) this.#seen.delete(key);
    else this.#seen.set(now);
    this.#report(key, now, before);
  }

  #report(key: string, now: CachedObject<T> | undefined, before: CachedObject<T> | undefined): void {
    if (this.#isIndexed) this.#index.replace(key, before?.object, now?.object, now);
    const change = new Change(now, before);
    for (const listener of [...this.#listeners]) listener(change);
    const interested = this.#byName.get(key);
    if (interested !== undefined) for (const listener of [...interested]) listener(change);
  }
}
