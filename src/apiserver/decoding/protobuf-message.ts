/** Decodes protobuf messages into the JSON that Go would write. */
import type { JsonObject } from '../../meta/json.ts';
import { DecodeError } from './decode-error.ts';
import { specialValue } from './protobuf-special.ts';
import { fieldsOf, isSpecial, type ProtobufField, type ProtobufScalar } from './protobuf-table.ts';
import { eachField, packedVarints, type WireValue } from './protobuf-wire.ts';

/** The most fields in all messages of a body: two bytes can become an object of five fields. */
export const maxFields = 250_000;

/**
 * Decodes a message. Unknown fields are skipped. A field for which Go writes null is left out.
 * @param type as in openapi/kubernetes/protobuf.json
 * @throws DecodeError
 */
export function decodeMessage(type: string, bytes: Buffer): JsonObject {
  return new MessageDecoder().message(type, bytes);
}

/** The decoding of one body. */
class MessageDecoder {
  #fields = 0;

  message(type: string, bytes: Buffer): JsonObject {
    const wire = this.#occurrences(bytes);
    const object: JsonObject = {};
    for (const field of fieldsOf(type)) {
      const values = wire.get(field.number) ?? [];
      if (field.form === 'inline') Object.assign(object, this.message(field.type, joined(field.type, values)));
      else this.#set(object, field, values);
    }
    return object;
  }

  /** The values of each field. For a repeated field the caller decides: a list, the last value, or merged messages. */
  #occurrences(bytes: Buffer): Map<number, WireValue[]> {
    const values = new Map<number, WireValue[]>();
    eachField(bytes, (number, value) => {
      this.#fields += 1;
      if (this.#fields > maxFields) throw new DecodeError(`proto: more than ${maxFields} fields`);
      const known = values.get(number);
      if (known === undefined) values.set(number, [value]);
      else known.push(value);
    });
    return values;
  }

  #set(object: JsonObject, field: ProtobufField, values: readonly WireValue[]): void {
    const value = this.#value(field, values);
    if (value === undefined) return;
    const kept = field.form !== 'value' || field.zero || (value !== '' && value !== 0 && value !== false);
    if (kept) object[field.name] = value;
  }

  #value({ type, form }: ProtobufField, values: readonly WireValue[]): unknown {
    if (values.length === 0 && form !== 'value') return undefined;
    if (form === 'list') return this.#list(type, values);
    if (form === 'map') return Object.fromEntries(values.map((entry) => this.#entry(type, entry)));
    return this.#single(type, values);
  }

  #list(type: string, values: readonly WireValue[]): unknown[] | undefined {
    const items = unpacked(type, values).map((value) => this.#single(type, [value]) ?? null);
    return items.length === 0 ? undefined : items;
  }

  /** Go's decoder always sets map values: missing bytes, which could be nil, become empty ones. */
  #entry(type: string, entry: WireValue): [string, unknown] {
    const parts = this.#occurrences(joined(type, [entry]));
    return [String(this.#single('string', parts.get(1) ?? [])), this.#single(type, parts.get(2) ?? []) ?? ''];
  }

  #single(type: string, values: readonly WireValue[]): unknown {
    if (isScalar(type)) return scalarValue(type, values.at(-1));
    const bytes = joined(type, values);
    const message = this.message(type, bytes);
    return isSpecial(type) ? specialValue(type, message, bytes.length === 0) : message;
  }
}

function isScalar(type: string): type is ProtobufScalar {
  return type === 'string' || type === 'bool' || type === 'int32' || type === 'int64' || type === 'bytes';
}

/** @returns undefined if Go's zero value is nil */
function scalarValue(type: ProtobufScalar, value: WireValue | undefined): unknown {
  switch (type) {
    case 'bool':
      return value === undefined ? false : asNumber(type, value) !== 0;
    case 'int32':
      return value === undefined ? 0 : asNumber(type, value) | 0;
    case 'int64':
      return value === undefined ? 0 : asNumber(type, value);
    case 'string':
      return value === undefined ? '' : asBytes(type, value).toString('utf8');
    case 'bytes':
      return value === undefined ? undefined : asBytes(type, value).toString('base64');
  }
}

/** Lists of numbers may be packed into one field, or into several. */
function unpacked(type: string, values: readonly WireValue[]): readonly WireValue[] {
  if (type !== 'bool' && type !== 'int32' && type !== 'int64') return values;
  return values.flatMap((value) => (typeof value === 'number' ? [value] : packedVarints(value)));
}

/** Concatenated messages decode to their merged message. */
function joined(type: string, values: readonly WireValue[]): Buffer {
  const parts = values.map((value) => asBytes(type, value));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

function asNumber(type: string, value: WireValue): number {
  if (typeof value !== 'number') throw new DecodeError(`proto: wrong wireType = 2 for field of type ${type}`);
  return value;
}

function asBytes(type: string, value: WireValue): Buffer {
  if (typeof value === 'number') throw new DecodeError(`proto: wrong wireType = 0 for field of type ${type}`);
  return value;
}
