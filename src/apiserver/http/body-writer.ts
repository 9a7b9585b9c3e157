/** Writes the body of a large answer, no faster than its client reads. */
import type { Writable } from 'node:stream';
import type { UnsentStream } from '../flowcontrol/unsent.ts';
import type { Exchange } from '../exchange.ts';
import { cutShort, SlowClientError } from './cut-short.ts';

/**
 * Bytes that may wait to be sent. An HTTP/2 connection has up to 250 streams and 10 MB of memory for all of them;
 * beyond that, Node ends streams with ENHANCE_YOUR_CALM.
 */
const window = { http1: 512 * 1024, http2: 32 * 1024 };
const sliceBytes = 256 * 1024;

/** Writes one body, and counts the bytes that wait for the client. */
export class BodyWriter {
  readonly #exchange: Exchange;
  readonly #output: Writable;
  readonly #window: number;
  readonly #unsent: UnsentStream | undefined;
  #written = 0;

  constructor(exchange: Exchange) {
    const { response } = exchange;
    this.#exchange = exchange;
    this.#output = response;
    this.#window = 'stream' in response ? window.http2 : window.http1;
    exchange.answerBytes = 0;
    this.#unsent = exchange.unsent?.follow(() => {
      cutShort(response, new SlowClientError());
    });
  }

  /**
   * @returns undefined if more may be written at once; else a promise that resolves when there is room again. It
   *        rejects with the signal's reason if there never will be
   */
  #write(piece: Buffer): Promise<void> | undefined {
    this.#exchange.answerBytes = (this.#exchange.answerBytes ?? 0) + piece.length;
    this.#written += piece.length;
    if (this.#output.write(piece)) {
      this.#written = 0;
      return undefined;
    }
    return this.#written < this.#window ? undefined : this.#drained();
  }

  /** Writes the whole piece, as fast as the client reads. */
  async writeAll(piece: Buffer): Promise<void> {
    for (const slice of slicesOf(piece, Math.min(this.#window, sliceBytes))) {
      const room = this.#write(slice);
      if (room !== undefined) await room;
    }
  }

  end(): void {
    this.#output.end();
  }

  #drained(): Promise<void> {
    const { signal } = this.#exchange;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#unsent?.sent();
        this.#output.off('drain', onDrain);
        signal.removeEventListener('abort', onAbort);
      };
      const onDrain = (): void => {
        settle();
        this.#written = 0;
        resolve();
      };
      const onAbort = (): void => {
        settle();
        reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      else {
        this.#output.on('drain', onDrain);
        signal.addEventListener('abort', onAbort);
        this.#unsent?.waiting(this.#written);
      }
    });
  }
}

/** Slices of the same memory, each of at most `size` bytes. */
export function* slicesOf(bytes: Buffer, size = sliceBytes): Generator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
