/** Encodes a value in the negotiated media type, at once or in pieces. */
import type { Negotiated } from './contract.ts';
import { piecesOf } from './pieces.ts';
import { YamlWriter } from './yaml-writer.ts';

type Form = Pick<Negotiated, 'mediaType' | 'pretty'>;

/** The value as bytes. YAML has sorted keys, and quotes what a YAML 1.1 parser (kubectl) would misread. */
export function serialize(form: Form, value: unknown): Buffer {
  return Buffer.concat([...serializePieces(form, value)]);
}

/** The same in pieces; long work is done only when the next piece is requested. */
export function serializePieces(form: Form, value: unknown): Iterable<Buffer> {
  return piecesOf(() => fragments(form, value));
}

function fragments({ mediaType, pretty }: Form, value: unknown): Iterable<string> {
  if (mediaType === 'application/yaml') return new YamlWriter().document(value);
  return [pretty ? JSON.stringify(value, undefined, 2) : JSON.stringify(value)];
}
