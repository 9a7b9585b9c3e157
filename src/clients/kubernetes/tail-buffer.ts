/** Keeps the end of a stream of bytes; what it holds stays below twice the limit. */
export class TailBuffer {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #cut = false;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Small chunks may be windows into large buffers: copied together, they let these go.
    if (this.#size >= 2 * this.#limit || this.#chunks.length >= maxChunks) this.#compact();
  }

  /** As UTF-8. A character that was cut in two is left out; bytes that are none become U+FFFD. */
  text(): string {
    const bytes = this.#compact();
    let start = 0;
    if (this.#cut) while (start < 3 && isContinuation(bytes[start])) start++;
    return bytes.subarray(start).toString('utf8');
  }

  #compact(): Buffer {
    const all = Buffer.concat(this.#chunks);
    const excess = Math.max(0, all.length - this.#limit);
    const kept = excess === 0 ? all : Buffer.from(all.subarray(excess));
    this.#cut ||= excess > 0;
    this.#chunks = [kept];
    this.#size = kept.length;
    return kept;
  }
}

const maxChunks = 64;

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
