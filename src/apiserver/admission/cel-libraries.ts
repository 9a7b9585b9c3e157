/**
 * Functions that Kubernetes adds to the CEL language. Source: https://kubernetes.io/docs/reference/using-api/cel/,
 * k8s.io/apiserver/pkg/cel/library, cel-go/ext
 */
import type { Environment } from '@marcbachmann/cel-js';
import { equals, isBefore } from './cel-order.ts';

type List = readonly unknown[];

const maxInt = 2n ** 63n - 1n;

/** Adds isSorted, sum, min, max, indexOf and lastIndexOf of lists. */
export function withLists(environment: Environment): Environment {
  return environment
    .registerFunction('list.isSorted(): bool', (list: List) =>
      list.every((item, at) => at === 0 || !isBefore(item, list[at - 1])),
    )
    .registerFunction('list.sum(): dyn', sum)
    .registerFunction('list.min(): dyn', (list: List) => first(list, 'min', isBefore))
    .registerFunction('list.max(): dyn', (list: List) => first(list, 'max', (a, b) => isBefore(b, a)))
    .registerFunction('list.indexOf(dyn): int', (list: List, item: unknown) =>
      BigInt(list.findIndex((one) => equals(one, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: List, item: unknown) =>
      BigInt(list.findLastIndex((one) => equals(one, item))),
    );
}

class Sets {
  contains(list: List, items: List): boolean {
    return items.every((item) => list.some((one) => equals(one, item)));
  }

  intersects(list: List, items: List): boolean {
    return items.some((item) => this.contains(list, [item]));
  }

  equivalent(list: List, items: List): boolean {
    return this.contains(list, items) && this.contains(items, list);
  }
}

/** Adds sets.contains, sets.intersects and sets.equivalent. */
export function withSets(environment: Environment): Environment {
  const call = (name: keyof Sets) => (sets: Sets, list: List, items: List) => sets[name](list, items);
  return environment
    .registerType('Sets', { ctor: Sets, fields: {} })
    .registerConstant('sets', 'Sets', new Sets())
    .registerFunction('Sets.contains(list, list): bool', call('contains'))
    .registerFunction('Sets.intersects(list, list): bool', call('intersects'))
    .registerFunction('Sets.equivalent(list, list): bool', call('equivalent'));
}

/** Adds charAt and replace of strings. */
export function withStrings(environment: Environment): Environment {
  return environment
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
      replace(text, old, by, Infinity),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, old: string, by: string, most: bigint) =>
        replace(text, old, by, most < 0 ? Infinity : Number(most)),
    );
}

/** Counts Unicode code points; '' directly after the last one. */
function charAt(text: string, at: bigint): string {
  const characters = Array.from(text);
  if (at < 0 || at > characters.length) throw new Error(`index out of range: ${at}`);
  return characters[Number(at)] ?? '';
}

/** An empty `old` matches before each character and at the end, as in Go. */
function replace(text: string, old: string, by: string, most: number): string {
  const parts = old === '' ? ['', ...Array.from(text), ''] : text.split(old);
  return parts.reduce((made, part, at) => made + (at <= most ? by : old) + part);
}

function sum(list: List): unknown {
  if (list.every((one): one is bigint => typeof one === 'bigint')) {
    return list.reduce((total, one) => inRange(total + one), 0n);
  }
  if (list.every((one): one is number => typeof one === 'number')) return list.reduce((total, one) => total + one, 0);
  throw new Error('values of these types cannot be summed up');
}

function inRange(value: bigint): bigint {
  if (value > maxInt || value < -maxInt - 1n) throw new Error('integer overflow');
  return value;
}

function first(list: List, name: string, comesBefore: (a: unknown, b: unknown) => boolean): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, one) => (comesBefore(one, best) ? one : best));
}
