/** Elements of lists as path elements. Source: structured-merge-diff, typed/helpers.go */
import { quote } from '../../../meta/go-quote.ts';
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { PathElement, type KeyField } from '../fieldpath/index.ts';
import type { ListType } from './merge-type.ts';
import { Problems } from './problems.ts';

/** What keeps an element of a list that is not atomic from having a path element; undefined for nothing. */
export function elementProblem(list: ListType, item: unknown): string | undefined {
  return list.keys.length > 0 ? keyProblem(list, item) : setProblem(item);
}

function keyProblem(list: ListType, item: unknown): string | undefined {
  if (item === null || item === undefined) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  let hasKey = false;
  for (const name of list.keys) {
    if (ownValue(item, name) === undefined && list.element().map === undefined) {
      return `couldn't find default value for ${name}: associative list may not have non-map types`;
    }
    hasKey ||= keyValue(list, item, name) !== undefined;
  }
  if (hasKey) return undefined;
  const names = list.keys.map(quote).join(' ');
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

function setProblem(item: unknown): string | undefined {
  if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
  if (item === null || item === undefined)
    return "associative list without keys has an element that's an explicit null";
  if (typeof item === 'object') return "associative list without keys has an element that's a map type";
  return undefined;
}

function ownValue(item: JsonObject, name: string): unknown {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Undefined where neither the element nor the schema has one. */
function keyValue(list: ListType, item: JsonObject, name: string): unknown {
  const value = ownValue(item, name) ?? undefined;
  if (value !== undefined) return value;
  return ownValue(item, name) === null ? null : list.keyDefault(name);
}

/**
 * Pruning can leave null where an element was: such a list was not validated.
 * @throws TypedError for elements without a path element
 */
export function checkElements(list: ListType, items: readonly unknown[]): void {
  const problems = new Problems();
  for (const [index, item] of items.entries()) {
    const problem = elementProblem(list, item);
    if (problem !== undefined) problems.add(`element ${index}: ${problem}`);
  }
  problems.throwAny();
}

/** The path element of an element of a list that was validated. */
export function listElement(list: ListType, item: unknown): PathElement {
  if (list.keys.length === 0) return PathElement.value(withoutMinus(item));
  const fields: KeyField[] = [];
  for (const name of list.keys) {
    const value = isJsonObject(item) ? keyValue(list, item, name) : undefined;
    if (value !== undefined) fields.push({ name, value: withoutMinus(value) });
  }
  return PathElement.keyOf(fields);
}

/** JSON's -0 is an integer in Go, which knows one zero. */
function withoutMinus(value: unknown): unknown {
  return value === 0 ? 0 : value;
}

/**
 * Something by which a Map finds elements with the same path element, cheaper than the path element. For one list only.
 * @param item of a list that was validated
 */
export function elementId(list: ListType, item: unknown): unknown {
  const [first, ...others] = list.keys;
  if (first === undefined || !isJsonObject(item)) return item;
  if (others.length > 0) return listElement(list, item).text;
  const value = keyValue(list, item, first);
  return typeof value === 'object' && value !== null ? listElement(list, item).text : value;
}

/** Whether two elements certainly have the same path element. Without allocating anything, so that equal lists cost little. */
export function haveSameElement(list: ListType, one: unknown, other: unknown): boolean {
  if (list.keys.length === 0 || !isJsonObject(one) || !isJsonObject(other)) return one === other;
  for (const name of list.keys) {
    const value = ownValue(one, name);
    if (value !== ownValue(other, name) || (typeof value === 'object' && value !== null)) return false;
  }
  return true;
}
