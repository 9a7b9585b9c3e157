import { describe, expect, it } from 'vitest';
import { checkedAfterAdmission } from '../../../../src/apiserver/apply/index.ts';
import type { KubeObject } from '../../../../src/meta/object.ts';
import { edited, tracked, type Content, type Tracked } from './tracked.ts';

const entry = (extra: Content = {}): Content => ({
  ...{ manager: 'liar', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' },
  fieldsV1: { 'f:data': { 'f:a': {} } },
  ...extra,
});

function created(): Tracked {
  const it = tracked('ConfigMap');
  it.update({ metadata: { name: 'm' }, data: { a: '1' } }, 'alice');
  return it;
}

const sent = (it: Tracked, managedFields: unknown): void => {
  it.update(
    edited(it.live, (copy) => (copy.metadata['managedFields'] = managedFields)),
    'bob',
  );
};

const unreadable: [string, unknown, string][] = [
  ['an operation that is none', [entry({ operation: 'Steal' })], 'operation must be `Apply` or `Update`'],
  ['no operation', [entry({ operation: undefined })], 'operation must be `Apply` or `Update`'],
  ['no version', [entry({ apiVersion: '' })], 'apiVersion must not be empty'],
  ['no fieldsType', [entry({ fieldsType: '' })], 'missing fieldsType in managed fields entry 0'],
  ['another fieldsType', [entry(), entry({ fieldsType: 'V2' })], 'invalid fieldsType "V2" in managed fields entry 1'],
  ['fields that are a text', [entry({ fieldsV1: 'f:data' })], 'error decoding the fields of manager "liar": '],
  ['fields that are a list', [entry({ fieldsV1: [] })], 'error decoding the fields of manager "liar": '],
  ['a key without a colon', [entry({ fieldsV1: { data: {} } })], 'error decoding the fields of manager "liar": '],
  ['a broken list key', [entry({ fieldsV1: { 'k:{"a"': {} } })], 'error decoding the fields of manager "liar": '],
  ['a number as a manager', [entry({ manager: 7 })], 'manager of managed fields entry 0 must be a string'],
  ['a time that is none', [entry({ time: 'yesterday' })], 'time of managed fields entry 0 must be as RFC 3339 says'],
  ['a text in the list', ['x'], 'managed fields entry 0 must be an object'],
  ['null among others', [entry(), null], 'operation must be `Apply` or `Update`'],
  ['an object as the list', {}, 'managedFields must be a list'],
];

describe('managedFields that a client writes', () => {
  it.each(unreadable)('count as untouched with %s', (_name, managedFields) => {
    const it = created();
    const before = it.entries();
    sent(it, managedFields);
    expect(it.entries()).toEqual(before);
  });

  it('are taken over where they can be read, in order and in one spelling', () => {
    const it = created();
    sent(it, [
      entry({ manager: 'zoe', time: '2026-01-01T02:00:00+02:00' }),
      entry({
        manager: 'adam',
        operation: 'Apply',
        fieldsV1: { 'f:data': { 'f:b': {}, 'f:a': {} } },
        subresource: 'x',
      }),
    ]);
    expect(it.entries()).toEqual([
      {
        ...{ manager: 'adam', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', subresource: 'x' },
        fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } },
      },
      entry({ manager: 'zoe', time: '2026-01-01T00:00:00Z' }),
    ]);
    expect(Object.keys(it.entries()[0]?.fieldsV1?.['f:data'] ?? {})).toEqual(['f:a', 'f:b']);
  });

  it('count as untouched with a version that does not exist', () => {
    const it = created();
    const before = it.entries();
    sent(it, [entry({ apiVersion: 'v7' }), entry({ manager: 'zoe' })]);
    expect(it.entries()).toEqual(before);
  });

  it('keep the later of two entries of one owner', () => {
    const it = created();
    sent(it, [entry(), entry({ fieldsV1: { 'f:data': { 'f:b': {} } } })]);
    expect(it.entries()).toEqual([entry({ fieldsV1: { 'f:data': { 'f:b': {} } } })]);
  });

  it('may name fields that the object does not have', () => {
    const it = created();
    sent(it, [entry({ fieldsV1: { 'f:spec': { 'f:nothing': {} } } })]);
    expect(it.fieldsOf('liar')).toBe('{"f:spec":{"f:nothing":{}}}');
  });

  it('count as untouched where they are null, missing or empty', () => {
    const it = created();
    const before = it.entries();
    for (const managedFields of [null, undefined, []]) sent(it, managedFields);
    expect(it.entries()).toEqual(before);
  });

  it.each([
    ['null in a list', [null]],
    ['an empty entry', [{}]],
    ['an entry of empty values', [{ manager: '', operation: '', time: null, fieldsV1: null }]],
  ])('are forgotten by %s', (_name, managedFields) => {
    const it = created();
    sent(it, managedFields);
    expect(it.live?.metadata).not.toHaveProperty('managedFields');
  });

  it('are not forgotten by an empty entry among others', () => {
    const it = created();
    const before = it.entries();
    sent(it, [{}, entry()]);
    expect(it.entries()).toEqual(before);
  });

  it('begin anew at a creation that asks to forget them', () => {
    const it = tracked('ConfigMap');
    it.update({ metadata: { name: 'm', managedFields: [{}] }, data: { a: '1' } }, 'alice');
    expect(it.entries().map(({ manager }) => manager)).toEqual(['alice']);
  });

  it('that are stored and cannot be read count as none', () => {
    const it = created();
    const broken = edited(it.live, (copy) => (copy.metadata['managedFields'] = [entry({ operation: 'x' })]));
    it.live = broken as unknown as KubeObject;
    it.apply({ metadata: { name: 'm' }, data: { b: '1' } }, 'bob');
    expect(it.entries().map(({ manager }) => manager)).toEqual(['bob', 'before-first-apply']);
  });

  it('of a megabyte cost work that grows with their size only', () => {
    const cost = (count: number): number => {
      const it = created();
      const fields = Object.fromEntries(Array.from({ length: count }, (_, at) => [`f:field-${at}`, {}]));
      const next = edited(
        it.live,
        (copy) => (copy.metadata['managedFields'] = [entry({ fieldsV1: { 'f:data': fields } })]),
      );
      const before = process.cpuUsage().user;
      it.update(next, 'bob');
      return process.cpuUsage().user - before;
    };
    cost(5_000);
    const [small, large] = [cost(5_000), cost(50_000)];
    expect(large).toBeLessThan(10 * 5 * Math.max(small, 20_000));
  });
});

describe('managedFields after mutating admission', () => {
  const before: KubeObject = { ...{ apiVersion: 'v1', kind: 'ConfigMap' }, metadata: { managedFields: [entry()] } };
  const after = (managedFields: unknown): KubeObject =>
    edited(before, (copy) => (copy.metadata = { labels: { a: '1' }, managedFields })) as unknown as KubeObject;

  it.each(unreadable)('are put back where admission made them unreadable: %s', (_name, managedFields, message) => {
    const { object, warning } = checkedAfterAdmission(before, after(managedFields));
    expect(object.metadata).toEqual({ labels: { a: '1' }, managedFields: [entry()] });
    expect(warning).toContain(
      '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ' +
        message,
    );
  });

  it.each([
    ['the same', [entry()]],
    ['others', [entry({ manager: 'webhook' })]],
    ['none', undefined],
  ])('stay as admission made them where they can be read: %s', (_name, managedFields) => {
    const changed = after(managedFields);
    expect(checkedAfterAdmission(before, changed)).toEqual({ object: changed });
  });

  it('are left out again where there were none', () => {
    const bare = edited(before, (copy) => (copy.metadata = {})) as unknown as KubeObject;
    expect(checkedAfterAdmission(bare, after([{}])).object.metadata).toEqual({ labels: { a: '1' } });
  });
});
