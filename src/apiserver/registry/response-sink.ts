/** Writes a watch's lines to an HTTP response. */
import { ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { Series } from '../../runtime/distribution.ts';
import type { UnsentBytes, UnsentStream } from '../flowcontrol/unsent.ts';
import type { Response } from '../exchange.ts';
import { cutShort, SlowClientError } from '../http/cut-short.ts';
import type { WatchSink } from './watch-pump.ts';

/** How long a stalled client may take to receive the end of the stream, in milliseconds. */
const farewellMs = 10_000;
/**
 * How many bytes are written at once. A client that does not read holds this much memory twice (TLS keeps its own
 * copy). The streams of one HTTP/2 connection share 10 MB; beyond that, Node ends them.
 */
const slices = { http1: 64 * 1024, http2: 16 * 1024 };

/** The sink of a watch over HTTP: writes in slices, waits for the client, and counts unsent bytes. */
export class ResponseSink implements WatchSink {
  readonly #response: Response;
  readonly #clock: Clock;
  readonly #sizes: Series;
  readonly #unsent: UnsentStream | undefined;
  /** Lines not yet written. Of the first one, the first #offset bytes are written. */
  #lines: Buffer[] = [];
  #offset = 0;
  readonly #sliceBytes: number;
  #isBlocked = false;
  #isEnding = false;
  #closed = false;
  onDrain: () => void = () => undefined;

  /** @param options.onCut called when the client is cut off because too much waits for clients that do not read */
  constructor(
    response: Response,
    options: {
      readonly clock: Clock;
      readonly sizes: Series;
      readonly unsent: UnsentBytes | undefined;
      readonly onCut: () => void;
    },
  ) {
    this.#response = response;
    this.#sliceBytes = 'stream' in response ? slices.http2 : slices.http1;
    this.#clock = options.clock;
    this.#sizes = options.sizes;
    this.#unsent = options.unsent?.follow(() => {
      options.onCut();
      cutShort(this.#response, new SlowClientError());
    });
    response.on('drain', () => {
      this.#unsent?.sent();
      this.#isBlocked = false;
      if (this.#flush()) this.onDrain();
    });
    response.once('close', () => {
      this.#closed = true;
      this.#lines = [];
      this.#unsent?.end();
    });
  }

  write(lines: readonly Buffer[]): boolean {
    if (lines.length === 0 || this.#closed) return false;
    for (const line of lines) this.#sizes.observe(line.length);
    this.#lines.push(...lines);
    return this.#flush();
  }

  end(): void {
    this.onDrain = () => undefined;
    if (this.#closed) return;
    const cancel = this.#clock.after(farewellMs, () => {
      cutShort(this.#response, new SlowClientError());
    });
    this.#response.once('close', cancel);
    this.#isEnding = true;
    this.#flush();
  }

  /** @returns whether everything has been written and more may come */
  #flush(): boolean {
    while (this.#lines.length > 0 && !this.#isBlocked && !this.#closed) {
      const slice = this.#slice();
      if (writeTo(this.#response, slice)) continue;
      this.#isBlocked = true;
      this.#unsent?.waiting(slice.length);
    }
    for (const line of this.#lines) this.#unsent?.keep(line);
    if (this.#isEnding && this.#lines.length === 0 && !this.#closed) this.#response.end();
    return !this.#isBlocked && !this.#closed;
  }

  /** What is written next: whole lines, or a part of a long one. */
  #slice(): Buffer {
    const whole: Buffer[] = [];
    let bytes = 0;
    for (const line of this.#lines) {
      if (this.#offset > 0 || bytes + line.length > this.#sliceBytes) break;
      whole.push(line);
      bytes += line.length;
    }
    if (whole.length > 0) {
      this.#take(whole.length);
      const [first] = whole;
      return whole.length === 1 && first !== undefined ? first : Buffer.concat(whole, bytes);
    }
    const [long = Buffer.alloc(0)] = this.#lines;
    const slice = long.subarray(this.#offset, this.#offset + this.#sliceBytes);
    this.#offset += slice.length;
    if (this.#offset >= long.length) {
      this.#offset = 0;
      this.#take(1);
    }
    return slice;
  }

  #take(count: number): void {
    for (const line of this.#lines.splice(0, count)) this.#unsent?.release(line);
  }
}

/** The two kinds of response declare the same method in ways that do not unite. */
function writeTo(response: Response, bytes: Buffer): boolean {
  return response instanceof ServerResponse ? response.write(bytes) : response.write(bytes);
}
