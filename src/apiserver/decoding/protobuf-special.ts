/** Messages whose JSON is a single value. Sources: the MarshalJSON methods of k8s.io/apimachinery. */
import type { JsonObject } from '../../meta/json.ts';
import { parseQuantity } from '../../meta/quantity.ts';
import { DecodeError } from './decode-error.ts';
import type { ProtobufSpecial } from './protobuf-table.ts';

/** In seconds since 1970: Go's zero time (the first second of the year 1), and the first second of the year 10000. */
const zeroTime = -62_135_596_800;
const endOfTime = 253_402_300_800;

/**
 * The JSON value of a special message.
 * @param fields the fields of the message, each with its type
 * @param empty whether the message was absent or had no bytes
 * @returns undefined if Go writes null
 * @throws DecodeError
 */
export function specialValue(type: ProtobufSpecial, fields: JsonObject, empty: boolean): unknown {
  switch (type) {
    case 'ExtraValue':
      return fields.items ?? [];
    case 'FieldsV1':
    case 'RawExtension':
      return fields.raw === '' ? undefined : parsedJson(type, String(fields.raw));
    case 'IntOrString':
      return intOrString(fields);
    case 'MicroTime':
      return empty ? undefined : time(Number(fields.seconds), Math.trunc(Number(fields.nanos) / 1000), true);
    case 'Quantity':
      return empty ? '0' : quantity(String(fields.string));
    case 'Time':
      return empty ? undefined : time(Number(fields.seconds), 0, false);
  }
}

function parsedJson(type: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DecodeError(`${type} does not hold JSON`, { cause });
  }
}

function intOrString({ type, int, string }: JsonObject): unknown {
  if (type === 0) return int;
  if (type === 1) return string;
  throw new DecodeError('impossible IntOrString.Type');
}

function quantity(text: string): string {
  const parsed = parseQuantity(text);
  if (parsed === undefined) {
    throw new DecodeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return parsed.toString();
}

/** RFC 3339, of whole seconds or of microseconds. */
function time(seconds: number, micros: number, fraction: boolean): string | undefined {
  const carried = Math.floor(micros / 1_000_000);
  const whole = seconds + carried;
  const rest = micros - carried * 1_000_000;
  if (whole === zeroTime && rest === 0) return undefined;
  if (whole < zeroTime || whole >= endOfTime) throw new DecodeError('Time: year outside of range [1,9999]');
  const text = new Date(whole * 1000).toISOString().slice(0, 19);
  return fraction ? `${text}.${String(rest).padStart(6, '0')}Z` : `${text}Z`;
}
