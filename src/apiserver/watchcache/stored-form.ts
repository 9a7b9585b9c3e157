/**
 * The bytes of objects. A stored object has no resourceVersion, because it is the revision of its write. It is added
 * here without parsing: the bytes are copied, with the version at the start of metadata, each time they are sent.
 */
import { isJsonObject, without } from '../../meta/json.ts';
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { WrittenJson } from './contract.ts';

/** The bytes to store: apiVersion, kind and metadata first, no resourceVersion. */
export function encodeStored(object: KubeObject): Buffer {
  return Buffer.from(JSON.stringify(ordered(object)));
}

/** Makes the bytes that clients get of one kind's objects. */
export interface RevisionWriter {
  /**
   * An object's JSON without resourceVersion, in the layout of encodeStored, which the other functions require. Returns
   * the same buffer if it already has that layout.
   * @throws SyntaxError if the bytes are not a JSON object with metadata (noticed only if they are not in that layout)
   */
  withoutRevision(json: Buffer): Buffer;
  /** A copy with this resourceVersion. @param stored as returned by withoutRevision */
  withRevision(stored: Buffer, revision: Revision): Buffer;
  /** Writes what withRevision returns into this buffer. */
  writeWithRevision(stored: Buffer, revision: Revision, into: Buffer, at: number): void;
  /** The number of bytes that withRevision returns. */
  sizeWithRevision(stored: Buffer, revision: Revision): number;
  /** The text of what withRevision returns; costs less than that, if only the text is needed. */
  textWithRevision(stored: Buffer, revision: Revision): string;
  /** The JSON of the metadata alone, without resourceVersion. @param stored as returned by withoutRevision */
  metadataText(stored: Buffer): string;
  /** The JSON of the metadata alone, with this resourceVersion. @param stored as returned by withoutRevision */
  metadataJson(stored: Buffer, revision: Revision): WrittenJson;
}

const versionKey = Buffer.from('"resourceVersion":"');
const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The writer for objects of this kind. */
export function createRevisionWriter(apiVersion: string, kind: string): RevisionWriter {
  const headText = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},"metadata":{`;
  const head = Buffer.from(headText);
  const versionField = (stored: Buffer, revision: Revision): string =>
    `"resourceVersion":"${revision}"${stored[head.length] === quote ? ',' : ''}`;
  const write = (stored: Buffer, version: string, into: Buffer, at: number): void => {
    head.copy(into, at);
    into.write(version, at + head.length, 'latin1');
    stored.copy(into, at + head.length + version.length, head.length);
  };
  return {
    withoutRevision(json) {
      const tail = tailOf(json, head);
      if (tail === head.length) return json;
      return tail === undefined ? laidOut(json, { apiVersion, kind }) : ownBuffer([head, json.subarray(tail)]);
    },
    withRevision(stored, revision) {
      const version = versionField(stored, revision);
      const bytes = Buffer.allocUnsafe(stored.length + version.length);
      write(stored, version, bytes, 0);
      return bytes;
    },
    writeWithRevision(stored, revision, into, at) {
      write(stored, versionField(stored, revision), into, at);
    },
    sizeWithRevision: (stored, revision) => stored.length + versionField(stored, revision).length,
    textWithRevision: (stored, revision) =>
      headText + versionField(stored, revision) + stored.toString('utf8', head.length),
    metadataText: (stored) => stored.toString('utf8', head.length - 1, endOfObject(stored, head.length - 1)),
    metadataJson(stored, revision) {
      const version = `{${versionField(stored, revision)}`;
      const end = endOfObject(stored, head.length - 1);
      return {
        size: version.length + end - head.length,
        writeJson(into, at) {
          into.write(version, at, 'latin1');
          stored.copy(into, at + version.length, head.length, end);
        },
      };
    },
  };
}

/**
 * Joins the parts in memory of their own, outside Buffer's shared pool: a long-lived piece would keep a whole pool
 * alive.
 */
export function ownBuffer(parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Offset of the rest of metadata, after a resourceVersion if there is one; undefined if the layout differs. */
function tailOf(json: Buffer, head: Buffer): number | undefined {
  const start = head.length;
  if (json[start] !== quote || json.compare(head, 0, start, 0, start) !== 0) return undefined;
  const end = start + versionKey.length;
  if (json.compare(versionKey, 0, versionKey.length, start, Math.min(end, json.length)) !== 0) return start;
  const close = json.indexOf('"', end);
  return json[close + 1] === comma ? close + 2 : undefined;
}

/** The offset after the JSON object that begins here. The bytes are valid JSON. */
function endOfObject(json: Buffer, start: number): number {
  let depth = 0;
  let isString = false;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (isString) {
      if (byte === backslash) at++;
      else if (byte === quote) isString = false;
    } else if (byte === quote) isString = true;
    else if (byte === openBrace) depth++;
    else if (byte === closeBrace && --depth === 0) return at + 1;
  }
  return json.length;
}

/** The same object in the layout of encodeStored, with the resource's apiVersion and kind. */
function laidOut(json: Buffer, type: { apiVersion: string; kind: string }): Buffer {
  const object: unknown = JSON.parse(json.toString('utf8'));
  if (!isJsonObject(object) || !isJsonObject(object.metadata)) {
    throw new SyntaxError('stored bytes are not a JSON object with metadata');
  }
  return encodeStored({ ...(object as unknown as KubeObject), ...type });
}

/** A copy of the metadata without resourceVersion. */
export function withoutVersion(metadata: ObjectMeta): ObjectMeta {
  return without(metadata, 'resourceVersion');
}

function ordered(object: KubeObject): object {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata: withoutVersion(metadata), ...rest };
}
