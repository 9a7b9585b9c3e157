import type { JournalFile } from './files.ts';

/** One line of a file. */
export interface Line {
  /** Without the newline. Nobody writes to its memory again, which it shares with the other lines of its batch. */
  readonly bytes: Buffer;
  /** Counted from 1, as editors do. */
  readonly number: number;
  /** Where it begins in the file. */
  readonly offset: number;
  /** False for a last line that has no newline. */
  readonly complete: boolean;
}

/** Lines that follow each other. */
export interface Batch {
  readonly lines: readonly Line[];
  /** Of these lines, with their newlines. */
  readonly bytes: Buffer;
  /** Where they begin in the file. */
  readonly offset: number;
}

const newline = 0x0a;
const chunkBytes = 256 << 10;

/**
 * The lines of a file, in batches of about 256 KiB, so that a large file is never in memory as a whole. The next batch is
 * read while one is looked at.
 */
export async function* readLines(file: JournalFile): AsyncGenerator<Batch, void, undefined> {
  let chunk = Buffer.allocUnsafeSlow(chunkBytes);
  let reading = file.read(chunk, 0);
  /** Bytes at the beginning of the chunk that come from the one before. */
  let kept = 0;
  let offset = 0;
  let number = 1;
  for (;;) {
    const length = await reading;
    const isLast = length < chunk.length - kept;
    const bytes = chunk.subarray(0, kept + length);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline, kept); end !== -1; end = bytes.indexOf(newline, start)) {
      lines.push({ bytes: bytes.subarray(start, end), number: number++, offset: offset + start, complete: true });
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    if (!isLast) {
      chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, 2 * rest.length));
      kept = rest.copy(chunk);
      reading = file.read(chunk.subarray(kept), offset + bytes.length);
      reading.catch(() => undefined); // whoever asks for the next batch learns of it
    }
    if (lines.length > 0) yield { lines, bytes: bytes.subarray(0, start), offset };
    offset += start;
    if (!isLast) continue;
    const line = { bytes: rest, number, offset, complete: false };
    if (rest.length > 0) yield { lines: [line], bytes: rest, offset };
    return;
  }
}
