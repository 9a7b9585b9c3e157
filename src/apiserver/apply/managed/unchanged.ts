import { deepEqual, type JsonObject } from '../../../meta/json.ts';
import type { KubeObject } from '../../../meta/object.ts';
import { unownedMetadata } from './strip-meta.ts';

/** Whether two states of an object agree in everything that somebody can own. Costs little where they share parts. */
export function isUnchanged(live: KubeObject, next: KubeObject): boolean {
  return (
    agree(asJson(live), asJson(next), isHead) &&
    agree(asJson(live.metadata), asJson(next.metadata), (field) => unownedMetadata.has(field))
  );
}

const isHead = (field: string): boolean => field === 'metadata' || field === 'apiVersion' || field === 'kind';

function agree(a: JsonObject, b: JsonObject, isIgnored: (field: string) => boolean): boolean {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...fields].every((field) => isIgnored(field) || deepEqual(a[field], b[field]));
}

function asJson(value: object): JsonObject {
  return { ...value };
}
