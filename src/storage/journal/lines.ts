import type { JournalFile } from './files.ts';

/** One line of a file. */
export interface Line {
  /** Without the newline. Valid until the next batch is asked for. */
  readonly bytes: Buffer;
  /** Counted from 1, as editors do. */
  readonly number: number;
  /** Where it begins in the file. */
  readonly offset: number;
  /** False for a last line that has no newline. */
  readonly complete: boolean;
}

const newline = 0x0a;
const chunkBytes = 1 << 20;

/** The lines of a file, in batches of about a megabyte, so that a large file is never in memory as a whole. */
export async function* readLines(file: JournalFile): AsyncGenerator<readonly Line[], void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let number = 1;
  for (;;) {
    const target = Buffer.allocUnsafe(Math.max(chunkBytes, rest.length));
    const length = await file.read(target, offset + rest.length);
    const bytes = Buffer.concat([rest, target.subarray(0, length)]);
    const batch: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      batch.push({ bytes: bytes.subarray(start, end), number: number++, offset: offset + start, complete: true });
      start = end + 1;
    }
    rest = bytes.subarray(start);
    offset += start;
    if (batch.length > 0) yield batch;
    if (length < target.length) break;
  }
  if (rest.length > 0) yield [{ bytes: rest, number, offset, complete: false }];
}
