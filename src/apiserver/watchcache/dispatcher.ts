/** Which watches a change concerns: by exact object, by namespace, or all; the others are not even looked at. */
import type { KubeObject } from '../../meta/object.ts';
import type { Change } from './change.ts';
import { objectKey, splitObjectKey } from './keys.ts';
import type { Selector } from './selection.ts';
import type { Subscription } from './subscription.ts';

const everywhere = '';

export class Dispatcher<T extends KubeObject> {
  readonly #namespaced: boolean;
  readonly #byKey = new Map<string, Set<Subscription<T>>>();
  /** Under '' those that watch all namespaces (or a cluster-scoped resource). */
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

  /** Wakes come together at the end of the event loop's turn: what changed in one turn goes out in one write. */
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

/** Milliseconds after which the rest is woken in the next turn of the event loop: there may be thousands. */
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
