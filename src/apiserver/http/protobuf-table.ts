/** What messages consist of. */
import kubernetes from '../../../openapi/kubernetes/protobuf.json' with { type: 'json' };

export type ProtobufScalar = 'bool' | 'bytes' | 'int32' | 'int64' | 'string';

/** Messages whose JSON is not an object of their fields; see protobuf-special.ts. */
export type ProtobufSpecial =
  'ExtraValue' | 'FieldsV1' | 'IntOrString' | 'MicroTime' | 'Quantity' | 'RawExtension' | 'Time';

export interface ProtobufField {
  readonly number: number;
  /** In JSON; empty where the form is inline. */
  readonly name: string;
  /** A ProtobufScalar, a ProtobufSpecial, or the name of a message. */
  readonly type: string;
  /**
   * How Go holds it: a value is there even when the wire has none, a pointer is not; the keys of maps are strings; the
   * fields of an inline message stand in its owner's place.
   */
  readonly form: 'value' | 'pointer' | 'list' | 'map' | 'inline';
  /** Whether JSON shows a value that is zero. */
  readonly zero: boolean;
}

/** Fields of messages, in the order in which JSON shows them. */
type ProtobufTable = Readonly<Record<string, readonly ProtobufField[]>>;

/** Kubernetes' own kinds, and what they consist of: "io.k8s.api.core.v1.Pod". No message contains itself. */
export const kubernetesTable = kubernetes as ProtobufTable;

/** The fields of a special message; all scalars in them are always there. */
const special: Readonly<Record<ProtobufSpecial, readonly ProtobufField[]>> = {
  ExtraValue: [{ number: 1, name: 'items', type: 'string', form: 'list', zero: false }],
  FieldsV1: [scalar(1, 'raw', 'string')],
  IntOrString: [scalar(1, 'type', 'int64'), scalar(2, 'int', 'int32'), scalar(3, 'string', 'string')],
  MicroTime: [scalar(1, 'seconds', 'int64'), scalar(2, 'nanos', 'int32')],
  Quantity: [scalar(1, 'string', 'string')],
  RawExtension: [scalar(1, 'raw', 'string')],
  Time: [scalar(1, 'seconds', 'int64'), scalar(2, 'nanos', 'int32')],
};

function scalar(number: number, name: string, type: ProtobufScalar): ProtobufField {
  return { number, name, type, form: 'value', zero: true };
}

export function isSpecial(type: string): type is ProtobufSpecial {
  return Object.hasOwn(special, type);
}

/** @throws Error for a message that no table has: the tables are ours, so a bug */
export function fieldsOf(type: string): readonly ProtobufField[] {
  const fields = isSpecial(type) ? special[type] : kubernetesTable[type];
  if (fields === undefined) throw new Error(`there is no message ${type}`);
  return fields;
}
