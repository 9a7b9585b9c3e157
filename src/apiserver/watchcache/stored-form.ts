/**
 * The bytes of objects. In the store an object has no resourceVersion (the write's revision is it); here it gets one,
 * without being parsed: the bytes are copied, with the version put in at the beginning of metadata, whenever they are sent.
 */
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';

/** What goes to the store: apiVersion, kind and metadata first, no resourceVersion. */
export function encodeStored(object: KubeObject): Buffer {
  return Buffer.from(JSON.stringify(ordered(object)));
}

/** Makes the served bytes of one kind's objects. */
export interface RevisionWriter {
  /**
   * An object's JSON without resourceVersion, in the layout that the other functions take: the same buffer where it is
   * so already, as all that encodeStored made is.
   * @throws SyntaxError where the bytes are no JSON object with metadata (only noticed off that layout)
   */
  withoutRevision(json: Buffer): Buffer;
  /** A copy that carries this resourceVersion. @param stored as withoutRevision gives it */
  withRevision(stored: Buffer, revision: Revision): Buffer;
  /** How many bytes withRevision gives. */
  sizeWithRevision(stored: Buffer, revision: Revision): number;
}

const versionKey = Buffer.from('"resourceVersion":"');
const quote = 0x22;
const comma = 0x2c;

export function createRevisionWriter(apiVersion: string, kind: string): RevisionWriter {
  const head = Buffer.from(`{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},"metadata":{`);
  const versionField = (stored: Buffer, revision: Revision): string =>
    `"resourceVersion":"${revision}"${stored[head.length] === quote ? ',' : ''}`;
  return {
    withoutRevision(json) {
      const tail = tailOf(json, head);
      if (tail === head.length) return json;
      return tail === undefined ? laidOut(json, { apiVersion, kind }) : ownBuffer([head, json.subarray(tail)]);
    },
    withRevision(stored, revision) {
      const version = versionField(stored, revision);
      const bytes = Buffer.allocUnsafe(stored.length + version.length);
      head.copy(bytes);
      bytes.write(version, head.length, 'latin1');
      stored.copy(bytes, head.length + version.length, head.length);
      return bytes;
    },
    sizeWithRevision: (stored, revision) => stored.length + versionField(stored, revision).length,
  };
}

/** Not from Buffer's shared pool: what lives long would keep a whole slab of it alive. */
export function ownBuffer(parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Where the rest of metadata begins, behind a resourceVersion if there is one; undefined off the expected layout. */
function tailOf(json: Buffer, head: Buffer): number | undefined {
  const start = head.length;
  if (json[start] !== quote || json.compare(head, 0, start, 0, start) !== 0) return undefined;
  const end = start + versionKey.length;
  if (json.compare(versionKey, 0, versionKey.length, start, Math.min(end, json.length)) !== 0) return start;
  const close = json.indexOf('"', end);
  return json[close + 1] === comma ? close + 2 : undefined;
}

/** The same object in the layout that encodeStored makes; it is of the resource's kind, whatever it says. */
function laidOut(json: Buffer, type: { apiVersion: string; kind: string }): Buffer {
  const object: unknown = JSON.parse(json.toString('utf8'));
  if (!isJsonObject(object) || !isJsonObject(object.metadata)) {
    throw new SyntaxError('stored bytes are not a JSON object with metadata');
  }
  return encodeStored({ ...(object as unknown as KubeObject), ...type });
}

/** A copy of an object's metadata that has no resourceVersion. */
export function withoutVersion(metadata: ObjectMeta): ObjectMeta {
  const copy = { ...metadata };
  delete copy.resourceVersion;
  return copy;
}

function ordered(object: KubeObject): object {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata: withoutVersion(metadata), ...rest };
}
