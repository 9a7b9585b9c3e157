/**
 * One step from a value to a part of it, as structured-merge-diff's package fieldpath has it.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#FieldsV1
 */
import { isJsonObject } from '../../../meta/json.ts';
import { compareUtf8 } from '../../../meta/utf8-order.ts';
import { quote } from '../../../meta/go-quote.ts';
import { nameJson, valueJson } from './spelling.ts';
import { compareValues, presentKeys } from './value.ts';

/** A field of a list element's key. */
export interface KeyField {
  readonly name: string;
  readonly value: unknown;
}

/** The four kinds of step, in the order in which a set has them. */
type Step =
  | { readonly rank: 0; readonly name: string }
  | { readonly rank: 1; readonly fields: readonly KeyField[] }
  | { readonly rank: 2; readonly value: unknown }
  | { readonly rank: 3; readonly index: number };

/** A field's name, the key of a list's element, the value of a set's element, or an index. Immutable. */
export class PathElement {
  readonly step: Step;
  #text: string | undefined;

  private constructor(step: Step) {
    this.step = step;
  }

  /** A field of an object: `f:name`. */
  static field(name: string): PathElement {
    return new PathElement({ rank: 0, name });
  }

  /** The element of a list of type map whose fields have these values: `k:{"name":"a"}`. */
  static key(values: Readonly<Record<string, unknown>>): PathElement {
    return PathElement.keyOf(presentKeys(values).map((name) => ({ name, value: values[name] })));
  }

  /** As `key`. @param fields in any order; kept, and sorted by their names */
  static keyOf(fields: KeyField[]): PathElement {
    if (fields.length > 1) fields.sort((a, b) => compareUtf8(a.name, b.name));
    return new PathElement({ rank: 1, fields });
  }

  /** The element of a list of type set that has this value: `v:"a"`. */
  static value(value: unknown): PathElement {
    return new PathElement({ rank: 2, value });
  }

  /** The element of a list at this place, from 0 on: `i:3`. */
  static index(index: number): PathElement {
    return new PathElement({ rank: 3, index });
  }

  /** The field's name; undefined for the other kinds. */
  get name(): string | undefined {
    return this.step.rank === 0 ? this.step.name : undefined;
  }

  /** True for the key of a list's element. */
  get isKey(): boolean {
    return this.step.rank === 1;
  }

  /** As FieldsV1 spells it. Two elements are equal where these are (and not otherwise, but for minus zero). */
  get text(): string {
    return (this.#text ??= fieldsV1Text(this.step));
  }

  /** As Go's fmt prints it: `.name`, `[name="a"]`, `[="a"]`, `[3]`. @param numberText how a number is printed */
  print(numberText: (value: number) => string): string {
    const { step } = this;
    switch (step.rank) {
      case 0:
        return `.${step.name}`;
      case 1:
        return `[${step.fields.map(({ name, value }) => `${name}=${printValue(value, numberText)}`).join(',')}]`;
      case 2:
        return `[=${printValue(step.value, numberText)}]`;
      case 3:
        return `[${step.index}]`;
    }
  }
}

function fieldsV1Text(step: Step): string {
  switch (step.rank) {
    case 0:
      return `f:${step.name}`;
    case 1:
      return `k:{${step.fields.map(({ name, value }) => `${nameJson(name)}:${valueJson(value)}`).join(',')}}`;
    case 2:
      return `v:${valueJson(step.value)}`;
    case 3:
      return `i:${step.index}`;
  }
}

function printValue(value: unknown, numberText: (value: number) => string): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => printValue(item, numberText)).join(',')}]`;
  if (!isJsonObject(value)) return 'null';
  return presentKeys(value)
    .map((key) => `${key}=${printValue(value[key], numberText)}`)
    .join('');
}

/** The order of elements within a set, in FieldsV1 too. @returns less than, equal to or greater than zero */
export function compareElements(left: PathElement, right: PathElement): number {
  if (left === right) return 0;
  const a = left.step;
  const b = right.step;
  if (a.rank === 0 && b.rank === 0) return compareUtf8(a.name, b.name);
  if (a.rank === 1 && b.rank === 1) return compareKeys(a.fields, b.fields);
  if (a.rank === 2 && b.rank === 2) return compareValues(a.value, b.value);
  if (a.rank === 3 && b.rank === 3) return a.index - b.index;
  return a.rank - b.rank;
}

function compareKeys(a: readonly KeyField[], b: readonly KeyField[]): number {
  for (let index = 0; ; index++) {
    const left = a[index];
    const right = b[index];
    if (left === undefined || right === undefined) return a.length - b.length;
    const order = compareUtf8(left.name, right.name) || compareValues(left.value, right.value);
    if (order !== 0) return order;
  }
}
