/** Places in a document. Source: RFC 6901. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { maxDepth } from '../../schema/depth.ts';
import { getOwn, setOwn } from '../../schema/own-keys.ts';

/** A patch that is valid but does not fit the object. */
export class PatchMismatchError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatchMismatchError';
  }
}

/** Characters of a pointer that messages show: they are answered, logged and audited. */
const maxShown = 256;

/** For a message: quoted, and cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > maxShown ? `${text.slice(0, maxShown)}...` : text);
}

/** "/a~1b/0" as ["a/b", "0"]; "" as []. @throws PatchMismatchError also where it is deeper than any object */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new PatchMismatchError(`path ${shown(pointer)} does not begin with "/"`);
  // One more than is wanted shows that there are too many, however many there are.
  const parts = pointer.slice(1).split('/', maxDepth + 1);
  if (parts.length > maxDepth) throw missing(pointer);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Something that has children, and the key of one of them, which need not be there. */
export interface Place {
  readonly parent: JsonObject | unknown[];
  readonly key: string;
}

/**
 * The place that a pointer names. @throws PatchMismatchError if its parent does not exist, or for the whole document
 */
export function locate(document: unknown, pointer: string): Place {
  const parts = parsePointer(pointer);
  const key = parts.pop();
  if (key === undefined) throw new PatchMismatchError('the whole document cannot be the target');
  let parent = document;
  for (const part of parts) parent = child(parent, part);
  if (!Array.isArray(parent) && !isJsonObject(parent)) throw missing(pointer);
  return { parent: parent as JsonObject | unknown[], key };
}

function child(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return isIndex.test(key) ? (parent.at(Number(key)) as unknown) : undefined;
  return isJsonObject(parent) ? getOwn(parent, key) : undefined;
}

const missing = (pointer: string): PatchMismatchError =>
  new PatchMismatchError(`there is nothing at ${shown(pointer)}`);

/** RFC 6901's, and as kube-apiserver has it -1 for the last place, -2 for the one before … */
const isIndex = /^(?:0|-?[1-9]\d{0,9})$/;

/** A place in the list, at most `last`. */
function indexOf(key: string, last: number): number {
  if (!isIndex.test(key)) throw new PatchMismatchError(`${shown(key)} is not an index`);
  const number = Number(key);
  const index = number < 0 ? last + 1 + number : number;
  if (index < 0) throw new PatchMismatchError(`index ${number} is before the beginning of the list`);
  if (index > last) throw new PatchMismatchError(`index ${number} is beyond the end of the list`);
  return index;
}

/** The value there; undefined if there is none. @throws PatchMismatchError for an invalid index */
export function read({ parent, key }: Place): unknown {
  return Array.isArray(parent) ? parent[indexOf(key, parent.length - 1)] : getOwn(parent, key);
}

/** Puts a value in: before that index, at the end for "-"; as the member of that name. */
export function insert({ parent, key }: Place, value: unknown): void {
  if (Array.isArray(parent)) parent.splice(key === '-' ? parent.length : indexOf(key, parent.length), 0, value);
  else setOwn(parent, key, value);
}

/** Sets the value there. @throws PatchMismatchError for an invalid index */
export function replace({ parent, key }: Place, value: unknown): void {
  if (Array.isArray(parent)) parent[indexOf(key, parent.length - 1)] = value;
  else setOwn(parent, key, value);
}

/** Removes and returns the value. @throws PatchMismatchError if there is none */
export function remove(place: Place): unknown {
  const { parent, key } = place;
  const value = read(place);
  if (value === undefined) throw new PatchMismatchError(`there is no ${shown(key)}`);
  if (Array.isArray(parent)) parent.splice(indexOf(key, parent.length - 1), 1);
  else Reflect.deleteProperty(parent, key);
  return value;
}
