/**
 * The bytes of objects. In the store an object has no resourceVersion (the write's revision is it); here it gets one,
 * without being parsed: the bytes are copied once, with the version put in at the beginning of metadata.
 */
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';

/** What goes to the store: apiVersion, kind and metadata first, no resourceVersion. */
export function encodeStored(object: KubeObject): Buffer {
  return Buffer.from(JSON.stringify(ordered(object, undefined)));
}

/** Makes the served bytes of one kind's objects. */
export interface RevisionWriter {
  /**
   * A copy of an object's JSON that carries this resourceVersion, whether or not there was one before.
   * @throws SyntaxError where the bytes are no JSON object with metadata (only noticed off the fast path)
   */
  withRevision(json: Buffer, revision: Revision): Buffer;
}

const versionKey = Buffer.from('"resourceVersion":"');
const quote = 0x22;

export function createRevisionWriter(apiVersion: string, kind: string): RevisionWriter {
  const head = Buffer.from(`{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},"metadata":{`);
  return {
    withRevision(json, revision) {
      const tail = tailOf(json, head);
      if (tail === undefined) return slow(json, revision);
      const version = `"resourceVersion":"${revision}",`;
      // Not from Buffer's shared pool: these bytes live long, and would keep a whole slab with them.
      const bytes = Buffer.allocUnsafeSlow(head.length + version.length + json.length - tail);
      head.copy(bytes);
      bytes.write(version, head.length, 'latin1');
      json.copy(bytes, head.length + version.length, tail);
      return bytes;
    },
  };
}

/** Where the rest of metadata begins, behind a resourceVersion if there is one; undefined off the expected layout. */
function tailOf(json: Buffer, head: Buffer): number | undefined {
  const start = head.length;
  if (json[start] !== quote || json.compare(head, 0, start, 0, start) !== 0) return undefined;
  const end = start + versionKey.length;
  if (json.compare(versionKey, 0, versionKey.length, start, Math.min(end, json.length)) !== 0) return start;
  const close = json.indexOf('",', end);
  return close < 0 ? undefined : close + 2;
}

function slow(json: Buffer, revision: Revision): Buffer {
  const object: unknown = JSON.parse(json.toString('utf8'));
  if (!isJsonObject(object) || !isJsonObject(object.metadata)) {
    throw new SyntaxError('stored bytes are not a JSON object with metadata');
  }
  return Buffer.from(JSON.stringify(ordered(object as unknown as KubeObject, String(revision))));
}

/** A copy of an object's metadata that has no resourceVersion. */
export function withoutVersion(metadata: ObjectMeta): ObjectMeta {
  const copy = { ...metadata };
  delete copy.resourceVersion;
  return copy;
}

function ordered(object: KubeObject, resourceVersion: string | undefined): object {
  const { apiVersion, kind, metadata, ...rest } = object;
  const others = withoutVersion(metadata);
  return {
    apiVersion,
    kind,
    metadata: resourceVersion === undefined ? others : { resourceVersion, ...others },
    ...rest,
  };
}
