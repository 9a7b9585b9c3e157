/** Elements of lists as path elements. Source: structured-merge-diff, typed/helpers.go */
import { isJsonObject } from '../../../meta/json.ts';
import { PathElement, quote, type KeyField } from '../fieldpath/index.ts';
import type { ListType } from './merge-type.ts';

/**
 * The path element of an element of a list that is not atomic.
 * @returns what is wrong where there is none, as a text
 */
export function listElement(list: ListType, item: unknown): PathElement | string {
  return list.keys.length > 0 ? keyElement(list, item) : setElement(item);
}

function keyElement(list: ListType, item: unknown): PathElement | string {
  if (item === null || item === undefined) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  const fields: KeyField[] = [];
  for (const name of list.keys) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value !== undefined) {
      fields.push({ name, value: withoutMinus(value) });
      continue;
    }
    if (list.element().map === undefined) {
      return `couldn't find default value for ${name}: associative list may not have non-map types`;
    }
    const standard = list.keyDefault(name);
    if (standard !== undefined) fields.push({ name, value: standard });
  }
  if (fields.length === 0) {
    const names = list.keys.map(quote).join(' ');
    return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
  }
  return PathElement.keyOf(fields);
}

function setElement(item: unknown): PathElement | string {
  if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
  if (item === null || item === undefined)
    return "associative list without keys has an element that's an explicit null";
  if (typeof item === 'object') return "associative list without keys has an element that's a map type";
  return PathElement.value(withoutMinus(item));
}

/** JSON's -0 is an integer in Go, which knows one zero. */
function withoutMinus(value: unknown): unknown {
  return value === 0 ? 0 : value;
}

/** The path element of an element of a list that was validated. */
export function validElement(list: ListType, item: unknown): PathElement {
  const element = listElement(list, item);
  if (typeof element === 'string') throw new Error(`a list that was validated has a wrong element: ${element}`);
  return element;
}
