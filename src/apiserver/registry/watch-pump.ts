/** Sends a watch's events to its reader, no faster than the reader takes them. */
import type { KubeObject } from '../../meta/object.ts';
import { expired, internalError, StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { UnsentBytes } from '../flowcontrol/unsent.ts';
import { initialEventsEnd, type WatchEncoder } from '../negotiation/index.ts';
import type { WatchEvent } from '../watchcache/contract.ts';
import { addedEvent } from '../watchcache/index.ts';
import type { WatchSource } from './watch-source.ts';

/** Takes the encoded lines of a watch to its client. */
export interface WatchSink {
  /** Returns false if the writer should wait for `onDrain`. */
  write(lines: readonly Buffer[]): boolean;
  onDrain: () => void;
  /** Ends the stream; nothing is written after it. */
  end(): void;
}

/** Roughly how many bytes are written at once. */
const batchBytes = 64 * 1024;
const longLine = 64 * 1024;
const bookmarkEveryMs = 60_000;
/**
 * How long before the watch's end its last bookmark is sent, so that it is as new as possible. Source: cacher
 * nextBookmarkTime.
 */
const bookmarkBeforeEndMs = 2_000;

/** Runs one watch: initial events, changes, bookmarks and the end. */
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
  /** The events of the batch that is being made: those before one that cannot be shown are sent. */
  #batch: Buffer[] = [];
  #initialAt = 0;
  #initialDone: boolean;
  #blocked = false;
  #bookmarkDue = false;
  #ended = false;
  #cancelTimeout: () => void = () => undefined;
  #cancelBookmark: () => void = () => undefined;

  /** @param timeoutMs how long the watch runs, in milliseconds */
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

  /** Ends the stream; nothing is sent after it. @param failure the error that ended it, if any */
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

  /** Called from timers and events: a failure here must end only this watch. */
  #pump(): void {
    try {
      this.#carry();
    } catch (error) {
      const { status } = error instanceof StatusError ? error : internalError(error);
      this.#sent(this.#batch.length);
      this.#sink.write([...this.#batch, this.#encoder.error(status)]);
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
      this.#batch = [];
      if (lines.length > 0) this.#blocked = !this.#sink.write(lines);
      else if (this.#initialDone) break;
    }
    const end = this.#source.subscription.ended();
    if (this.#ended || end === undefined) return;
    // Written even if the reader is not reading: it is the last event of the stream.
    if (end === 'backlog') this.#sink.write([this.#encoder.error(tooSlow)]);
    this.stop();
  }

  /** This turn of the event loop has used its time; the initial events continue in a later turn. */
  #waitForTurn(): void {
    this.#isWaiting = true;
    const goOn = (): void => {
      this.#isWaiting = false;
      this.#pump();
    };
    this.#turns.next(this.#stopped.signal).then(goOn, () => undefined);
  }

  /** Returns no lines if the turn is over before any object matched. */
  #initialLines(): Buffer[] {
    const { initial, options } = this.#source;
    const { objects, matches } = initial ?? { objects: [], matches: undefined };
    const lines: Buffer[] = (this.#batch = []);
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
    // Events that cannot be written yet stay in the subscription, where they count as backlog.
    const lines: Buffer[] = (this.#batch = []);
    for (const event of subscription.take(batchBytes)) lines.push(this.#line(event));
    this.#sent(lines.length);
    if (lines.length === 0 && this.#bookmarkDue) {
      this.#bookmarkDue = false;
      const revision = subscription.revision();
      // A watch may start at a future version; a bookmark must not say that it has been reached.
      if (revision <= this.#source.shown()) lines.push(this.#encoder.bookmark(String(revision)));
    }
    return lines;
  }

  /** A long line is shared by all watches that still have to send it. */
  #line(event: WatchEvent<T>): Buffer {
    const line = this.#encoder.event(event);
    if (this.#unsent === undefined || line.length < longLine) return line;
    return this.#unsent.share(event.object, line);
  }

  /** @param last when the bookmark before was due; timers may fire a little early, and then it would come twice */
  #planBookmark(last = this.#clock.monotonic()): void {
    const next = Math.min(last + bookmarkEveryMs, this.#deadline - bookmarkBeforeEndMs);
    if (next <= last) return;
    this.#cancelBookmark = this.#clock.after(Math.max(0, next - this.#clock.monotonic()), () => {
      this.#bookmarkDue = true;
      this.#planBookmark(next);
      this.#pump();
    });
  }
}

const tooSlow = expired('the watch was too slow: its events were no longer kept for it').status;

function push(lines: Buffer[], line: Buffer): number {
  lines.push(line);
  return line.length;
}
