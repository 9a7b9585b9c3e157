/** "%s".format([…]). Source: cel-go/ext/formatting_v2.go */
import { CelError } from '../errors.ts';
import { Duration, entryOf, isMap, keysOf, Timestamp, Type, Uint } from '../values.ts';
import { doubleText } from './conversions.ts';
import { durationText, timestampText } from './time.ts';

/** @throws CelError */
export function formatted(template: string, args: readonly unknown[]): string {
  let next = 0;
  const text = template.replace(/%(?:%|(\.\d+)?(.?))/gs, (whole, precision: string | undefined, clause = '') => {
    if (whole === '%%') return '%';
    if (clause === '') throw new CelError('could not parse formatting clause: unexpected end of string');
    if (next >= args.length) throw new CelError(`index ${next} out of range`);
    const value = args[next];
    next += 1;
    const digits = precision === undefined ? undefined : Number(precision.slice(1));
    return clauseText(String(clause), value, digits);
  });
  return text;
}

function clauseText(clause: string, value: unknown, digits: number | undefined): string {
  switch (clause) {
    case 's':
      return stringText(value);
    case 'd':
      return decimal(value);
    case 'f':
      return number(value, clause, (one) => one.toFixed(digits ?? 6));
    case 'e':
      return number(value, clause, (one) => scientific(one, digits ?? 6));
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : inBase(value, clause, 2);
    case 'o':
      return inBase(value, clause, 8);
    case 'x':
      return hexadecimal(value);
    case 'X':
      return hexadecimal(value).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${clause}"`);
  }
}

/** As %s prints it. Inside lists and maps, strings have quotes and doubles six digits. */
function stringText(value: unknown, isInside = false): string {
  if (typeof value === 'string') return isInside ? JSON.stringify(value) : value;
  if (value === null) return 'null';
  if (typeof value === 'number') return isInside && Number.isFinite(value) ? value.toFixed(6) : doubleText(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Type) return value.type;
  if (Array.isArray(value)) return `[${value.map((one) => stringText(one, true)).join(', ')}]`;
  if (isMap(value)) {
    const entries = keysOf(value).map((key) => `${stringText(key, true)}:${stringText(entryOf(value, key), true)}`);
    return `{${entries.sort().join(', ')}}`;
  }
  throw wrong('s', 'strings, bools, integers, doubles, bytes, timestamps, durations, types, lists and maps');
}

function wrong(clause: string, expected: string): CelError {
  return new CelError(`error during formatting: %${clause} is for ${expected} only`);
}

function decimal(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (typeof value === 'number' && !Number.isFinite(value)) return doubleText(value);
  throw wrong('d', 'integers');
}

function number(value: unknown, clause: string, print: (value: number) => string): string {
  const amount = value instanceof Uint ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value;
  if (typeof amount !== 'number') throw wrong(clause, 'numbers');
  return Number.isFinite(amount) ? print(amount) : doubleText(amount);
}

/** cel-go prints powers of ten as people write them. */
function scientific(value: number, digits: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(digits).split('e');
  const raised = Array.from(exponent.slice(1).padStart(2, '0'), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)));
  return `${mantissa}×10${exponent.startsWith('-') ? '⁻' : ''}${raised.join('')}`;
}

function inBase(value: unknown, clause: string, base: number): string {
  if (typeof value === 'bigint') return value.toString(base);
  if (value instanceof Uint) return value.value.toString(base);
  throw wrong(clause, 'integers');
}

function hexadecimal(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return inBase(value, 'x', 16);
}
