/** Objects, lists and other values in the form that was negotiated. */
import { isJsonObject } from '../../meta/json.ts';
import { apiVersionString, type KubeObject, type ListMeta, type Stored } from '../../meta/object.ts';
import type { ResourceDefinition } from '../registry/contract.ts';
import type { CachedObject, ListResult } from '../watchcache/contract.ts';
import type { Negotiated } from './contract.ts';
import { checkNumber, metaVersionOf, partialList, partialObject } from './partial.ts';
import { columnsOfValue } from './scale-columns.ts';
import { serialize } from './serialize.ts';
import { rowOf, tableOf } from './table.ts';

/** JSON of single objects is put together into pieces of about this many bytes: few writes, no second copy of it all. */
const pieceBytes = 256 * 1024;
const comma = Buffer.from(',');
const end = Buffer.from(']}');

const isVerbatim = ({ mediaType, pretty }: Negotiated): boolean => mediaType === 'application/json' && !pretty;

/**
 * One object of a resource. Plain JSON is the cached bytes themselves; the object is then not looked at.
 * @throws StatusError 406 where a list kind was asked for
 */
export function encodeObject<T extends KubeObject>(
  negotiated: Negotiated,
  definition: ResourceDefinition<T>,
  cached: Pick<CachedObject<T>, 'object' | 'json'>,
  now: Date,
): { contentType: string; body: Buffer } {
  const { representation, mediaType: contentType } = negotiated;
  checkNumber(representation, false);
  const apiVersion = metaVersionOf(representation);
  switch (representation.as) {
    case 'object':
      return { contentType, body: isVerbatim(negotiated) ? cached.json : serialize(negotiated, cached.object) };
    case 'PartialObjectMetadata':
      return { contentType, body: serialize(negotiated, partialObject(cached.object.metadata, apiVersion)) };
    case 'Table': {
      const form = { ...representation, apiVersion };
      const row = rowOf(definition.columns, cached.object, form, now);
      const { resourceVersion } = cached.object.metadata;
      const table = tableOf(definition.columns, { resourceVersion }, [row], form);
      return { contentType, body: serialize(negotiated, table) };
    }
  }
}

/**
 * A page of a resource. Plain JSON is made of the objects' cached bytes.
 * @throws StatusError 406 where the kind of a single object was asked for
 */
export function encodeList<T extends KubeObject>(
  negotiated: Negotiated,
  definition: ResourceDefinition<T>,
  result: Pick<ListResult<T>, 'objects'>,
  meta: ListMeta,
  now: Date,
): { contentType: string; body: readonly Buffer[] } {
  const { representation, mediaType: contentType } = negotiated;
  const { objects } = result;
  checkNumber(representation, true);
  const apiVersion = metaVersionOf(representation);
  switch (representation.as) {
    case 'object': {
      const head = { kind: definition.listKind, apiVersion: apiVersionString(definition), metadata: meta };
      if (isVerbatim(negotiated)) return { contentType, body: joinItems(head, objects) };
      return { contentType, body: [serialize(negotiated, { ...head, items: objects.map(({ object }) => object) })] };
    }
    case 'PartialObjectMetadata':
      return { contentType, body: [serialize(negotiated, partialList(objects, meta, apiVersion))] };
    case 'Table': {
      const form = { ...representation, apiVersion };
      const rows = objects.map(({ object }) => rowOf(definition.columns, object, form, now));
      return { contentType, body: [serialize(negotiated, tableOf(definition.columns, meta, rows, form))] };
    }
  }
}

function joinItems(head: object, objects: readonly Pick<CachedObject, 'json'>[]): Buffer[] {
  const pieces: Buffer[] = [];
  let waiting: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)];
  let bytes = 0;
  objects.forEach(({ json }, index) => {
    if (index > 0) waiting.push(comma);
    waiting.push(json);
    bytes += json.length;
    if (bytes < pieceBytes) return;
    pieces.push(Buffer.concat(waiting));
    waiting = [];
    bytes = 0;
  });
  waiting.push(end);
  pieces.push(Buffer.concat(waiting));
  return pieces;
}

/**
 * Anything else that is answered: Status, Scale, discovery. A Status goes out as itself whatever was asked; other
 * objects with metadata as a Table (name and age; a Scale's counts) or PartialObjectMetadata where that was negotiated.
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
