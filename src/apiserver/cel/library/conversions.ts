/** Conversions between types. Source: cel-go/common/types */
import { CelError } from '../errors.ts';
import { FunctionTable, kinds, traversal } from '../functions.ts';
import { Duration, Timestamp, Type, typeOf } from '../values.ts';
import { inInt, inUint } from './operators.ts';
import { durationText, parseDuration, parseTimestamp, timestampText } from './time.ts';

const { any, bool, bytes, double, duration, int, string, timestamp, uint } = kinds;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const billion = 1_000_000_000n;

function whole(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

const unconverted = (type: string): CelError => new CelError(`type conversion error from 'string' to '${type}'`);

function parsedInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw unconverted('int');
  const value = BigInt(text.replace('+', ''));
  if (value >= 2n ** 63n || value < -(2n ** 63n)) throw unconverted('int');
  return value;
}

function parsedDouble(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special === null) throw unconverted('double');
  if (/nan/i.test(text)) return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

function parsedBool(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  throw unconverted('bool');
}

/** As Go prints %g with the shortest digits. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function decoded(value: Uint8Array): string {
  try {
    return decoder.decode(value);
  } catch (cause) {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string', { cause });
  }
}

/** int(…), string(…) and the others. */
export const conversions = new FunctionTable()
  .add('int', [int], (value) => value)
  .add('int', [uint], ({ value }) => inInt(value))
  .add('int', [double], whole)
  .add('int', [string], parsedInt)
  .add('int', [timestamp], ({ nanos }) => nanos / billion)
  .add('uint', [uint], (value) => value)
  .add('uint', [int], inUint)
  .add('uint', [double], (value) => inUint(BigInt(Math.trunc(value))))
  .add('uint', [string], (text) => {
    if (/^\d+$/.test(text)) return inUint(BigInt(text));
    throw unconverted('uint');
  })
  .add('double', [double], (value) => value)
  .add('double', [int], Number)
  .add('double', [uint], ({ value }) => Number(value))
  .add('double', [string], parsedDouble)
  .add('string', [string], (text) => text)
  .add('string', [bool], String)
  .add('string', [int], String)
  .add('string', [uint], ({ value }) => String(value))
  .add('string', [double], doubleText)
  .add('string', [bytes], decoded, traversal())
  .add('string', [timestamp], timestampText)
  .add('string', [duration], durationText)
  .add('bytes', [bytes], (value) => value)
  .add('bytes', [string], (text) => Uint8Array.from(Buffer.from(text)), traversal())
  .add('bool', [bool], (value) => value)
  .add('bool', [string], parsedBool)
  .add('duration', [duration], (value) => value)
  .add('duration', [string], parseDuration)
  .add('duration', [int], (value) => new Duration(value))
  .add('timestamp', [timestamp], (value) => value)
  .add('timestamp', [string], parseTimestamp)
  .add('timestamp', [int], (value) => new Timestamp(value * billion))
  .add('dyn', [any], (value) => value)
  .add('type', [any], (value) => new Type(typeOf(value)));
