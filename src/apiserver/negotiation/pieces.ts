/** Splits documents into pieces: a long one is encoded while it is sent, and never held as a whole. */
import type { WrittenJson } from '../watchcache/contract.ts';

/** Text is joined into pieces of about this many characters: encoding one takes about a millisecond. */
const pieceCharacters = 16 * 1024;
/** Pieces of existing bytes may be larger, because they are only copied. */
const pieceBytes = 128 * 1024;

/** A part of a document. */
export type Fragment = string | Buffer | WrittenJson;

/** Joins fragments into pieces. @param fragments called each time the pieces are iterated over */
export function piecesOf(fragments: () => Iterable<Fragment>): Iterable<Buffer> {
  return { [Symbol.iterator]: () => gathered(fragments()) };
}

function* gathered(fragments: Iterable<Fragment>): Generator<Buffer, void, undefined> {
  let texts: string[] = [];
  let characters = 0;
  let parts: (Buffer | WrittenJson)[] = [];
  let bytes = 0;
  const endText = (): void => {
    if (texts.length === 0) return;
    const part = Buffer.from(texts.join(''));
    parts.push(part);
    bytes += part.length;
    texts = [];
    characters = 0;
  };
  const piece = (): Buffer => {
    const whole = joined(parts, bytes);
    parts = [];
    bytes = 0;
    return whole;
  };
  for (const fragment of fragments) {
    if (typeof fragment === 'string') {
      texts.push(fragment);
      characters += fragment.length;
      if (characters < pieceCharacters) continue;
      endText();
    } else {
      endText();
      parts.push(fragment);
      bytes += sizeOf(fragment);
      if (bytes < pieceBytes) continue;
    }
    yield piece();
  }
  endText();
  if (parts.length > 0) yield piece();
}

const sizeOf = (part: Buffer | WrittenJson): number => (Buffer.isBuffer(part) ? part.length : part.size);

function joined(parts: readonly (Buffer | WrittenJson)[], bytes: number): Buffer {
  const [first] = parts;
  if (parts.length === 1 && Buffer.isBuffer(first)) return first;
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const part of parts) {
    if (Buffer.isBuffer(part)) part.copy(whole, at);
    else part.writeJson(whole, at);
    at += sizeOf(part);
  }
  return whole;
}
