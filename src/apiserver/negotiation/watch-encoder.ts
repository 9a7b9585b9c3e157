/** Encodes watch events as lines of JSON, in the negotiated form. */
import { apiVersionString, type KubeObject, type ObjectMeta, type Stored } from '../../meta/object.ts';
import { notAcceptable, type Status } from '../../meta/status.ts';
import type { ResourceDefinition, TableColumn } from '../resource.ts';
import type { WatchEvent } from '../watchcache/contract.ts';
import type { Negotiated } from './contract.ts';
import { checkNumber, metaVersionOf, partialObject, type MetaVersion } from './partial.ts';
import { bookmarkRow, rowOf, tableOf, type Row, type TableForm } from './table.ts';

/** The annotation of the bookmark that ends a streamed list. Source: KEP-3157. */
export const initialEventsEnd = 'k8s.io/initial-events-end';

/** Encodes the events of one watch; each result is one whole line. */
export interface WatchEncoder<T extends KubeObject> {
  readonly contentType: string;
  event(event: WatchEvent<T>): Buffer;
  bookmark(resourceVersion: string, annotations?: Readonly<Record<string, string>>): Buffer;
  error(status: Status): Buffer;
}

function line(type: string, object: unknown): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

/** The object of an event; a deleted one has its last state and the version of its deletion. */
function shownObject<T extends KubeObject>(event: WatchEvent<T>): Stored<T> {
  const { object } = event.object;
  const resourceVersion = String(event.revision);
  if (event.type !== 'DELETED' || object.metadata.resourceVersion === resourceVersion) return object;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/**
 * An encoder for one watch: for a Table it sends the columns only with the first event.
 * @throws StatusError 406 for YAML, which cannot be streamed, and for a list kind
 */
export function createWatchEncoder<T extends KubeObject>(
  negotiated: Negotiated,
  definition: ResourceDefinition<T>,
  now: () => Date,
): WatchEncoder<T> {
  if (negotiated.mediaType === 'application/yaml') throw notAcceptable(['application/json;stream=watch']);
  const { representation } = negotiated;
  checkNumber(representation, false);
  const form =
    representation.as === 'Table'
      ? tableForm(definition, { ...representation, apiVersion: metaVersionOf(representation) }, now)
      : representation.as === 'object'
        ? objectForm(definition)
        : partialForm<T>(metaVersionOf(representation));
  return { contentType: negotiated.mediaType, error: (status) => line('ERROR', status), ...form };
}

type Form<T extends KubeObject> = Pick<WatchEncoder<T>, 'event' | 'bookmark'>;

function bookmarkMeta(resourceVersion: string, annotations?: Readonly<Record<string, string>>): ObjectMeta {
  return { resourceVersion, ...(annotations ? { annotations: { ...annotations } } : {}) };
}

function objectForm<T extends KubeObject>(definition: ResourceDefinition<T>): Form<T> {
  const typeMeta = { kind: definition.kind, apiVersion: apiVersionString(definition) };
  return {
    event: (event) => event.line(),
    bookmark: (resourceVersion, annotations) =>
      line('BOOKMARK', { ...typeMeta, metadata: bookmarkMeta(resourceVersion, annotations) }),
  };
}

function partialForm<T extends KubeObject>(apiVersion: MetaVersion): Form<T> {
  return {
    event: (event) => line(event.type, partialObject(shownObject(event).metadata, apiVersion)),
    bookmark: (resourceVersion, annotations) =>
      line('BOOKMARK', partialObject(bookmarkMeta(resourceVersion, annotations), apiVersion)),
  };
}

function tableForm<T extends KubeObject>(definition: ResourceDefinition<T>, form: TableForm, now: () => Date): Form<T> {
  const { includeObject: include, apiVersion } = form;
  const typeMeta = { kind: definition.kind, apiVersion: apiVersionString(definition) };
  let columns: readonly TableColumn<T>[] | undefined = definition.columns;
  const table = (type: string, resourceVersion: string, row: Row): Buffer => {
    const text = line(type, tableOf(columns, { resourceVersion }, [row], form));
    columns = undefined;
    return text;
  };
  return {
    event(event) {
      const object = shownObject(event);
      return table(event.type, object.metadata.resourceVersion, rowOf(definition.columns, object, form, now()));
    },
    bookmark(resourceVersion, annotations) {
      const metadata = bookmarkMeta(resourceVersion, annotations);
      // Only this annotation marks the end of the initial events, so it is sent even with includeObject=None.
      const isEnd = annotations?.[initialEventsEnd] !== undefined;
      const wanted = include === 'Object' ? { ...typeMeta, metadata } : partialObject(metadata, apiVersion);
      const object = include === 'None' && !isEnd ? null : wanted;
      return table('BOOKMARK', resourceVersion, bookmarkRow(definition.columns, metadata, object));
    },
  };
}
