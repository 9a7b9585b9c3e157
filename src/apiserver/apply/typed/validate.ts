/** Whether a value is of its type. Source: structured-merge-diff, typed/validate.go */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { maxDepth } from '../../../schema/depth.ts';
import { numberText, PathElement } from '../fieldpath/index.ts';
import { goSyntax, goText, goType } from './go-values.ts';
import { kindOf } from './kind.ts';
import { elementId, elementProblem, listElement } from './list-element.ts';
import type { ListType, MapType, MergeType, ScalarType } from './merge-type.ts';
import { Problems } from './problems.ts';

/** Parts of objects that were found to be right, by their type. */
type RightParts = WeakMap<object, MergeType>;

/**
 * Objects share parts with what they were made of, and no part is changed in place: what was right once is. Most writes
 * leave most parts as they are, so they are looked at once instead of twice.
 */
const strictlyRight: RightParts = new WeakMap();
/** The same, where lists may have duplicates. */
const lenientlyRight: RightParts = new WeakMap();
/** How deep such parts lie at most: spec and status, labels and annotations. */
const partDepth = 1;

/**
 * @param allowDuplicates whether lists may have several elements of the same key or value
 * @throws TypedError with everything that is wrong
 */
export function validate(type: MergeType, value: unknown, allowDuplicates: boolean): void {
  const problems = new Problems();
  new Validator(problems, allowDuplicates).value(type, value, 0);
  problems.throwAny();
}

class Validator {
  readonly #problems: Problems;
  readonly #allowDuplicates: boolean;

  constructor(problems: Problems, allowDuplicates: boolean) {
    this.#problems = problems;
    this.#allowDuplicates = allowDuplicates;
  }

  value(type: MergeType, value: unknown, depth: number): void {
    if (value === null) return;
    if (depth > maxDepth) {
      this.#problems.add(`exceeded max depth of ${maxDepth}`);
      return;
    }
    switch (kindOf(type, value)) {
      case 'map':
        if (type.map !== undefined) this.#map(type.map, value, depth);
        return;
      case 'list':
        if (type.list !== undefined) this.#list(type.list, value, depth);
        return;
      case 'scalar':
        if (type.scalar !== undefined && !isScalar(type.scalar, value)) {
          this.#problems.add(scalarProblem(type.scalar, value));
        }
    }
  }

  #map(map: MapType, value: unknown, depth: number): void {
    if (!isJsonObject(value)) {
      this.#problems.add(`expected map, got &{${goText(value)}}`);
      return;
    }
    for (const name of Object.keys(value)) if (!this.#field(map, name, value, depth)) return;
  }

  /** @returns whether to go on with the other fields: one that is not declared ends it, as in the original */
  #field(map: MapType, name: string, object: JsonObject, depth: number): boolean {
    const value = object[name];
    if (value === undefined || this.#problems.enough) return true;
    const type = map.field(name)?.type ?? map.rest();
    if (type === undefined) {
      this.#problems.add('field not declared in schema', `.${name}`);
      return false;
    }
    const before = this.#problems.count;
    if (depth > partDepth || typeof value !== 'object' || value === null) this.value(type, value, depth + 1);
    else this.#part(type, value, depth);
    if (this.#problems.count > before) this.#problems.prefix(before, `.${name}`);
    return true;
  }

  #part(type: MergeType, value: object, depth: number): void {
    if (strictlyRight.get(value) === type || (this.#allowDuplicates && lenientlyRight.get(value) === type)) return;
    const before = this.#problems.count;
    this.value(type, value, depth + 1);
    if (this.#problems.count > before) return;
    (this.#allowDuplicates ? lenientlyRight : strictlyRight).set(value, type);
  }

  #list(list: ListType, value: unknown, depth: number): void {
    if (!Array.isArray(value)) {
      this.#problems.add(`expected list, got &{${goText(value)}}`);
      return;
    }
    const seen = list.atomic || this.#allowDuplicates ? undefined : new Set<unknown>();
    const type = list.element();
    for (let index = 0; index < value.length; index++) {
      if (this.#problems.enough) return;
      const item: unknown = value[index];
      const problem = list.atomic ? undefined : elementProblem(list, item);
      if (problem !== undefined) {
        // Without a path element nothing further can be said.
        this.#problems.add(`element ${index}: ${problem}`);
        return;
      }
      const printed = (): string =>
        (list.atomic ? PathElement.index(index) : listElement(list, item)).print(numberText);
      if (seen !== undefined) {
        const id = elementId(list, item);
        if (seen.has(id)) this.#problems.add(`duplicate entries for key ${printed()}`);
        seen.add(id);
      }
      const before = this.#problems.count;
      this.value(type, item, depth + 1);
      if (this.#problems.count > before) this.#problems.prefix(before, printed());
    }
  }
}

function isScalar(type: ScalarType, value: unknown): boolean {
  switch (type) {
    case 'numeric':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'untyped':
      return typeof value !== 'object';
  }
}

function scalarProblem(type: ScalarType, value: unknown): string {
  switch (type) {
    case 'numeric':
      return `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return `expected boolean, got &{${goText(value)}}`;
    case 'untyped':
      return `expected any scalar, got &{${goText(value)}}`;
  }
}
