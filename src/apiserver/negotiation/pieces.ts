/** Splits documents into pieces: a long one is encoded while it is sent, and never held as a whole. */

/** Text is joined into pieces of about this many characters: encoding one takes about a millisecond. */
const pieceCharacters = 16 * 1024;
/** Pieces of existing bytes may be larger, because they are only copied. */
const pieceBytes = 128 * 1024;

/** Joins fragments into pieces. @param fragments called each time the pieces are iterated over */
export function piecesOf(fragments: () => Iterable<string | Buffer>): Iterable<Buffer> {
  return { [Symbol.iterator]: () => gathered(fragments()) };
}

function* gathered(fragments: Iterable<string | Buffer>): Generator<Buffer, void, undefined> {
  let texts: string[] = [];
  let characters = 0;
  let parts: Buffer[] = [];
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
    const [first] = parts;
    const whole = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, bytes);
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
      bytes += fragment.length;
      if (bytes < pieceBytes) continue;
    }
    yield piece();
  }
  endText();
  if (parts.length > 0) yield piece();
}
