/** Bodies in Kubernetes' protobuf form. Source: k8s.io/apimachinery/pkg/runtime/serializer/protobuf. */
import { DecodeError } from './decode-error.ts';
import { kubernetesTable } from './protobuf-table.ts';
import { eachField } from './protobuf-wire.ts';

/** The media type of Kubernetes' protobuf. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

const magic = Buffer.from('k8s\0');

/** Empty if the body does not say. */
interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Whether a kind has a protobuf form: Kubernetes' own kinds do, custom ones never.
 * @param name the name of its schema, such as "io.k8s.api.core.v1.Pod"
 */
export function hasProtobufForm(name: string): boolean {
  return Object.hasOwn(kubernetesTable, name);
}

/**
 * Opens the envelope of a body: its apiVersion and kind, and the message inside. The envelope is the message
 * k8s.io.apimachinery.pkg.runtime.Unknown after four magic bytes.
 * @throws DecodeError
 */
export function openEnvelope(body: Buffer): { typeMeta: TypeMeta; raw: Buffer } {
  if (body.length === 0) throw new DecodeError('empty data');
  if (!body.subarray(0, magic.length).equals(magic)) {
    const expected = [...magic].join(' ');
    throw new DecodeError(`provided data does not appear to be a protobuf message, expected prefix [${expected}]`);
  }
  if (body.length === magic.length) throw new DecodeError('empty body');
  const typeMeta = { apiVersion: '', kind: '' };
  let raw: Buffer = Buffer.alloc(0);
  eachField(body.subarray(magic.length), (number, value) => {
    if (number !== 1 && number !== 2) return;
    if (typeof value === 'number') throw new DecodeError('proto: wrong wireType = 0 for field of Unknown');
    if (number === 2) raw = value;
    else readTypeMeta(value, typeMeta);
  });
  return { typeMeta, raw };
}

function readTypeMeta(bytes: Buffer, typeMeta: { apiVersion: string; kind: string }): void {
  eachField(bytes, (number, value) => {
    if (number !== 1 && number !== 2) return;
    if (typeof value === 'number') throw new DecodeError('proto: wrong wireType = 0 for field of TypeMeta');
    typeMeta[number === 1 ? 'apiVersion' : 'kind'] = value.toString('utf8');
  });
}
