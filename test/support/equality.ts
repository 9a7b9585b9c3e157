/**
 * Loaded before every test file. `toEqual` compares bytes as a whole: element by element it takes seconds for a few
 * hundred kilobytes.
 */
import { expect } from 'vitest';

/** Files that share a worker load this one again; one tester is enough. */
const added = Symbol.for('kubedirector.test.equality');

if (!(added in expect)) {
  Object.defineProperty(expect, added, { value: true });
  expect.addEqualityTesters([
    (one: unknown, other: unknown) => (Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined),
  ]);
}
