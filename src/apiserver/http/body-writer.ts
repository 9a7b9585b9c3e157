/** Writes the body of a large answer: no faster than its client reads. */
import type { Writable } from 'node:stream';
import type { Exchange } from './contract.ts';

/** Bytes that may wait to be sent. A connection of HTTP/2 has many streams, and one memory for all of them. */
const window = { http1: 1024 * 1024, http2: 64 * 1024 };
const sliceBytes = 128 * 1024;

export class BodyWriter {
  readonly #exchange: Exchange;
  readonly #output: Writable;
  readonly #window: number;
  #unsent = 0;

  constructor(exchange: Exchange) {
    const { response } = exchange;
    this.#exchange = exchange;
    this.#output = response;
    this.#window = 'stream' in response ? window.http2 : window.http1;
    exchange.answerBytes = 0;
  }

  /**
   * @returns absent where more may be written at once; else when there is room again. Rejects with the signal's reason
   *          where there never will be
   */
  write(piece: Buffer): Promise<void> | undefined {
    this.#exchange.answerBytes = (this.#exchange.answerBytes ?? 0) + piece.length;
    this.#unsent += piece.length;
    if (this.#output.write(piece)) {
      this.#unsent = 0;
      return undefined;
    }
    return this.#unsent < this.#window ? undefined : this.#drained();
  }

  end(): void {
    this.#output.end();
  }

  #drained(): Promise<void> {
    const { signal } = this.#exchange;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#output.off('drain', onDrain);
        signal.removeEventListener('abort', onAbort);
      };
      const onDrain = (): void => {
        settle();
        this.#unsent = 0;
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
      }
    });
  }
}

/** Parts of the same memory. */
export function* slicesOf(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; start += sliceBytes) yield bytes.subarray(start, start + sliceBytes);
}
