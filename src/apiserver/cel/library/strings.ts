/** Functions of strings. Source: cel-go/ext/strings.go, version 2 */
import { CelError } from '../errors.ts';
import { elements, FunctionTable, kinds, traversal } from '../functions.ts';
import { formatted } from './format-text.ts';

const { int, list, string } = kinds;
const once = traversal();
const twice = traversal(0, 2);
const result = (_: readonly unknown[], made: unknown): number => traversal(0, 2)([made], made);

const outOfRange = (at: bigint): CelError => new CelError(`index out of range: ${at}`);

/** Counts code points; '' directly after the last one. */
function charAt(text: string, at: bigint): string {
  const characters = Array.from(text);
  if (at < 0n || at > BigInt(characters.length)) throw outOfRange(at);
  return characters[Number(at)] ?? '';
}

function indexOf(text: string, part: string, offset = 0n): bigint {
  const [characters, wanted] = [Array.from(text), Array.from(part)];
  if (offset < 0n) throw outOfRange(offset);
  if (part === '') return offset > BigInt(characters.length) ? BigInt(characters.length) : offset;
  for (let at = Number(offset); at + wanted.length <= characters.length; at++)
    if (wanted.every((one, index) => characters[at + index] === one)) return BigInt(at);
  return -1n;
}

function lastIndexOf(text: string, part: string, offset?: bigint): bigint {
  const [characters, wanted] = [Array.from(text), Array.from(part)];
  const length = BigInt(characters.length);
  if (offset !== undefined && offset < 0n) throw outOfRange(offset);
  if (part === '') return offset === undefined || offset > length ? length : offset;
  if (offset !== undefined && offset >= length) return -1n;
  const from = Math.min(Number(offset ?? characters.length), characters.length - wanted.length);
  for (let at = from; at >= 0; at--)
    if (wanted.every((one, index) => characters[at + index] === one)) return BigInt(at);
  return -1n;
}

function substring(text: string, begin: bigint, end?: bigint): string {
  const characters = Array.from(text);
  const length = BigInt(characters.length);
  const until = end ?? length;
  if (begin > until && end !== undefined) throw new CelError(`invalid substring range. start: ${begin}, end: ${until}`);
  if (begin < 0n || begin > length) throw outOfRange(begin);
  if (until < 0n || until > length) throw outOfRange(until);
  return characters.slice(Number(begin), Number(until)).join('');
}

/** An empty `old` matches before each character and at the end, as in Go. */
function replace(text: string, old: string, by: string, most = -1n): string {
  const count = most < 0n ? Infinity : Number(most);
  const parts = old === '' ? ['', ...Array.from(text), ''] : text.split(old);
  return parts.reduce((made, part, at) => made + (at <= count ? by : old) + part);
}

function split(text: string, by: string, most = -1n): string[] {
  if (most === 0n) return [];
  const parts = by === '' ? Array.from(text) : text.split(by);
  if (most < 0n || BigInt(parts.length) <= most) return parts;
  const kept = parts.slice(0, Number(most) - 1);
  return [...kept, parts.slice(kept.length).join(by)];
}

function join(items: readonly unknown[], by = ''): string {
  return items
    .map((item) => {
      if (typeof item !== 'string') throw new CelError(`join: invalid input: ${String(item)}`);
      return item;
    })
    .join(by);
}

const ascii = (text: string, pattern: RegExp, change: (one: string) => string): string => text.replace(pattern, change);

/** Unicode white space, as Go has it. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const around = new RegExp(`^${space}|${space}$`, 'g');

const escapes: Readonly<Record<string, string>> = {
  ...{ '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' },
  ...{ '\\': '\\\\', '"': '\\"' },
};
const quote = (text: string): string => `"${Array.from(text, (one) => escapes[one] ?? one).join('')}"`;

/** charAt, indexOf, format and the others. */
export const strings = new FunctionTable()
  .add('.charAt', [string, int], charAt)
  .add('.indexOf', [string, string], (text, part) => indexOf(text, part), elements)
  .add('.indexOf', [string, string, int], indexOf, elements)
  .add('.lastIndexOf', [string, string], (text, part) => lastIndexOf(text, part), elements)
  .add('.lastIndexOf', [string, string, int], lastIndexOf, elements)
  .add('.lowerAscii', [string], (text) => ascii(text, /[A-Z]+/g, (one) => one.toLowerCase()), once)
  .add('.upperAscii', [string], (text) => ascii(text, /[a-z]+/g, (one) => one.toUpperCase()), once)
  .add('.replace', [string, string, string], (text, old, by) => replace(text, old, by), twice)
  .add('.replace', [string, string, string, int], replace, twice)
  .add('.split', [string, string], (text, by) => split(text, by), twice)
  .add('.split', [string, string, int], split, twice)
  .add('.substring', [string, int], (text, begin) => substring(text, begin), once)
  .add('.substring', [string, int, int], substring, once)
  .add('.trim', [string], (text) => text.replace(around, ''), once)
  .add('.join', [list], (items) => join(items), result)
  .add('.join', [list, string], join, result)
  .add('.format', [string, list], formatted, once)
  .add('strings.quote', [string], quote, once);
