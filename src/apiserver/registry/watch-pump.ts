/** Carries a watch's events to its reader: as fast as the reader takes them, and no faster. */
import type { KubeObject } from '../../meta/object.ts';
import { expired, internalError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { UnsentBytes } from '../flowcontrol/unsent.ts';
import { initialEventsEnd, type WatchEncoder } from '../negotiation/index.ts';
import type { WatchEvent } from '../watchcache/contract.ts';
import { addedEvent } from '../watchcache/index.ts';
import type { WatchSource } from './watch-source.ts';

/** Where the lines go. */
export interface WatchSink {
  /** False: enough for now, until `onDrain` is called. */
  write(lines: readonly Buffer[]): boolean;
  onDrain: () => void;
  /** No more will come. */
  end(): void;
}

/** About so many bytes are written at once. */
const batchBytes = 64 * 1024;
const longLine = 64 * 1024;
const bookmarkEveryMs = 60_000;
/** Before the watch's own end, so that its last bookmark is as new as can be. Source: cacher nextBookmarkTime. */
const bookmarkBeforeEndMs = 2_000;

export class WatchPump<T extends KubeObject> {
  readonly #source: WatchSource<T>;
  readonly #encoder: WatchEncoder<T>;
  readonly #sink: WatchSink;
  readonly #clock: Clock;
  readonly #sent: (events: number) => void;
  readonly #first: number;
  readonly #deadline: number;
  readonly #onEnd: (failure: unknown) => void;
  readonly #turns: Turns;
  readonly #unsent: UnsentBytes | undefined;
  readonly #stopped = new AbortController();
  #isWaiting = false;
  #initialAt = 0;
  #initialDone: boolean;
  #blocked = false;
  #bookmarkDue = false;
  #ended = false;
  #cancelTimeout: () => void = () => undefined;
  #cancelBookmark: () => void = () => undefined;

  /** @param timeoutMs after which the watch ends by itself */
  constructor(
    source: WatchSource<T>,
    to: { readonly encoder: WatchEncoder<T>; readonly sink: WatchSink; readonly sent: (events: number) => void },
    time: {
      readonly clock: Clock;
      readonly turns: Turns;
      readonly unsent: UnsentBytes | undefined;
      readonly timeoutMs: number;
      readonly onEnd: (failure: unknown) => void;
    },
  ) {
    this.#source = source;
    this.#encoder = to.encoder;
    this.#sink = to.sink;
    this.#sent = to.sent;
    this.#clock = time.clock;
    this.#onEnd = time.onEnd;
    this.#turns = time.turns;
    this.#unsent = time.unsent;
    this.#first = source.subscription.revision();
    this.#initialDone = source.initial === undefined;
    this.#deadline = time.clock.monotonic() + time.timeoutMs;
  }

  start(): void {
    const { subscription, options } = this.#source;
    this.#sink.onDrain = () => {
      this.#blocked = false;
      this.#pump();
    };
    subscription.onReady(() => {
      this.#pump();
    });
    this.#cancelTimeout = this.#clock.after(this.#deadline - this.#clock.monotonic(), () => {
      this.stop();
    });
    if (options.allowWatchBookmarks) this.#planBookmark();
    this.#pump();
  }

  /** Ends the stream; nothing is sent any more. @param failure what it was that went wrong, if anything */
  stop(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopped.abort();
    this.#cancelTimeout();
    this.#cancelBookmark();
    this.#source.subscription.close();
    this.#sink.end();
    this.#onEnd(failure);
  }

  /** Called from timers and events: whatever fails in here must end this watch alone. */
  #pump(): void {
    try {
      this.#carry();
    } catch (error) {
      this.#sink.write([this.#encoder.error(internalError(error).status)]);
      this.stop(error);
    }
  }

  #carry(): void {
    while (!this.#ended && !this.#blocked && !this.#isWaiting) {
      if (!this.#initialDone && this.#turns.due()) {
        this.#waitForTurn();
        break;
      }
      const lines = this.#initialDone ? this.#changes() : this.#initialLines();
      if (lines.length > 0) this.#blocked = !this.#sink.write(lines);
      else if (this.#initialDone) break;
    }
    const end = this.#source.subscription.ended();
    if (this.#ended || end === undefined) return;
    // Also to a reader who is not reading: it is the last thing put in its way.
    if (end === 'backlog') this.#sink.write([this.#encoder.error(tooSlow)]);
    this.stop();
  }

  /** This turn of the event loop has been worked in for long enough: the initial events go on in another. */
  #waitForTurn(): void {
    this.#isWaiting = true;
    const goOn = (): void => {
      this.#isWaiting = false;
      this.#pump();
    };
    this.#turns.next(this.#stopped.signal).then(goOn, () => undefined);
  }

  /** None where it is time for others to work, before all have been looked at. */
  #initialLines(): Buffer[] {
    const { initial, options } = this.#source;
    const { objects, matches } = initial ?? { objects: [], matches: undefined };
    const lines: Buffer[] = [];
    let bytes = 0;
    for (; this.#initialAt < objects.length && bytes < batchBytes && !this.#turns.due(); this.#initialAt += 1) {
      const object = objects[this.#initialAt];
      if (object === undefined || matches?.(object) === false) continue;
      bytes += push(lines, this.#line(addedEvent(object)));
    }
    this.#sent(lines.length);
    if (this.#initialAt < objects.length) return lines;
    this.#initialDone = true;
    if (options.allowWatchBookmarks) {
      lines.push(this.#encoder.bookmark(String(this.#first), { [initialEventsEnd]: 'true' }));
    }
    return lines.length > 0 ? lines : this.#changes();
  }

  #changes(): Buffer[] {
    const { subscription } = this.#source;
    // What cannot be written yet stays where it counts as backlog.
    const lines = subscription.take(batchBytes).map((event) => this.#line(event));
    this.#sent(lines.length);
    if (lines.length === 0 && this.#bookmarkDue) {
      this.#bookmarkDue = false;
      const revision = subscription.revision();
      // A watch may wait for a version that is still to come: it must not be told that it has been reached.
      if (revision <= this.#source.shown()) lines.push(this.#encoder.bookmark(String(revision)));
    }
    return lines;
  }

  /** A long one is the same for all watches that have yet to send it. */
  #line(event: WatchEvent<T>): Buffer {
    const line = this.#encoder.event(event);
    if (this.#unsent === undefined || line.length < longLine) return line;
    return this.#unsent.share(event.object, line);
  }

  #planBookmark(): void {
    const now = this.#clock.monotonic();
    const next = Math.min(now + bookmarkEveryMs, this.#deadline - bookmarkBeforeEndMs);
    if (next <= now) return;
    this.#cancelBookmark = this.#clock.after(next - now, () => {
      this.#bookmarkDue = true;
      this.#planBookmark();
      this.#pump();
    });
  }
}

const tooSlow = expired('the watch was too slow: its events were no longer kept for it').status;

function push(lines: Buffer[], line: Buffer): number {
  lines.push(line);
  return line.length;
}
