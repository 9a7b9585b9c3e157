import { CompactedError, type Change, type Commit, type Progress, type Revision } from '../contract.ts';
import type { Keys } from './keys.ts';
import { replaced } from './origin.ts';
import type { WatchEvent, WatchResponse } from './proto.ts';

/** The member ended the watch for this reason. */
export class WatchCancelledError extends Error {
  constructor(reason: string) {
    super(`etcd ended the watch: ${reason === '' ? 'it gave no reason' : reason}`);
    this.name = 'WatchCancelledError';
  }
}

/** Makes whole commits of what a watch is told. */
export class WatchAssembler {
  readonly #keys: Keys;
  #place: Revision;
  /** The events of a revision that may go on in the next fragment. */
  #held: readonly WatchEvent[] = [];

  /** @param after everything up to here is known */
  constructor(keys: Keys, after: Revision) {
    this.#keys = keys;
    this.#place = after;
  }

  /** Everything up to here was given. A watch that is opened again goes on after it. */
  get place(): Revision {
    return this.#place;
  }

  /** A new stream begins: what was not complete comes again. */
  restart(): void {
    this.#held = [];
  }

  /**
   * The commits that this response completes, or the progress that it tells.
   * @throws CompactedError if what comes next is no longer kept
   * @throws StorageLostError if all objects are being replaced
   * @throws WatchCancelledError if the watch was ended
   */
  take(response: WatchResponse): (Commit | Progress)[] {
    if (response.compactRevision > 0) throw new CompactedError(this.#place, response.compactRevision);
    if (response.canceled) throw new WatchCancelledError(response.cancelReason);
    if (response.created) return [];
    if (response.events.length === 0 && this.#held.length === 0) return this.#progress(response);
    const events = this.#held.length === 0 ? response.events : [...this.#held, ...response.events];
    const whole = response.fragment ? wholeRevisions(events) : events.length;
    this.#held = events.slice(whole);
    return this.#commits(events.slice(0, whole));
  }

  #progress({ header }: WatchResponse): Progress[] {
    const revision = header?.revision ?? 0;
    if (revision <= this.#place) return [];
    this.#place = revision;
    return [{ type: 'progress', revision }];
  }

  #commits(events: readonly WatchEvent[]): Commit[] {
    const commits: Commit[] = [];
    let changes: { readonly bytes: Buffer; readonly change: Change }[] = [];
    events.forEach((event, index) => {
      const revision = event.kv?.modRevision ?? 0;
      if (event.kv === undefined || revision <= this.#place) return;
      // It comes before the first change of those who replace all objects.
      if (event.kv.key.equals(this.#keys.origin)) throw replaced(this.#keys);
      changes.push({ bytes: event.kv.key, change: this.#change(event.type, event.kv) });
      if (events[index + 1]?.kv?.modRevision === revision) return;
      changes.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
      commits.push({ type: 'commit', revision, changes: changes.map(({ change }) => change) });
      changes = [];
      this.#place = revision;
    });
    return commits;
  }

  #change(type: number, { key, value, modRevision }: NonNullable<WatchEvent['kv']>): Change {
    const named = { key: this.#keys.inContract(key), revision: modRevision };
    return type === 0 ? { type: 'put', ...named, value } : { type: 'delete', ...named };
  }
}

/** How many of a fragment's events are surely all of their revisions: those before its last revision. */
function wholeRevisions(events: readonly WatchEvent[]): number {
  const last = events.at(-1)?.kv?.modRevision;
  return Math.max(
    events.findIndex((event) => event.kv?.modRevision === last),
    0,
  );
}
