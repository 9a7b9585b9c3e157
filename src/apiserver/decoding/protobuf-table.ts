/** The fields of protobuf messages. */
import kubernetes from '../../../openapi/kubernetes/protobuf.json' with { type: 'json' };

/** The scalar types that Kubernetes' messages use. */
export type ProtobufScalar = 'bool' | 'bytes' | 'int32' | 'int64' | 'string';

/** Messages whose JSON is not an object of their fields; see protobuf-special.ts. */
export type ProtobufSpecial =
  'ExtraValue' | 'FieldsV1' | 'IntOrString' | 'MicroTime' | 'Quantity' | 'RawExtension' | 'Time';

/** One field of a message. */
export interface ProtobufField {
  readonly number: number;
  /** Its name in JSON; empty if the form is inline. */
  readonly name: string;
  /** A ProtobufScalar, a ProtobufSpecial, or the name of a message. */
  readonly type: string;
  /**
   * How Go holds it. A value is present even if the wire has none, a pointer is not. The keys of maps are strings. The
   * fields of an inline message belong to its owner's JSON object.
   */
  readonly form: 'value' | 'pointer' | 'list' | 'map' | 'inline';
  /** Whether JSON shows a value that is zero. */
  readonly zero: boolean;
}

/** Fields of messages, in the order in which JSON shows them. */
type ProtobufTable = Readonly<Record<string, readonly ProtobufField[]>>;

/**
 * The messages of Kubernetes' own kinds and their parts, such as "io.k8s.api.core.v1.Pod". No message contains itself.
 */
export const kubernetesTable = kubernetes as ProtobufTable;

/** The fields of special messages; all their scalars are always present. */
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

/** Whether the type is a ProtobufSpecial. */
export function isSpecial(type: string): type is ProtobufSpecial {
  return Object.hasOwn(special, type);
}

/** The fields of a message. @throws Error for an unknown message: the tables are ours, so this is a defect */
export function fieldsOf(type: string): readonly ProtobufField[] {
  const fields = isSpecial(type) ? special[type] : kubernetesTable[type];
  if (fields === undefined) throw new Error(`there is no message ${type}`);
  return fields;
}
