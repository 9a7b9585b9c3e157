/** A value as bytes of the negotiated media type: at once, or piece by piece. */
import type { Negotiated } from './contract.ts';
import { piecesOf } from './pieces.ts';
import { YamlWriter } from './yaml-writer.ts';

type Form = Pick<Negotiated, 'mediaType' | 'pretty'>;

/** YAML has its keys sorted, and quotes what a YAML 1.1 reader (kubectl) would take for something else. */
export function serialize(form: Form, value: unknown): Buffer {
  return Buffer.concat([...serializePieces(form, value)]);
}

/** The same in pieces; what can take long is done only when the next one is asked for. */
export function serializePieces(form: Form, value: unknown): Iterable<Buffer> {
  return piecesOf(() => fragments(form, value));
}

function fragments({ mediaType, pretty }: Form, value: unknown): Iterable<string> {
  if (mediaType === 'application/yaml') return new YamlWriter().document(value);
  return [pretty ? JSON.stringify(value, undefined, 2) : JSON.stringify(value)];
}
