/** Paths to fields. Source: structured-merge-diff, fieldpath/path.go */
import { PathElement } from './path-element.ts';
import { floatText } from './spelling.ts';

/** The steps from an object to a field of it. */
export type Path = readonly PathElement[];

/** What `fieldPath` makes a step of. */
type PathPart = string | number | PathElement | Readonly<Record<string, unknown>>;

/** A path: strings are names of fields, numbers are indexes, other objects are keys. `fieldPath('spec', 'roles', { id: 'a' })` */
export function fieldPath(...parts: readonly PathPart[]): Path {
  return parts.map((part) => {
    if (part instanceof PathElement) return part;
    if (typeof part === 'string') return PathElement.field(part);
    return typeof part === 'number' ? PathElement.index(part) : PathElement.key(part);
  });
}

/**
 * A path as conflicts show it: `.spec.roles[id="worker"].members`. Numbers are printed as Go prints a float64, because that
 * is what FieldsV1 is decoded to there.
 */
export function pathString(path: Path): string {
  return path.map((element) => element.print(floatText)).join('');
}
