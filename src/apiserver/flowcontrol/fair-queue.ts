/**
 * Requests that wait, in one queue for each user: whoever has had least comes next. Start-time fair queueing (Goyal, Vin and
 * Cheng, 1996): a user's next request has a start in virtual time, which moves on with the cost of each request that
 * begins.
 */

/** A request that waits. */
export interface Queued {
  readonly user: string;
  /** In units of one get. */
  readonly cost: number;
}

interface Node<Entry> {
  readonly entry: Entry;
  readonly queue: UserQueue<Entry>;
  before: Node<Entry> | undefined;
  after: Node<Entry> | undefined;
}

interface UserQueue<Entry> {
  readonly user: string;
  first: Node<Entry> | undefined;
  last: Node<Entry> | undefined;
  length: number;
  /** Of all that wait in it. */
  cost: number;
  /** When its first request starts, in virtual time. */
  start: number;
}

const leastSweep = 1000;

/** The queues of all users. All but `next` and `newestOfLongest`, which look at each user who waits, take constant time. */
export class FairQueue<Entry extends Queued> {
  /** Of users who wait. */
  readonly #queues = new Map<string, UserQueue<Entry>>();
  /** Where in virtual time the next request would start, of users who do not wait. */
  readonly #starts = new Map<string, number>();
  readonly #nodes = new Map<Entry, Node<Entry>>();
  /** Virtual time: the start of the last request that began. */
  #now = 0;
  /** So many users who do not wait are looked through for those whose start has passed. */
  #sweepAt = leastSweep;

  get length(): number {
    return this.#nodes.size;
  }

  /** How many users wait. */
  get users(): number {
    return this.#queues.size;
  }

  lengthOf(user: string): number {
    return this.#queues.get(user)?.length ?? 0;
  }

  /** What all that waits of a user costs. */
  costOf(user: string): number {
    return this.#queues.get(user)?.cost ?? 0;
  }

  /** A request begins without waiting, while nobody waits. */
  charge({ user, cost }: Queued): void {
    const start = Math.max(this.#now, this.#starts.get(user) ?? 0);
    this.#now = start;
    this.#starts.set(user, start + cost);
  }

  add(entry: Entry): void {
    let queue = this.#queues.get(entry.user);
    if (queue === undefined) {
      const { user } = entry;
      const start = Math.max(this.#now, this.#starts.get(user) ?? 0);
      this.#queues.set(user, (queue = { user, first: undefined, last: undefined, length: 0, cost: 0, start }));
      this.#starts.delete(user);
    }
    const node: Node<Entry> = { entry, queue, before: queue.last, after: undefined };
    if (queue.last === undefined) queue.first = node;
    else queue.last.after = node;
    queue.last = node;
    queue.length += 1;
    queue.cost += entry.cost;
    this.#nodes.set(entry, node);
  }

  /** The request that comes next, which stays in its queue. @param mayBegin users for whom it is false are left out */
  next(mayBegin: (entry: Entry) => boolean): Entry | undefined {
    let best: UserQueue<Entry> | undefined;
    for (const queue of this.#queues.values()) {
      if (best !== undefined && queue.start >= best.start) continue;
      if (queue.first !== undefined && mayBegin(queue.first.entry)) best = queue;
    }
    return best?.first?.entry;
  }

  /** The first request of a user begins. */
  begin(entry: Entry): void {
    const queue = this.#queues.get(entry.user);
    if (queue === undefined) return;
    this.#now = Math.max(this.#now, queue.start);
    queue.start += entry.cost;
    this.remove(entry);
  }

  /** A request leaves its queue without having begun. @returns false if it was in none */
  remove(entry: Entry): boolean {
    const node = this.#nodes.get(entry);
    if (node === undefined) return false;
    this.#nodes.delete(entry);
    const { queue, before, after } = node;
    if (before === undefined) queue.first = after;
    else before.after = after;
    if (after === undefined) queue.last = before;
    else after.before = before;
    queue.length -= 1;
    queue.cost -= entry.cost;
    if (queue.length === 0) this.#left(queue);
    return true;
  }

  /** The newest request of the longest queue; undefined if nobody waits. */
  newestOfLongest(): Entry | undefined {
    let longest: UserQueue<Entry> | undefined;
    for (const queue of this.#queues.values()) if (queue.length > (longest?.length ?? 0)) longest = queue;
    return longest?.last?.entry;
  }

  /** Nobody waits, and there was time for all: what users have had no longer counts. */
  forget(): void {
    if (this.#nodes.size > 0) return;
    this.#starts.clear();
    this.#now = 0;
  }

  #left({ user, start }: UserQueue<Entry>): void {
    this.#queues.delete(user);
    this.#starts.set(user, start);
    if (this.#starts.size < this.#sweepAt) return;
    for (const [one, at] of this.#starts) if (at <= this.#now) this.#starts.delete(one);
    this.#sweepAt = Math.max(leastSweep, 2 * this.#starts.size);
  }
}
