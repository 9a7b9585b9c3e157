/** Finds the watches that a change concerns: by exact object, by namespace, or all. Other watches cost nothing. */
import type { KubeObject } from '../../meta/object.ts';
import type { Change } from './change.ts';
import { objectKey, splitObjectKey } from './keys.ts';
import type { Selector } from './selection.ts';
import type { Subscription } from './subscription.ts';

const everywhere = '';

/** Hands each change to the watches of one resource. */
export class Dispatcher<T extends KubeObject> {
  readonly #namespaced: boolean;
  readonly #byKey = new Map<string, Set<Subscription<T>>>();
  /** Watches of all namespaces (or of a cluster-scoped resource) are under ''. */
  readonly #byNamespace = new Map<string, Set<Subscription<T>>>();
  #pending: { wake(): void }[] = [];

  constructor(namespaced: boolean) {
    this.#namespaced = namespaced;
  }

  add(subscription: Subscription<T>): void {
    const { index, at } = this.#shelf(subscription.selector);
    const known = index.get(at);
    if (known === undefined) index.set(at, new Set([subscription]));
    else known.add(subscription);
  }

  remove(subscription: Subscription<T>): void {
    const { index, at } = this.#shelf(subscription.selector);
    const known = index.get(at);
    known?.delete(subscription);
    if (known?.size === 0) index.delete(at);
  }

  dispatch(change: Change<T>): void {
    offer(this.#byNamespace.get(everywhere), change);
    if (this.#namespaced) offer(this.#byNamespace.get(splitObjectKey(change.key).namespace), change);
    offer(this.#byKey.get(change.key), change);
  }

  /** Wakes all sleepers at the end of the event loop's turn, so that the changes of one turn are written together. */
  wakeLater(sleeper: { wake(): void }): void {
    this.#pending.push(sleeper);
    if (this.#pending.length > 1) return;
    setImmediate(() => {
      const due = this.#pending;
      this.#pending = [];
      wakeAll(due, 0);
    });
  }

  endAll(): void {
    for (const index of [this.#byKey, this.#byNamespace]) {
      for (const subscriptions of [...index.values()]) {
        for (const subscription of [...subscriptions]) subscription.end('stopped');
      }
    }
  }

  #shelf({ namespace, name }: Selector<T>): { index: Map<string, Set<Subscription<T>>>; at: string } {
    if (name !== undefined && (!this.#namespaced || namespace !== undefined)) {
      return { index: this.#byKey, at: objectKey(this.#namespaced ? (namespace ?? '') : '', name) };
    }
    return { index: this.#byNamespace, at: this.#namespaced ? (namespace ?? everywhere) : everywhere };
  }
}

/** After this many milliseconds the rest is woken in the next turn: there may be thousands. */
const wakeMs = 5;

function wakeAll(due: readonly { wake(): void }[], from: number): void {
  const end = performance.now() + wakeMs;
  let at = from;
  while (at < due.length && performance.now() < end) {
    due[at]?.wake();
    at += 1;
  }
  if (at < due.length) setImmediate(wakeAll, due, at);
}

function offer<T extends KubeObject>(subscriptions: Set<Subscription<T>> | undefined, change: Change<T>): void {
  if (subscriptions === undefined) return;
  for (const subscription of subscriptions) subscription.offer(change);
}
