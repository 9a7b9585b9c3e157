/** A value as bytes of the negotiated media type. */
import { stringify } from 'yaml';
import type { Negotiated } from './contract.ts';

/** YAML has its keys sorted, and quotes what a YAML 1.1 reader (kubectl) would take for something else. */
export function serialize(negotiated: Pick<Negotiated, 'mediaType' | 'pretty'>, value: unknown): Buffer {
  if (negotiated.mediaType === 'application/yaml') {
    return Buffer.from(
      stringify(value, { sortMapEntries: true, aliasDuplicateObjects: false, compat: 'yaml-1.1', lineWidth: 0 }),
    );
  }
  return Buffer.from(negotiated.pretty ? JSON.stringify(value, undefined, 2) : JSON.stringify(value));
}
