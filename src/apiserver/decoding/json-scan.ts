/** Measures a JSON text by its bytes, which is much cheaper than parsing. */

interface JsonExtent {
  /** At least the number of fields and list items; counting stops above a limit. */
  readonly values: number;
  /** Fields of objects only; they cost more than list items. */
  readonly fields: number;
  /** Levels of nesting; counting stops above a limit. */
  readonly depth: number;
}

/** What a text is found to have. */
interface Measured extends JsonExtent {
  /** The first number that is beyond what a double holds: JSON.parse makes Infinity of it. */
  readonly endless: string | undefined;
}

/** The longest part of such a number that is shown. */
const maxShown = 64;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads the bytes once, and stops above a limit. For bytes that are not JSON the result is arbitrary; it never throws.
 */
export function jsonExtent(bytes: Buffer, limits: JsonExtent): Measured {
  let values = 0;
  let fields = 0;
  let depth = 0;
  let deepest = 0;
  let endless: string | undefined;
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
      default: {
        if (!isDigit(bytes[at])) break;
        const end = numberEnd(bytes, at);
        endless ??= endlessIn(bytes, at, end);
        at = end - 1;
      }
    }
  }
  return { values, fields, depth: deepest, endless };
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** The index after the number whose first digit is at start. */
function numberEnd(bytes: Buffer, start: number): number {
  let end = start + 1;
  for (let byte = bytes[end]; isDigit(byte) || isWithinNumber(byte); byte = bytes[end]) end += 1;
  return end;
}

/** . e E + - */
function isWithinNumber(byte: number | undefined): boolean {
  return byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d;
}

/** Whatever is as large as that has more than four characters: 1e309. */
function endlessIn(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start < 5) return undefined;
  const from = bytes[start - 1] === 0x2d ? start - 1 : start;
  const number = bytes.toString('latin1', from, end);
  return Number.isFinite(Number(number)) ? undefined : number.slice(0, maxShown);
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
