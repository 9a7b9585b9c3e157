/**
 * Writes JSON values as protobuf. A value of another type than its form is left out. Source:
 * https://protobuf.dev/programming-guides/encoding/
 */
import { isJsonObject } from '../../meta/json.ts';
import { allAtOnce, type Steps } from '../../runtime/steps.ts';

/** How one type is written. */
export interface Form {
  readonly wireType: 0 | 1 | 2;
  /** What proto3 leaves out of a plain field; in lists and choices it is written. */
  readonly zero?: string | number | boolean;
  /** The bytes after the tag (and, with wire type 2, their length), or undefined for a value of another type. */
  readonly payload: (value: unknown) => Buffer | undefined;
  /** As `payload`, in steps; absent for what is small. */
  readonly steps?: (value: unknown) => Steps<Buffer | undefined>;
}

/** By their JSON keys, the fields of a message; 'list' where it is a repeated one. */
export type Shape = Readonly<Record<string, readonly [number: number, form: Form, list?: 'list']>>;

interface OpenKeys {
  /** The repeated field of names and values that holds all x-… keys. */
  readonly extensions?: number;
  /** The repeated field of names and values that holds every other key, as in maps. */
  readonly entries?: readonly [number: number, form: Form];
}

const extension = /^x-/i;

/** A string. */
export const text: Form = {
  wireType: 2,
  zero: '',
  payload: (value) => (typeof value === 'string' ? Buffer.from(value) : undefined),
};

/** A boolean, as a varint. */
export const bool: Form = {
  wireType: 0,
  zero: false,
  payload: (value) => (typeof value === 'boolean' ? varint(value ? 1 : 0) : undefined),
};

/** An integer, as a varint. */
export const int64: Form = {
  wireType: 0,
  zero: 0,
  payload: (value) => (Number.isSafeInteger(value) ? varint(Number(value)) : undefined),
};

/** A number, as 64 bits. */
export const double: Form = {
  wireType: 1,
  zero: 0,
  payload: (value) => {
    if (typeof value !== 'number') return undefined;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes;
  },
};

/** Its fields in the order of their shape, then those of open keys by number, in the order they come in. */
export function message(shape: Shape, { extensions, entries }: OpenKeys = {}): Form & Required<Pick<Form, 'steps'>> {
  function* steps(value: unknown): Steps<Buffer | undefined> {
    if (!isJsonObject(value)) return undefined;
    const fields: Buffer[] = [];
    for (const [key, [number, form, list]] of Object.entries(shape)) {
      const one = value[key];
      if (list === 'list') fields.push(listField(number, form, one));
      else if (form.steps === undefined) fields.push(plainField(number, form, one));
      else fields.push(field(number, form, yield* form.steps(one)));
    }
    const open: [number, Buffer][] = [];
    for (const [key, one] of Object.entries(value)) {
      if (Object.hasOwn(shape, key)) continue;
      const isExtension = extensions !== undefined && extension.test(key);
      const known = isExtension ? ([extensions, anything] as const) : entries;
      if (known === undefined) continue;
      open.push([known[0], namedField(known[0], key, known[1], one)]);
      yield;
    }
    open.sort(([a], [b]) => a - b);
    return Buffer.concat([...fields, ...open.map(([, written]) => written)]);
  }
  return { wireType: 2, steps, payload: (value) => allAtOnce(steps(value)) };
}

/** A map: a message whose field 1 repeats for each key, with the key as name. */
export function mapOf(form: Form): Form {
  return message({}, { entries: [1, form] });
}

/** The value of an object's key; undefined if there is none, or no object. */
export function own(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A message of one field alone, chosen by the value. */
export function choice(choose: (value: unknown) => readonly [number: number, form: Form]): Form {
  const payload = (value: unknown): Buffer | undefined => {
    const field = writtenField(...choose(value), value);
    return field.length === 0 ? undefined : field;
  };
  return { wireType: 2, payload };
}

/** A message of one repeated field alone, of one value in JSON or of several. */
export function wrappedList(form: Form): Form {
  return { wireType: 2, payload: (value) => listField(1, form, Array.isArray(value) ? value : [value]) };
}

/** gnostic's Any: a value of any type as YAML text, which JSON is as well. */
export const anything: Form = {
  wireType: 2,
  payload: (value) => (value === undefined ? undefined : writtenField(2, text, JSON.stringify(value))),
};

const nothing = Buffer.alloc(0);

function plainField(number: number, form: Form, value: unknown): Buffer {
  return value === form.zero ? nothing : writtenField(number, form, value);
}

function listField(number: number, form: Form, value: unknown): Buffer {
  return Array.isArray(value) ? Buffer.concat(value.map((one) => writtenField(number, form, one))) : nothing;
}

function namedField(number: number, name: string, form: Form, value: unknown): Buffer {
  const content = writtenField(2, form, value);
  if (content.length === 0) return nothing;
  return tagged(number, 2, Buffer.concat([plainField(1, text, name), content]));
}

function writtenField(number: number, { wireType, payload }: Form, value: unknown): Buffer {
  return field(number, { wireType }, payload(value));
}

function field(number: number, { wireType }: Pick<Form, 'wireType'>, written: Buffer | undefined): Buffer {
  return written === undefined ? nothing : tagged(number, wireType, written);
}

function tagged(number: number, wireType: Form['wireType'], payload: Buffer): Buffer {
  const tag = varint(number * 8 + wireType);
  return Buffer.concat(wireType === 2 ? [tag, varint(payload.length), payload] : [tag, payload]);
}

function varint(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.of(value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A message, or a reference to one in the form that the document's version gives references. */
export function referable(reference: Form): (form: Form) => Form {
  return (form) => choice((value) => (own(value, '$ref') === undefined ? [1, form] : [2, reference]));
}

/** ExternalDocs, the same in both versions of OpenAPI. */
export const externalDocs = message({ description: [1, text], url: [2, text] }, { extensions: 3 });
