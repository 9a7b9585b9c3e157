/** Compiles the selection of a list or watch for use on many objects. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { CachedObject, Selection } from './contract.ts';

type SelectableFields<T extends KubeObject> = Readonly<Record<string, (object: Stored<T>) => string>>;

/** A compiled selection. */
export interface Selector<T extends KubeObject> {
  /** Absent: all namespaces. */
  readonly namespace: string | undefined;
  /** Absent: any name. */
  readonly name: string | undefined;
  /** Applies label and field selectors; the caller checks the namespace. Absent: everything matches. */
  readonly matches: ((entry: CachedObject<T>) => boolean) | undefined;
}

/** Without parsing what else is in the metadata, where that is possible. */
export function labelsOf<T extends KubeObject>(entry: CachedObject<T>): Readonly<Record<string, string>> {
  return entry.labels ?? entry.metadata.labels ?? {};
}

/** Compiles the selectors. @param fields the resource's selectable fields */
export function compileSelection<T extends KubeObject>(selection: Selection, fields: SelectableFields<T>): Selector<T> {
  const { labels, fields: fieldSelector, test } = selection;
  const asked = selection.namespace === '' ? undefined : selection.namespace;
  const matches =
    labels === undefined && fieldSelector?.matches === undefined
      ? test
      : (entry: CachedObject<T>): boolean =>
          (labels === undefined || labels.matches(labelsOf(entry))) &&
          (fieldSelector?.matches === undefined || fieldSelector.matches(fieldsOf(entry.object, fields)));
  return {
    namespace: asked ?? fieldSelector?.exact('metadata.namespace'),
    name: fieldSelector?.exact('metadata.name'),
    matches,
  };
}

function fieldsOf<T extends KubeObject>(object: Stored<T>, fields: SelectableFields<T>): Record<string, string> {
  const values: Record<string, string> = {
    'metadata.name': object.metadata.name,
    'metadata.namespace': object.metadata.namespace ?? '',
  };
  for (const [field, valueOf] of Object.entries(fields)) values[field] = valueOf(object);
  return values;
}
