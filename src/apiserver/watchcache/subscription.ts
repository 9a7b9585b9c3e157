/** One watch's bounded queue of events that its reader has not taken yet. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { Change } from './change.ts';
import type { WatchEvent, WatchQuery, WatchSubscription } from './contract.ts';
import type { Selector } from './selection.ts';

/** What a subscription needs from its cache. */
export interface SubscriptionHost {
  /** The revision that the cache shows now. */
  revision(): Revision;
  /** Calls `wake` soon, together with all others requested in this turn of the event loop. */
  wakeLater(subscription: { wake(): void }): void;
  remove(subscription: unknown): void;
  cutOff(): void;
}

/**
 * Limits for waiting events. Events from the history at the start do not count, and one event may always wait, whatever
 * its size.
 */
interface BacklogLimits {
  readonly events: number;
  /** Bytes of the events' objects as JSON; counted for each watch although watches share them. */
  readonly bytes: number;
}

const defaultBacklog: BacklogLimits = { events: 10_000, bytes: 16 * 1024 * 1024 };

/** The limits that a watch asks for, or those of all others. */
export function backlogOf({ maxBacklog, maxBacklogBytes }: WatchQuery): BacklogLimits {
  const bytes = maxBacklog === Number.POSITIVE_INFINITY ? maxBacklog : defaultBacklog.bytes;
  return { events: maxBacklog ?? defaultBacklog.events, bytes: maxBacklogBytes ?? bytes };
}

/** The queue of one watch. */
export class Subscription<T extends KubeObject> implements WatchSubscription<T> {
  readonly selector: Selector<T>;
  readonly #host: SubscriptionHost;
  readonly #limits: BacklogLimits;
  #queue: WatchEvent<T>[] = [];
  /** How many events at the head of the queue came from the history. */
  #replayed = 0;
  /** Bytes of the events after those. */
  #bytes = 0;
  /** May lie in the future: earlier changes are not delivered. */
  readonly #after: Revision;
  #taken: Revision;
  #ended: 'backlog' | 'stopped' | undefined;
  #listener: (() => void) | undefined;

  constructor(host: SubscriptionHost, selector: Selector<T>, after: Revision, limits: BacklogLimits) {
    this.#host = host;
    this.selector = selector;
    this.#after = after;
    this.#taken = after;
    this.#limits = limits;
  }

  /** Adds the changes from before the watch began; they do not count as backlog. */
  replay(changes: Iterable<Change<T>>): void {
    for (const change of changes) {
      const event = this.#selects(change.key) ? change.eventFor(this.selector.matches) : undefined;
      if (event !== undefined) this.#queue.push(event);
    }
    this.#replayed = this.#queue.length;
  }

  offer(change: Change<T>): void {
    if (this.#ended !== undefined || change.revision <= this.#after) return;
    const event = change.eventFor(this.selector.matches);
    if (event === undefined) return;
    const waiting = this.#queue.length - this.#replayed;
    const bytes = this.#bytes + bytesOf(event);
    if (waiting >= this.#limits.events || (waiting > 0 && bytes > this.#limits.bytes)) {
      this.#host.cutOff();
      this.end('backlog');
      return;
    }
    this.#queue.push(event);
    this.#bytes = bytes;
    if (this.#queue.length === 1) this.#host.wakeLater(this);
  }

  end(reason: 'backlog' | 'stopped'): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#clear();
    this.#host.remove(this);
    this.#host.wakeLater(this);
  }

  wake(): void {
    this.#listener?.();
  }

  take(bytes = Number.POSITIVE_INFINITY): readonly WatchEvent<T>[] {
    let count = 0;
    for (let sum = 0; count < this.#queue.length && sum < bytes; count += 1) {
      const event = this.#queue[count];
      const size = event === undefined ? 0 : bytesOf(event);
      sum += size;
      if (count >= this.#replayed) this.#bytes -= size;
    }
    this.#replayed = Math.max(0, this.#replayed - count);
    const events = this.#queue.splice(0, count);
    const last = events.at(-1);
    // Several events may share a revision; it is reached with the last of them.
    if (last !== undefined && this.#queue[0]?.revision !== last.revision) this.#taken = last.revision;
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
    this.#clear();
    this.#ended ??= 'stopped';
    this.#host.remove(this);
  }

  #clear(): void {
    this.#queue = [];
    this.#replayed = 0;
    this.#bytes = 0;
  }

  #selects(key: string): boolean {
    const { namespace, name } = this.selector;
    return (
      (namespace === undefined || key.startsWith(`${namespace}/`)) &&
      (name === undefined || key === name || key.endsWith(`/${name}`))
    );
  }
}

function bytesOf<T extends KubeObject>({ object }: WatchEvent<T>): number {
  return object.size;
}
