/** One watch's queue: what was offered and not yet taken, bounded. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { Change } from './change.ts';
import type { WatchEvent, WatchSubscription } from './contract.ts';
import type { Selector } from './selection.ts';

export interface SubscriptionHost {
  /** What the cache shows now. */
  revision(): Revision;
  /** Have `wake` called soon, together with all others that ask for it in this turn of the event loop. */
  wakeLater(subscription: { wake(): void }): void;
  remove(subscription: unknown): void;
  cutOff(): void;
}

export class Subscription<T extends KubeObject> implements WatchSubscription<T> {
  readonly selector: Selector<T>;
  readonly #host: SubscriptionHost;
  #maxBacklog: number;
  #queue: WatchEvent<T>[] = [];
  /** May lie in the future: nothing is seen until then. */
  readonly #after: Revision;
  #taken: Revision;
  #ended: 'backlog' | 'stopped' | undefined;
  #listener: (() => void) | undefined;

  constructor(host: SubscriptionHost, selector: Selector<T>, after: Revision, maxBacklog: number) {
    this.#host = host;
    this.selector = selector;
    this.#after = after;
    this.#taken = after;
    this.#maxBacklog = maxBacklog;
  }

  /** What happened before the watch began: counts for nothing against the backlog. */
  replay(changes: Iterable<Change<T>>): void {
    for (const change of changes) {
      const event = this.#selects(change.key) ? change.eventFor(this.selector.matches) : undefined;
      if (event !== undefined) this.#queue.push(event);
    }
    this.#maxBacklog += this.#queue.length;
  }

  offer(change: Change<T>): void {
    if (this.#ended !== undefined || change.revision <= this.#after) return;
    const event = change.eventFor(this.selector.matches);
    if (event === undefined) return;
    if (this.#queue.length >= this.#maxBacklog) {
      this.#host.cutOff();
      this.end('backlog');
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length === 1) this.#host.wakeLater(this);
  }

  end(reason: 'backlog' | 'stopped'): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#queue = [];
    this.#host.remove(this);
    this.#host.wakeLater(this);
  }

  wake(): void {
    this.#listener?.();
  }

  take(): readonly WatchEvent<T>[] {
    const events = this.#queue;
    const last = events.at(-1);
    // Never the queue itself: the reader keeps what it is given.
    if (last === undefined) return [];
    this.#queue = [];
    this.#taken = last.revision;
    return events;
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
    if (this.#queue.length > 0 || this.#ended !== undefined) this.#host.wakeLater(this);
  }

  revision(): Revision {
    const everythingTaken = this.#queue.length === 0 && this.#ended === undefined;
    if (everythingTaken) this.#taken = Math.max(this.#taken, this.#host.revision());
    return this.#taken;
  }

  ended(): 'backlog' | 'stopped' | undefined {
    return this.#ended;
  }

  close(): void {
    this.#listener = undefined;
    this.#queue = [];
    this.#ended ??= 'stopped';
    this.#host.remove(this);
  }

  #selects(key: string): boolean {
    const { namespace, name } = this.selector;
    return (
      (namespace === undefined || key.startsWith(`${namespace}/`)) &&
      (name === undefined || key === name || key.endsWith(`/${name}`))
    );
  }
}
