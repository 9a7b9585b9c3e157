/**
 * What Kubernetes' own evaluator (cel-go, with the environment of kube-apiserver 1.37) makes of the same expressions:
 * test/testdata/cel.json was recorded with it.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toJson } from '../../../src/apiserver/admission/cel-structs.ts';
import { CelError } from '../../../src/apiserver/cel/errors.ts';
import { compile } from '../../../src/apiserver/cel/evaluator.ts';
import { standardFunctions } from '../../../src/apiserver/cel/library/index.ts';
import { Meter } from '../../../src/apiserver/cel/meter.ts';
import { fromJson, typeOf } from '../../../src/apiserver/cel/values.ts';

interface Recorded {
  readonly expression: string;
  readonly type?: string;
  readonly value?: unknown;
  readonly error?: string;
  readonly cost: number;
}

const { object, cases } = JSON.parse(readFileSync(new URL('../../testdata/cel.json', import.meta.url), 'utf8')) as {
  object: unknown;
  cases: Recorded[];
};
const environment = { variables: new Set(['object']), functions: standardFunctions() };

function evaluated(expression: string): { value?: unknown; error?: string; type?: string; cost: number } {
  const meter = new Meter(
    () => false,
    () => new Error('late'),
  );
  const run = compile(expression, environment);
  try {
    const value = run({ object: fromJson(object) }, meter);
    return { value: toJson(value), type: typeOf(value), cost: meter.cost };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return { error: error.message, cost: meter.cost };
  }
}

/** Go keeps the zone in which a time was written; here all are UTC. */
const zoned = "string(timestamp('2020-01-02T03:04:05.670+02:00'))";

describe('Expressions have the same value as in kube-apiserver', () => {
  it.each(cases.filter(({ expression }) => expression !== zoned))(
    '$expression',
    ({ expression, cost, ...expected }) => {
      const { cost: spent, ...found } = evaluated(expression);
      expect(found).toEqual(expected);
      // Constants are folded there: what is made of them is free.
      if (expression.startsWith('object.') && !expression.includes('?')) expect(spent).toBeGreaterThanOrEqual(cost - 2);
    },
  );
});

describe('What is no expression', () => {
  it.each([
    ['1 +', '1:4: Syntax error'],
    ["'abc", '1:2: Syntax error: unterminated string'],
    ['nope', "1:1: undeclared reference to 'nope'"],
    ['nope(1)', "1:1: undeclared reference to 'nope'"],
    ['object.nope()', "undeclared reference to 'nope'"],
    ['object\n  .size(1, 2)', '2:4: found no matching overload'],
    ['has(object)', 'invalid argument to has() macro'],
    ['object.map(x.y, x)', 'argument must be a simple name'],
    ['9223372036854775808', 'invalid int literal'],
    ['namespace', 'reserved identifier: namespace'],
    [`'\\q'`, 'invalid escape sequence'],
    [`${'('.repeat(300)}1${')'.repeat(300)}`, 'expression recursion limit exceeded: 250'],
    ['Object{a: 1}', "undeclared reference to 'Object'"],
    ['1 $ 2', 'token recognition error'],
    [`'${'a'.repeat(100_001)}'`, 'exceeds limit'],
  ])('is told by its position: %.40s', (expression, message) => {
    expect(() => compile(expression, environment)).toThrow(message);
  });
});

describe('An expression', () => {
  it('is stopped once it costs too much, whatever its value would be', () => {
    const loop = 'object.list.map(x, object.list.map(y, x)).flatten()';
    const deep = Array.from({ length: 16 }, (_, at) => `v${at}`).reduce(
      (inner, name) => `object.list.all(${name}, ${inner})`,
      `${loop}.size() > 0`,
    );
    expect(() => evaluated(`true || ${deep}`)).not.toThrow();
    expect(() => evaluated(deep)).toThrow('operation cancelled: actual cost limit exceeded');
  });

  it('cannot hide that it was stopped', () => {
    const deep = Array.from({ length: 16 }, (_, at) => `v${at}`).reduce(
      (inner, name) => `object.list.all(${name}, ${inner})`,
      'true',
    );
    expect(() => evaluated(`${deep} || true`)).toThrow('operation cancelled');
  });
});
