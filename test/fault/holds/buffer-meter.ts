/** The largest piece of memory that is made or handed to a response, and the most that waits in one response. */
import { ServerResponse } from 'node:http';
import { Http2ServerResponse } from 'node:http2';

export interface BufferMeter {
  /** Starts the measurement again. */
  reset(): void;
  /** Bytes of the largest buffer or text that was made, and what made it. */
  largest(): { readonly bytes: number; readonly by: string };
  /** Most bytes that waited in one response after a write. */
  mostUnsent(): number;
  /** Bytes that were written to responses. */
  written(): number;
}

type Make = (this: unknown, ...given: unknown[]) => unknown;
const makers = ['from', 'concat', 'alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const;

const lengthOf = (made: unknown): number => (typeof made === 'string' || Buffer.isBuffer(made) ? made.length : 0);

/** @throws Error where there is no such function */
function functionOf(holder: object, name: string): Make {
  const found: unknown = Reflect.get(holder, name);
  if (typeof found !== 'function') throw new Error(`there is no function ${name}`);
  return function (...given) {
    return Reflect.apply(found, this, given) as unknown;
  };
}

/** Wraps the functions that make buffers, for as long as the process lives. */
export function startBufferMeter(): BufferMeter {
  let largest = { bytes: 0, by: '' };
  let mostUnsent = 0;
  let written = 0;
  const see = (bytes: number, by: string): void => {
    if (bytes > largest.bytes) largest = { bytes, by };
  };
  const watch = (holder: object, name: string, by: string): void => {
    const make = functionOf(holder, name);
    const watched: Make = function (...given) {
      const made = make.apply(this, given);
      see(lengthOf(made), by);
      return made;
    };
    Object.assign(holder, { [name]: watched });
  };
  for (const name of makers) watch(Buffer, name, `Buffer.${name}`);
  watch(JSON, 'stringify', 'JSON.stringify');

  for (const { prototype } of [ServerResponse, Http2ServerResponse]) {
    for (const name of ['write', 'end'] as const) {
      const write = functionOf(prototype, name);
      const measured = function (this: ServerResponse | Http2ServerResponse, ...given: unknown[]): unknown {
        const [chunk] = given;
        see(lengthOf(chunk), `response.${name}`);
        written += lengthOf(chunk);
        const result = write.apply(this, given);
        mostUnsent = Math.max(mostUnsent, 'stream' in this ? this.stream.writableLength : this.writableLength);
        return result;
      };
      Object.assign(prototype, { [name]: measured });
    }
  }
  const reset = (): void => {
    largest = { bytes: 0, by: '' };
    mostUnsent = 0;
    written = 0;
  };
  return { reset, largest: () => largest, mostUnsent: () => mostUnsent, written: () => written };
}
