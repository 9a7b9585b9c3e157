/**
 * Protobuf messages as tables: which field has which number and kind. Types and both directions follow from the table.
 *
 *   const keyValue = new Message({ key: field(1, 'bytes'), modRevision: field(2, 'int64') })
 *   keyValue.decode(keyValue.encode({ key: Buffer.from('/a') }))   → { key: <Buffer 2f 61>, modRevision: 0 }
 */
import { varint, WireReader, wireType } from './wire.ts';

interface Scalars {
  int64: number;
  /** A uint64 that only names something, in decimal digits. */
  id: string;
  bool: boolean;
  bytes: Buffer;
  string: string;
}
type Scalar = keyof Scalars;
/** A message of any fields; what the table says is all that is known of it. */
interface AnyMessage {
  readonly fields: Fields;
  encode(value: object): Buffer;
  decode(bytes: Buffer): object;
}
type Kind = Scalar | AnyMessage;

interface Field<K extends Kind = Kind, Repeated extends boolean = boolean> {
  readonly number: number;
  readonly kind: K;
  readonly repeated: Repeated;
}
type Fields = Readonly<Record<string, Field>>;

type ReceivedOne<K> = K extends Scalar ? Scalars[K] : K extends { readonly fields: infer F } ? Received<F> : never;
type SentOne<K> = K extends Scalar ? Scalars[K] : K extends { readonly fields: infer F } ? Sent<F> : never;

/** As it is read: scalars that were not sent have their zero, messages are undefined. */
type Received<F> = {
  readonly [N in keyof F]: F[N] extends Field<infer K, infer R>
    ? R extends true
      ? readonly ReceivedOne<K>[]
      : K extends Scalar
        ? ReceivedOne<K>
        : ReceivedOne<K> | undefined
    : never;
};

/** As it is sent: what is left out has its zero. */
type Sent<F> = {
  readonly [N in keyof F]?: F[N] extends Field<infer K, infer R>
    ? R extends true
      ? readonly SentOne<K>[]
      : SentOne<K>
    : never;
};

/** What decode() of this message gives. */
export type Decoded<M> = M extends { readonly fields: infer F } ? Received<F> : never;
/** What encode() of this message takes. */
export type Encodable<M> = M extends { readonly fields: infer F } ? Sent<F> : never;

/** One field of a message's table. */
export function field<const K extends Kind>(number: number, kind: K): Field<K, false> {
  return { number, kind, repeated: false };
}

/** A field that holds a list. */
export function list<const K extends Kind>(number: number, kind: K): Field<K, true> {
  return { number, kind, repeated: true };
}

/** A message's table, with both directions. Fields that it does not name are passed over. */
export class Message<F extends Fields> implements AnyMessage {
  readonly fields: F;
  readonly #byNumber: (readonly [string, Field] | undefined)[] = [];

  constructor(fields: F) {
    this.fields = fields;
    for (const named of Object.entries(fields)) this.#byNumber[named[1].number] = named;
  }

  encode(value: Sent<F>): Buffer {
    const parts: Buffer[] = [];
    for (const [name, sent] of Object.entries(value)) {
      const described = this.fields[name];
      if (described === undefined) continue;
      const values: unknown[] = described.repeated ? (sent as unknown[]) : [sent];
      for (const one of values) encodeField(parts, described, one);
    }
    return Buffer.concat(parts);
  }

  /** @throws RangeError for what is no message */
  decode(bytes: Buffer): Received<F> {
    const message = this.#empty();
    const reader = new WireReader(bytes);
    while (!reader.atEnd) {
      const tag = reader.int64();
      const named = this.#byNumber[Math.floor(tag / 8)];
      if (named === undefined || tag % 8 !== wireTypeOf(named[1].kind)) {
        reader.skip(tag % 8);
        continue;
      }
      const [name, { kind, repeated }] = named;
      const value = decodeOne(reader, kind);
      if (repeated) (message[name] as unknown[]).push(value);
      else message[name] = value;
    }
    return message as Received<F>;
  }

  #empty(): Record<string, unknown> {
    const message: Record<string, unknown> = {};
    for (const name in this.fields) {
      const described = this.fields[name];
      if (described) message[name] = described.repeated ? [] : zero(described.kind);
    }
    return message;
  }
}

const noBytes = Buffer.alloc(0);

function zero(kind: Kind): unknown {
  switch (kind) {
    case 'int64':
      return 0;
    case 'id':
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'bytes':
      return noBytes;
    default:
      return undefined;
  }
}

function wireTypeOf(kind: Kind): number {
  return kind === 'int64' || kind === 'id' || kind === 'bool' ? wireType.varint : wireType.bytes;
}

function decodeOne(reader: WireReader, kind: Kind): unknown {
  switch (kind) {
    case 'int64':
      return reader.int64();
    case 'id':
      return reader.uint64().toString();
    case 'bool':
      return reader.int64() !== 0;
    case 'bytes':
      return reader.bytes();
    case 'string':
      return reader.bytes().toString();
    default:
      return kind.decode(reader.bytes());
  }
}

function encodeField(parts: Buffer[], { number, kind }: Field, value: unknown): void {
  parts.push(varint(number * 8 + wireTypeOf(kind)));
  if (typeof value === 'number' || typeof value === 'boolean') parts.push(varint(Number(value)));
  else if (kind === 'id') parts.push(varint(Number(value)));
  else {
    const bytes = bytesOf(kind, value);
    parts.push(varint(bytes.length), bytes);
  }
}

function bytesOf(kind: Kind, value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  return typeof kind === 'object' ? kind.encode(value as object) : Buffer.from(value as string);
}
