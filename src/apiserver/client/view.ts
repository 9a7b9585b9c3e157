/** What a client has seen of a resource: fed by one watch on its cache, indexed by labels, telling listeners. */
import type { ObjectChange } from '../../clients/contract.ts';
import { LabelIndex } from '../../meta/label-index.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { ResourceCache, WatchSubscription } from '../watchcache/contract.ts';

type Listener<T extends KubeObject> = (change: ObjectChange<T>) => void;

export class View<T extends KubeObject> {
  readonly #cache: ResourceCache<T>;
  readonly #index: LabelIndex<T>;
  readonly #seen = new Map<string, Stored<T>>();
  readonly #listeners = new Set<Listener<T>>();
  readonly #byName = new Map<string, Set<Listener<T>>>();
  #subscription: WatchSubscription<T> | undefined;
  #pumping = false;

  constructor(cache: ResourceCache<T>, labels: readonly string[]) {
    this.#cache = cache;
    this.#index = new LabelIndex(labels);
  }

  /** Shows what there is, each object as a change to the listeners there are, and follows until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#follow();
    signal.addEventListener('abort', () => this.#subscription?.close(), { once: true });
  }

  get started(): boolean {
    return this.#subscription !== undefined;
  }

  onChange(listener: Listener<T>): () => void {
    // A listener may be added twice, and each time counts.
    const own: Listener<T> = (change) => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Of one object only: changes of others cost its listeners nothing. */
  onChangeOf({ namespace, name }: NamespacedName, listener: Listener<T>): () => void {
    const key = nameKey(namespace, name);
    const own: Listener<T> = (change) => listener(change);
    const listeners = this.#byName.get(key) ?? new Set();
    this.#byName.set(key, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byName.get(key) === listeners) this.#byName.delete(key);
    };
  }

  /** Undefined where that label is not indexed, or the view not started. */
  byLabel(label: string, value: string): Iterable<Stored<T>> | undefined {
    if (this.#subscription === undefined) return undefined;
    this.#pump();
    return this.#index.get(label, value);
  }

  /** List and watch in one go: nothing can come between them. */
  #follow(): void {
    const { objects, revision } = this.#cache.list({});
    const subscription = this.#cache.watch({ after: revision, maxBacklog: Number.POSITIVE_INFINITY });
    this.#subscription = subscription;
    subscription.onReady(() => this.#pump());
    for (const { key, object } of objects) this.#change(key, object);
  }

  /** Listeners may read, which pumps: what they cause to be seen comes after what they are being told. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let events = this.#take(); events.length > 0; events = this.#take()) {
        for (const { type, object } of events) this.#change(object.key, type === 'DELETED' ? undefined : object.object);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #take() {
    return this.#subscription?.take() ?? [];
  }

  #change(key: string, object: Stored<T> | undefined): void {
    const old = this.#seen.get(key);
    if (object === undefined) this.#seen.delete(key);
    else this.#seen.set(key, object);
    this.#index.replace(key, old, object);
    const change = { ...(object === undefined ? {} : { object }), ...(old === undefined ? {} : { old }) };
    for (const listener of [...this.#listeners]) listener(change);
    const metadata = (object ?? old)?.metadata;
    if (metadata === undefined || this.#byName.size === 0) return;
    const interested = this.#byName.get(nameKey(metadata.namespace ?? '', metadata.name));
    if (interested !== undefined) for (const listener of [...interested]) listener(change);
  }
}

function nameKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
