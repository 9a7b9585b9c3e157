/** The functions that expressions may call. They choose an overload by the types of the values. */
import { CelMap, Duration, isMap, Optional, Timestamp, Type, Uint, type AnyMap } from './values.ts';

/** A type of arguments. */
export interface Kind<T> {
  is(value: unknown): value is T;
}

/** Cost in kube-apiserver's units. Source: k8s.io/apiserver/pkg/cel/library/cost.go */
export type Cost = (args: readonly unknown[], result: unknown) => number;

/** One way to call a function. */
export interface Overload {
  readonly kinds: readonly Kind<unknown>[];
  readonly call: (args: readonly unknown[]) => unknown;
  readonly cost: Cost;
}

type Kinds<A extends readonly unknown[]> = { readonly [I in keyof A]: Kind<A[I]> };

const one: Cost = () => 1;

/** Functions by their names; a member function's name begins with a dot, and its receiver is the first argument. */
export class FunctionTable {
  readonly #overloads = new Map<string, Overload[]>();

  constructor(...others: readonly FunctionTable[]) {
    for (const other of others)
      for (const [name, overloads] of other.#overloads)
        this.#overloads.set(name, [...(this.#overloads.get(name) ?? []), ...overloads]);
  }

  /** Adds an overload. `call` throws CelErrors. */
  add<A extends readonly unknown[]>(
    name: string,
    kinds: readonly [...Kinds<A>],
    call: (...args: A) => unknown,
    cost: Cost = one,
  ): this {
    // The evaluator calls it with arguments of these kinds only.
    const apply = (args: readonly unknown[]): unknown => call(...(args as A));
    const overload: Overload = { kinds, call: apply, cost };
    this.#overloads.set(name, [...(this.#overloads.get(name) ?? []), overload]);
    return this;
  }

  /** Undefined where there is no such function. */
  find(name: string): readonly Overload[] | undefined {
    return this.#overloads.get(name);
  }
}

/** A kind of values that are instances of a class. */
export function instances<T>(constructor: abstract new (...args: never[]) => T): Kind<T> {
  return { is: (value): value is T => value instanceof constructor };
}

/** The kinds of the language itself. */
export const kinds = {
  any: { is: (value: unknown): value is unknown => value !== undefined },
  bool: { is: (value: unknown): value is boolean => typeof value === 'boolean' },
  bytes: instances(Uint8Array),
  double: { is: (value: unknown): value is number => typeof value === 'number' },
  duration: instances(Duration),
  int: { is: (value: unknown): value is bigint => typeof value === 'bigint' },
  list: { is: (value: unknown): value is readonly unknown[] => Array.isArray(value) },
  map: { is: (value: unknown): value is AnyMap => isMap(value) },
  madeMap: instances(CelMap),
  optional: { is: (value: unknown): value is Optional => value instanceof Optional },
  string: { is: (value: unknown): value is string => typeof value === 'string' },
  timestamp: instances(Timestamp),
  type: instances(Type),
  uint: instances(Uint),
} as const;

/** How many characters, bytes, elements or entries it has; 1 for all else. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return lengthOf(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof CelMap) return value.size;
  return isMap(value) ? Object.keys(value).length : 1;
}

/** Code points. */
function lengthOf(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00) count -= 1;
  }
  return count;
}

/** Cost of reading the argument `times` times. */
export function traversal(at = 0, times = 1): Cost {
  return (args) => Math.ceil(sizeOf(args[at]) * times * 0.1);
}

/** Cost of matching a text against a regular expression of some length. */
export function matching(text: unknown, patternLength: number): number {
  return Math.ceil((1 + sizeOf(text)) * 0.1) * Math.ceil(patternLength * 0.25);
}

/** Cost of comparing each element of a list. */
export const elements: Cost = ([list]) => {
  if (!Array.isArray(list)) return Math.ceil(sizeOf(list) * 0.1);
  return list.reduce<number>(
    (sum, item) => sum + (typeof item === 'string' ? 1 + Math.ceil(lengthOf(item) * 0.1) : 1),
    0,
  );
};
