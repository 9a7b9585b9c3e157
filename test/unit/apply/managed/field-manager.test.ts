import { describe, expect, it } from 'vitest';
import { StatusError } from '../../../../src/meta/status.ts';
import { resetFieldsOf } from '../../../../src/apiserver/apply/index.ts';
import { edited, tracked, type Content } from './tracked.ts';

const map = (data: Content, metadata: Content = {}): Content => ({ metadata: { name: 'm', ...metadata }, data });

function failure(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('an update', () => {
  it('makes its manager the owner of what it changes, and of nothing else', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1', b: '1' }), 'alice');
    it.later(60);
    it.update(
      edited(it.live, (copy) => (copy['data'] = { a: '1', b: '2', c: '1' })),
      'bob',
    );
    expect(it.entries()).toEqual([
      {
        ...{ manager: 'alice', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z' },
        ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } } },
      },
      {
        ...{ manager: 'bob', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:01:00Z' },
        ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:b': {}, 'f:c': {} } } },
      },
    ]);
  });

  it('never owns what names the object or what the server alone writes', () => {
    const it = tracked('ConfigMap');
    const metadata = { name: 'm', namespace: 'n', uid: 'u', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
    it.update({ metadata: { ...metadata, resourceVersion: '7' } }, 'alice');
    expect(it.live?.metadata).not.toHaveProperty('managedFields');
  });

  it('changes neither times nor owners where it changes nothing', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1' }), 'alice');
    const before = it.entries();
    it.later(60);
    it.update(
      edited(it.live, (copy) => (copy.metadata['resourceVersion'] = '9')),
      'bob',
    );
    expect(it.entries()).toEqual(before);
    it.update(map({ a: '1' }), 'alice');
    expect(it.entries()).toEqual(before);
  });

  it('gives the very same object back where nothing is to be changed in it', () => {
    const it = tracked('ConfigMap');
    const live = it.update(map({ a: '1' }), 'alice');
    const next = { ...live };
    expect(it.update(next, 'bob').metadata).toEqual(live.metadata);
  });

  it('keeps the time of a manager who loses a field', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1', b: '1' }), 'alice');
    it.later(60);
    it.update(map({ a: '1', b: '2' }), 'bob');
    expect(it.entries().map(({ manager, time }) => [manager, time])).toEqual([
      ['alice', '2026-01-01T00:00:00Z'],
      ['bob', '2026-01-01T00:01:00Z'],
    ]);
  });

  it('forgets a manager who owns nothing any more', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1' }), 'alice');
    it.update(map({ b: '1' }), 'bob');
    it.update(map({ a: '1', b: '2' }), 'alice');
    expect(it.entries().map(({ manager }) => manager)).toEqual(['alice']);
  });

  it('is by "unknown" where nobody is named', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1' }), '');
    expect(it.entries()[0]?.manager).toBe('unknown');
  });

  it('keeps the owners as they were where the schema cannot read the object', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1' }), 'alice');
    const before = it.entries();
    it.update({ metadata: { name: 'm' }, data: ['a'] }, 'bob');
    expect(it.entries()).toEqual(before);
  });
});

describe('an apply', () => {
  it('creates an object that its manager owns', () => {
    const it = tracked('ConfigMap');
    it.apply(map({ a: '1' }, { labels: { l: '1' } }), 'alice');
    expect(it.live).toMatchObject({ metadata: { name: 'm', labels: { l: '1' } }, data: { a: '1' } });
    expect(it.entries()).toEqual([
      {
        ...{ manager: 'alice', operation: 'Apply', apiVersion: 'v1', time: '2026-01-01T00:00:00Z' },
        ...{
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } },
        },
      },
    ]);
  });

  it('removes what its manager gave up and nobody else owns', () => {
    const it = tracked('ConfigMap');
    it.apply(map({ mine: '1', ours: '1' }), 'alice');
    it.apply(map({ ours: '1' }), 'bob');
    it.apply(map({}), 'alice');
    expect(it.live).toMatchObject({ data: { ours: '1' } });
    expect(it.live).not.toHaveProperty('data.mine');
  });

  it('conflicts with one owner in one line, with a cause for the field', () => {
    const it = tracked('ConfigMap');
    it.update(map({ a: '1' }), 'alice');
    const error = failure(() => it.apply(map({ a: '2' }), 'bob'));
    expect(error.status).toMatchObject({
      ...{ code: 409, reason: 'Conflict' },
      message: 'Apply failed with 1 conflict: conflict with "alice" using v1: .data.a',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "alice" using v1', field: '.data.a' }],
      },
    });
  });

  it('lists the fields of every owner it conflicts with', () => {
    const it = tracked('ConfigMap');
    it.apply(map({ a: '1', b: '1' }), 'carol');
    it.update(map({ a: '1', b: '1', c: '1' }), 'alice');
    const error = failure(() => it.apply(map({ a: '2', b: '2', c: '2' }), 'bob'));
    expect(error.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "alice" using v1:\n- .data.c\nconflicts with "carol":\n- .data.a\n- .data.b',
    );
    expect(error.status.details?.causes).toHaveLength(3);
    expect(it.live).toMatchObject({ data: { a: '1', b: '1', c: '1' } });
  });

  it('takes fields with force, and shares those that are equal', () => {
    const it = tracked('ConfigMap');
    it.apply(map({ a: '1', b: '1' }), 'alice');
    it.apply(map({ a: '2', b: '1' }), 'bob', true);
    expect(it.fieldsOf('alice')).toBe('{"f:data":{"f:b":{}}}');
    expect(it.fieldsOf('bob')).toBe('{"f:data":{"f:a":{},"f:b":{}}}');
  });

  it('changes no time where it changes nothing', () => {
    const it = tracked('ConfigMap');
    it.apply(map({ a: '1' }), 'zoe');
    it.apply(map({ b: '1' }), 'bob');
    const before = it.live;
    it.later(60);
    it.apply(map({ a: '1' }), 'zoe', true);
    expect(it.live).toEqual(before);
  });

  it('sets the time of its manager alone', () => {
    const it = tracked('ConfigMap');
    it.apply(map({ a: '1' }), 'alice');
    it.apply(map({ b: '1' }), 'bob');
    it.later(60);
    it.apply(map({ a: '2' }), 'alice');
    expect(it.entries().map(({ manager, time }) => [manager, time])).toEqual([
      ['bob', '2026-01-01T00:00:00Z'],
      ['alice', '2026-01-01T00:01:00Z'],
    ]);
  });

  it('does not change the object or the configuration it was given', () => {
    const it = tracked('ConfigMap');
    const live = it.apply(map({ a: '1' }), 'alice');
    const [before, configuration] = [JSON.stringify(live), map({ a: '2' })];
    it.apply(configuration, 'alice');
    expect(JSON.stringify(live)).toBe(before);
    expect(configuration).toEqual(map({ a: '2' }));
  });

  it.each([
    ['another version', { apiVersion: 'v2', kind: 'ConfigMap' }, 'invalid object type: /v2, Kind=ConfigMap'],
    ['another group', { apiVersion: 'apps/v1', kind: 'ConfigMap' }, 'invalid object type: apps/v1, Kind=ConfigMap'],
    ['another kind', { kind: 'Secret' }, 'invalid object type: /v1, Kind=Secret'],
    ['a version that is none', { apiVersion: 'a/b/c' }, 'invalid object type: /, Kind='],
    ['no kind', { apiVersion: undefined, kind: undefined }, 'invalid object type: /, Kind='],
  ])('refuses %s', (_name, type, message) => {
    const error = failure(() => tracked('ConfigMap').apply({ metadata: { name: 'm' }, ...type }, 'alice'));
    expect(error.status).toMatchObject({ code: 400, reason: 'BadRequest', message });
  });

  it('refuses managedFields in the configuration, but not null', () => {
    const it = tracked('ConfigMap');
    for (const managedFields of [[], [{ manager: 'x' }]]) {
      const error = failure(() => it.apply(map({}, { managedFields }), 'alice'));
      expect(error.status).toMatchObject({ code: 400, message: 'metadata.managedFields must be nil' });
    }
    it.apply(map({ a: '1' }, { managedFields: null }), 'alice');
    expect(it.fieldsOf('alice')).toBe('{"f:data":{"f:a":{}}}');
  });

  it('names the object that it cannot read, and what is wrong with it', () => {
    const it = tracked('Pod');
    const containers = [{ name: 'c' }, { name: 'c' }];
    const error = failure(() => it.apply({ metadata: { name: 'p', namespace: 'n' }, spec: { containers } }, 'alice'));
    expect(error.status).toMatchObject({
      ...{ code: 422, reason: 'Invalid' },
      details: {
        ...{ name: 'p', kind: 'Pod' },
        causes: [
          {
            reason: 'FieldValueDuplicate',
            message: 'duplicate entries for key [name="c"]',
            field: 'spec.containers',
          },
        ],
      },
    });
    expect(error.message).toBe(
      'failed to create typed patch object (n/p; /v1, Kind=Pod): .spec.containers: duplicate entries for key [name="c"]',
    );
  });
});

describe('an object that the schema cannot read', () => {
  it('cannot be applied to, and says why', () => {
    const it = tracked('ConfigMap');
    it.live = edited(it.update(map({ a: '1' }), 'alice'), (copy) => (copy['data'] = ['a'])) as never;
    const error = failure(() => it.apply(map({ b: '1' }), 'bob'));
    expect(error.status).toMatchObject({ code: 500 });
    expect(error.message).toBe(
      'failed to create typed live object (/m; /v1, Kind=ConfigMap): .data: expected map, got &{[a]}',
    );
  });
});

describe('subresources', () => {
  it('record who wrote through them, beside the same manager of the main resource', () => {
    const main = tracked('Pod', { resetFields: resetFieldsOf('', true) });
    main.apply({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }] } }, 'kubelet');
    const status = tracked('Pod', { subresource: 'status', resetFields: resetFieldsOf('status', true) });
    status.live = main.live;
    status.update(
      edited(main.live, (copy) => (copy['status'] = { phase: 'Running' })),
      'kubelet',
    );
    expect(status.entries().map(({ operation, subresource, fieldsV1 }) => [operation, subresource, fieldsV1])).toEqual([
      ['Apply', undefined, { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:name': {} } } } }],
      ['Update', 'status', { 'f:status': { '.': {}, 'f:phase': {} } }],
    ]);
  });

  it('own nothing that the strategy resets', () => {
    const status = tracked('Pod', { subresource: 'status', resetFields: resetFieldsOf('status', true) });
    status.update(
      { metadata: { name: 'p', labels: { a: '1' } }, spec: { nodeName: 'x' }, status: { phase: 'x' } },
      'a',
    );
    expect(status.fieldsOf('a')).toBe('{"f:status":{".":{},"f:phase":{}}}');
    const main = tracked('Pod', { resetFields: resetFieldsOf('', true) });
    main.apply({ metadata: { name: 'p', labels: { a: '1' } }, status: { phase: 'x' } }, 'a');
    expect(main.fieldsOf('a')).toBe('{"f:metadata":{"f:labels":{"f:a":{}}}}');
  });

  it('do not let clients write or reset managedFields', () => {
    const status = tracked('Pod', { subresource: 'status' });
    const lie = {
      manager: 'liar',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:x': {} },
    };
    status.update({ metadata: { managedFields: [lie] }, status: { phase: 'x' } }, 'a');
    expect(status.entries().map(({ manager }) => manager)).toEqual(['a']);
    status.update({ metadata: { managedFields: [] }, status: { phase: 'x' } }, 'a');
    expect(status.entries().map(({ manager }) => manager)).toEqual(['a']);
  });
});
