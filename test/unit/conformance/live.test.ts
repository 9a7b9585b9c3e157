import { describe, expect, it } from 'vitest';
import { differences, type Difference } from '../../conformance/live/compare.ts';
import type { Intended } from '../../conformance/live/intention.ts';
import { outdated, unintended } from '../../conformance/live/judge.ts';
import { createNames } from '../../conformance/live/names.ts';
import { liveScenarios } from '../../conformance/live/scenarios/index.ts';
import { seen, type Seen } from '../../conformance/live/seen.ts';

const answer = (status: number, body: unknown): Map<string, Seen> => new Map([['get', { status, headers: {}, body }]]);
const differing = (): Difference[] =>
  differences('names', 'direct', answer(422, { message: 'a' }), answer(400, { message: 'b' }));
const why = 'a reason';

describe('a comparison of live answers', () => {
  it('tells bodies as a whole where the codes differ', () => {
    expect(differing().map(({ step, field, kubernetes, ours }) => [step, field, kubernetes, ours])).toEqual([
      ['names: get', 'status', 422, 400],
      ['names: get', 'body', { message: 'a' }, { message: 'b' }],
    ]);
  });

  it('tells each field that differs where the codes are the same', () => {
    const found = differences(
      'names',
      'direct',
      answer(200, { a: 1, b: { c: 1 } }),
      answer(200, { a: 1, b: { c: 2 } }),
    );
    expect(found.map(({ field, kubernetes, ours }) => [field, kubernetes, ours])).toEqual([['body.b.c', 1, 2]]);
  });

  it('tells a field that only one of both has, and an answer that is missing', () => {
    const one = differences('names', 'direct', answer(200, { a: [1] }), answer(200, { a: [1, 2] }));
    expect(one.map(({ field, ours }) => [field, ours])).toEqual([['body.a.1', 2]]);
    expect(differences('names', 'direct', answer(200, {}), new Map())).toHaveLength(1);
  });

  it('accepts what the list intends, and nothing else', () => {
    const steps = ['names: get'];
    const left = (entry: Partial<Intended>): number => unintended(differing(), [{ steps, why, ...entry }]).length;
    expect(unintended(differing(), [])).toHaveLength(2);
    expect(left({ codes: [422, 400] })).toBe(0);
    expect(left({ codes: [422, 409] })).toBe(2);
    expect(left({ codes: [422, 400], way: 'aggregated' })).toBe(2);
    expect(left({ codes: [422, 400], steps: /^lists: / })).toBe(2);
    expect(left({ codes: [422, 400], ours: { body: { message: 'b' } } })).toBe(0);
    expect(left({ codes: [422, 400], ours: { body: { message: 'c' } } })).toBe(2);
    expect(left({ fields: ['status', 'body'] })).toBe(2);
  });

  it('accepts the fields that the list intends where the codes are the same', () => {
    const found = differences('names', 'direct', answer(200, { a: { b: 1 } }), answer(200, { a: { b: 2 } }));
    const left = (entry: Partial<Intended>): number => unintended(found, [{ steps: /./, why, ...entry }]).length;
    expect(left({ fields: ['body.a'] })).toBe(0);
    expect(left({ fields: [/b$/] })).toBe(0);
    expect(left({ fields: ['body.ab'] })).toBe(1);
    expect(left({ fields: ['body'], kubernetes: { 'body.a.b': 2 } })).toBe(1);
    expect(left({})).toBe(1);
  });

  it('refuses entries of the list for what does not differ any more, and for steps that are not there', () => {
    const played = new Set(['names: get', 'names: list']);
    const told = (steps: readonly string[] | RegExp): string[] =>
      outdated(differing(), [{ steps, codes: [422, 400], why }], played);
    expect(told(['names: get'])).toEqual([]);
    expect(told(/get/)).toEqual([]);
    expect(told(['names: list'])).toEqual(['"names: list" does not differ any more (a reason)']);
    expect(told(['names: put'])).toEqual(['there is no step "names: put" (a reason)']);
    expect(told(/put/)).toHaveLength(1);
  });
});

describe('a live answer', () => {
  it('is shown with names for what two servers never have in common', () => {
    const names = createNames({ GROUP: 'g.example', NAMESPACE: 'here' });
    names.begin('get');
    const metadata = { uid: '01234567-89ab-cdef-0123-456789abcdef', resourceVersion: '7', namespace: 'here' };
    const body = {
      apiVersion: 'g.example/v1',
      metadata,
      items: [{ metadata }, { metadata: { resourceVersion: '9' } }],
    };
    const view = seen({ status: 200, headers: { date: 'now' }, text: '{}', body }, names, { revisions: true });
    const shown = { uid: '<uid 1 of get>', resourceVersion: '<revision 1 of get>', namespace: 'NAMESPACE' };
    expect(view).toEqual({
      ...{ status: 200, headers: {}, form: 'compact, no newline at its end' },
      body: {
        apiVersion: 'GROUP/v1',
        metadata: shown,
        items: [{ metadata: shown }, { metadata: { resourceVersion: '<list 1 of get>' } }],
      },
    });
    expect(names.real('/apis/GROUP/NAMESPACE?resourceVersion=<revision 1>&at=<list 1>')).toBe(
      '/apis/g.example/here?resourceVersion=7&at=9',
    );
  });
});

describe('the live scenarios', () => {
  it('have names of their own', () => {
    const names = liveScenarios.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
