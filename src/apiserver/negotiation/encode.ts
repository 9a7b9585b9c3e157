/** Encodes objects, lists and other values in the negotiated form. */
import { isJsonObject } from '../../meta/json.ts';
import { apiVersionString, type KubeObject, type ListMeta, type Stored } from '../../meta/object.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { CachedObject, ListResult, WrittenJson } from '../watchcache/contract.ts';
import type { Negotiated } from './contract.ts';
import { listFragments, verbatimFragments, type ListHead } from './list-fragments.ts';
import { checkNumber, metaVersionOf, partialObject, type MetaVersion } from './partial.ts';
import { piecesOf } from './pieces.ts';
import { columnsOfValue } from './scale-columns.ts';
import { serialize, serializePieces } from './serialize.ts';
import { rowOf, tableHead, tableOf } from './table.ts';

const isVerbatim = ({ mediaType, pretty }: Negotiated): boolean => mediaType === 'application/json' && !pretty;

const closeBrace = 0x7d;

/** An answer's body: existing bytes, or pieces made one after the other. */
interface Encoded {
  readonly contentType: string;
  readonly body: Buffer | Iterable<Buffer>;
}

/**
 * Encodes one object. Plain JSON is the cached bytes; the object is not parsed for it.
 * @throws StatusError 406 if a list kind was requested
 */
export function encodeObject<T extends KubeObject>(
  negotiated: Negotiated,
  definition: ResourceDefinition<T>,
  cached: Pick<CachedObject<T>, 'object' | 'metadata' | 'json'>,
  now: Date,
): Encoded {
  const { representation, mediaType: contentType } = negotiated;
  checkNumber(representation, false);
  const apiVersion = metaVersionOf(representation);
  switch (representation.as) {
    case 'object':
      return { contentType, body: isVerbatim(negotiated) ? cached.json : serializePieces(negotiated, cached.object) };
    case 'PartialObjectMetadata':
      return { contentType, body: serializePieces(negotiated, partialObject(cached.metadata, apiVersion)) };
    case 'Table': {
      const form = { ...representation, apiVersion };
      const row = rowOf(definition.columns, cached.object, form, now);
      const { resourceVersion } = cached.object.metadata;
      const table = tableOf(definition.columns, { resourceVersion }, [row], form);
      return { contentType, body: serializePieces(negotiated, table) };
    }
  }
}

/**
 * Encodes a page of a list. Plain JSON is made of the objects' cached bytes. Each object is encoded when its piece is
 * requested.
 * @throws StatusError 406 if the kind of a single object was requested
 */
export function encodeList<T extends KubeObject>(
  negotiated: Negotiated,
  definition: ResourceDefinition<T>,
  result: Pick<ListResult<T>, 'objects'>,
  metadata: ListMeta,
  now: Date,
): { contentType: string; body: Iterable<Buffer> } {
  const { representation, mediaType: contentType } = negotiated;
  const { objects } = result;
  checkNumber(representation, true);
  const apiVersion = metaVersionOf(representation);
  const listed = (head: ListHead, key: string, item: (object: CachedObject<T>) => unknown) => ({
    contentType,
    body: piecesOf(() => listFragments(negotiated, head, key, mapped(objects, item))),
  });
  switch (representation.as) {
    case 'object': {
      const head = { kind: definition.listKind, apiVersion: apiVersionString(definition), metadata };
      if (isVerbatim(negotiated)) {
        return { contentType, body: piecesOf(() => verbatimFragments(head, 'items', mapped(objects, bytesOf))) };
      }
      return listed(head, 'items', ({ object }) => object);
    }
    case 'PartialObjectMetadata': {
      const head = { kind: 'PartialObjectMetadataList', apiVersion, metadata };
      if (isVerbatim(negotiated)) {
        const bytes = partialBytes<T>(apiVersion);
        return { contentType, body: piecesOf(() => verbatimFragments(head, 'items', mapped(objects, bytes))) };
      }
      return listed(head, 'items', (entry) => partialObject(entry.metadata, apiVersion));
    }
    case 'Table': {
      const form = { ...representation, apiVersion };
      const head = tableHead(definition.columns, metadata, form);
      return listed(head, 'rows', ({ object }) => rowOf(definition.columns, object, form, now));
    }
  }
}

/** An object's JSON: written where it is wanted if that is possible, else as it is. */
function bytesOf<T extends KubeObject>(object: CachedObject<T>): Buffer | WrittenJson {
  return isWritten(object) ? object : object.json;
}

function isWritten<T extends KubeObject>(object: CachedObject<T>): object is CachedObject<T> & WrittenJson {
  return object.writeJson !== undefined;
}

/** Of each object a PartialObjectMetadata. Where possible it is made of stored bytes, and nothing is parsed. */
function partialBytes<T extends KubeObject>(apiVersion: MetaVersion): (entry: CachedObject<T>) => Buffer | WrittenJson {
  const start = Buffer.from(
    `${JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion }).slice(0, -1)},"metadata":`,
  );
  return (entry) => {
    const metadata = entry.metadataJson?.();
    if (metadata === undefined) return Buffer.from(JSON.stringify(partialObject(entry.metadata, apiVersion)));
    return {
      size: start.length + metadata.size + 1,
      writeJson(into, at) {
        start.copy(into, at);
        metadata.writeJson(into, at + start.length);
        into[at + start.length + metadata.size] = closeBrace;
      },
    };
  };
}

function* mapped<A, B>(items: Iterable<A>, to: (item: A) => B): Generator<B, void, undefined> {
  for (const item of items) yield to(item);
}

/**
 * Encodes other answers: Status, Scale, discovery. A Status is always sent as itself. Other objects with metadata
 * become a Table (name and age; a Scale's counts) or PartialObjectMetadata if negotiated.
 * @param now absent: no ages
 */
export function encodeValue(negotiated: Negotiated, value: object, now?: Date): { contentType: string; body: Buffer } {
  const { representation, mediaType: contentType } = negotiated;
  if (representation.as === 'object' || !isNamedObject(value))
    return { contentType, body: serialize(negotiated, value) };
  const apiVersion = metaVersionOf(representation);
  if (representation.as === 'PartialObjectMetadata') {
    checkNumber(representation, false);
    return { contentType, body: serialize(negotiated, partialObject(value.metadata, apiVersion)) };
  }
  const form = { ...representation, apiVersion };
  const columns = columnsOfValue(value).filter((column) => now !== undefined || column.type !== 'date');
  const row = rowOf(columns, value, form, now ?? new Date(0));
  const { resourceVersion } = value.metadata;
  return { contentType, body: serialize(negotiated, tableOf(columns, { resourceVersion }, [row], form)) };
}

function isNamedObject(value: object): value is Stored<KubeObject> {
  const { kind, metadata } = value as { kind?: unknown; metadata?: unknown };
  return kind !== 'Status' && isJsonObject(metadata) && typeof metadata['name'] === 'string';
}
