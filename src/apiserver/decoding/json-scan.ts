/** Measures a JSON text by its bytes, which is much cheaper than parsing. */

interface JsonExtent {
  /** At least the number of fields and list items; counting stops above a limit. */
  readonly values: number;
  /** Fields of objects only; they cost more than list items. */
  readonly fields: number;
  /** Levels of nesting; counting stops above a limit. */
  readonly depth: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads the bytes once, and stops above a limit. For bytes that are not JSON the result is arbitrary; it never throws.
 */
export function jsonExtent(bytes: Buffer, limits: JsonExtent): JsonExtent {
  let values = 0;
  let fields = 0;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (values > limits.values || fields > limits.fields || deepest > limits.depth) break;
    switch (bytes[at]) {
      case quote:
        at = closingQuote(bytes, at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        values += 1;
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
      case 0x3a: // :
        fields += 1;
        break;
      default:
    }
  }
  return { values, fields, depth: deepest };
}

/** The index of the closing quote of the string that begins at start; the end of the bytes if there is none. */
function closingQuote(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return bytes.length;
}
