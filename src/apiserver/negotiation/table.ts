/** meta.k8s.io Table: what `kubectl get` prints. Source: KEP-1412 server-side printing, metav1.Table. */
import type { KubeObject, ListMeta, ObjectMeta, Stored } from '../../meta/object.ts';
import type { TableColumn } from '../resource.ts';
import { humanDuration } from './human-duration.ts';
import { partialObject, type MetaVersion } from './partial.ts';

/** The requested form of a Table. */
export interface TableForm {
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  readonly apiVersion: MetaVersion;
}

/** The value of a cell. */
export type Cell = string | number | boolean | null;

const nameColumn: TableColumn<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow ' +
    'a client to request the generation of an appropriate name automatically. Name is primarily intended for creation ' +
    'idempotence and configuration definition. Cannot be updated. More info: ' +
    'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
  value: ({ metadata }) => metadata.name,
};

/** Adds the name column in front, unless a column of the resource has format 'name'. */
function withName<T extends KubeObject>(columns: readonly TableColumn<T>[]): readonly TableColumn<T>[] {
  return columns.some(({ format }) => format === 'name') ? columns : [nameColumn, ...columns];
}

function columnDefinitions<T extends KubeObject>(columns: readonly TableColumn<T>[]): object[] {
  return withName(columns).map(({ name, type, format = '', description, priority }) => {
    return { name, type, format, description, priority };
  });
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** In a date column a timestamp becomes an age; other text is kept. */
function cell<T extends KubeObject>(column: TableColumn<T>, object: Stored<T>, now: Date): Cell {
  const value = column.value(object, now) ?? null;
  if (column.type !== 'date' || typeof value !== 'string' || !timestamp.test(value)) return value;
  return humanDuration(now.getTime() - Date.parse(value));
}

function cellsOf<T extends KubeObject>(columns: readonly TableColumn<T>[], object: Stored<T>, now: Date): Cell[] {
  return withName(columns).map((column) => cell(column, object, now));
}

/** A row of a Table; `object` is what includeObject selects. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly object: unknown;
}

/** The row of an object. */
export function rowOf<T extends KubeObject>(
  columns: readonly TableColumn<T>[],
  object: Stored<T>,
  form: TableForm,
  now: Date,
): Row {
  return { cells: cellsOf(columns, object, now), object: embedded(object, form) };
}

/** The row of a bookmark, which has only metadata. */
export function bookmarkRow<T extends KubeObject>(
  columns: readonly TableColumn<T>[],
  metadata: ObjectMeta,
  object: unknown,
): Row {
  return { cells: withName(columns).map(({ format }) => (format === 'name' ? (metadata.name ?? '') : null)), object };
}

function embedded(object: KubeObject, { includeObject, apiVersion }: TableForm): unknown {
  if (includeObject === 'None') return null;
  return includeObject === 'Object' ? object : partialObject(object.metadata, apiVersion);
}

/**
 * A Table without its rows.
 * @param columns absent: already sent (in watches); kube-apiserver, whose Go slice is nil then, sends null
 */
export function tableHead<T extends KubeObject>(
  columns: readonly TableColumn<T>[] | undefined,
  metadata: ListMeta,
  { apiVersion }: Pick<TableForm, 'apiVersion'>,
): Readonly<Record<string, unknown>> {
  return { kind: 'Table', apiVersion, metadata, columnDefinitions: columns ? columnDefinitions(columns) : null };
}

/** A whole Table. @param columns absent: already sent (in watches) */
export function tableOf<T extends KubeObject>(
  columns: readonly TableColumn<T>[] | undefined,
  metadata: ListMeta,
  rows: readonly Row[],
  form: Pick<TableForm, 'apiVersion'>,
): object {
  return { ...tableHead(columns, metadata, form), rows };
}
