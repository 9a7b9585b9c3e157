import { describe, expect, it } from 'vitest';
import { edited, tracked, type Content } from './tracked.ts';

const labelled = (...labels: string[]): Content => ({
  metadata: { name: 'p', labels: Object.fromEntries(labels.map((label) => [label, 'x'])) },
});

describe('an object without managedFields', () => {
  const untracked = (): ReturnType<typeof tracked> => {
    const it = tracked('Pod');
    it.update(labelled('a'), 'alice');
    it.update(
      edited(it.live, (copy) => (copy.metadata['managedFields'] = [{}])),
      'alice',
    );
    return it;
  };

  it('stays without them at updates', () => {
    const it = untracked();
    it.update(labelled('a', 'b'), 'bob');
    expect(it.entries()).toEqual([]);
  });

  it('is tracked from its first apply on, which may conflict with what was there', () => {
    const it = untracked();
    const wanted = { metadata: { name: 'p', labels: { a: 'y' } } };
    expect(() => it.apply(wanted, 'bob')).toThrow(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .metadata.labels.a',
    );
    it.apply(wanted, 'bob', true);
    expect(it.entries().map(({ manager, operation }) => [manager, operation])).toEqual([
      ['bob', 'Apply'],
      ['before-first-apply', 'Update'],
    ]);
  });

  it('is tracked from its creation on by default', () => {
    const it = tracked('Pod');
    it.apply(labelled('a'), 'alice');
    expect(it.entries().map(({ manager }) => manager)).toEqual(['alice']);
  });
});

describe('managers of updates', () => {
  const written = (count: number): ReturnType<typeof tracked> => {
    const it = tracked('Pod');
    const labels: string[] = [];
    for (let at = 1; at <= count; at += 1) {
      labels.push(`l${at}`);
      it.update(labelled(...labels), `manager-${String(at).padStart(2, '0')}`);
      it.later(1);
    }
    return it;
  };

  it('are kept one by one up to ten', () => {
    expect(written(10).entries()).toHaveLength(10);
  });

  it('become "ancient-changes" if there are more, the oldest first, with the latest of their times', () => {
    const it = written(12);
    expect(it.entries()).toHaveLength(10);
    expect(it.entries()[0]).toMatchObject({
      ...{ manager: 'ancient-changes', operation: 'Update', time: '2026-01-01T00:00:02Z' },
      fieldsV1: { 'f:metadata': { 'f:labels': { 'f:l1': {}, 'f:l2': {}, 'f:l3': {} } } },
    });
    expect(it.entries()[1]?.manager).toBe('manager-04');
  });

  it('do not change by updates that change nothing', () => {
    const it = written(12);
    const before = it.entries();
    it.update(
      edited(it.live, () => undefined),
      'somebody',
    );
    expect(it.entries()).toEqual(before);
  });

  it('do not count appliers', () => {
    const it = written(10);
    for (let at = 0; at < 5; at += 1) it.apply(labelled(`applied-${at}`), `applier-${at}`);
    expect(it.entries()).toHaveLength(15);
  });

  it('are put together version by version, and one of each version stays as it is', () => {
    const it = tracked('Pod', { converter: { convert: (object) => object } });
    const entry = (manager: string, apiVersion: string, second: number, label: string): Content => ({
      ...{ manager, operation: 'Update', apiVersion, time: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z` },
      ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:metadata': { 'f:labels': { [`f:${label}`]: {} } } } },
    });
    const others = Array.from({ length: 8 }, (_, at) => entry(`late-${at}`, 'v1', 20 + at, `late-${at}`));
    it.update(labelled('a', 'b', 'c', 'd'), 'x');
    const early = [
      entry('m1', 'v1', 1, 'a'),
      entry('m2', 'v2', 2, 'b'),
      entry('m3', 'v1', 3, 'c'),
      entry('m4', 'v2', 4, 'd'),
    ];
    it.update(
      edited(it.live, (copy) => (copy.metadata['managedFields'] = [...early, ...others])),
      'y',
    );
    expect(it.entries().slice(0, 2)).toMatchObject([
      { manager: 'ancient-changes', apiVersion: 'v1', time: '2026-01-01T00:00:03Z' },
      { manager: 'ancient-changes', apiVersion: 'v2', time: '2026-01-01T00:00:04Z' },
    ]);
    expect(it.entries()).toHaveLength(10);
  });
});

describe('stored entries of a version that is served no more', () => {
  const aged = (): ReturnType<typeof tracked> => {
    const it = tracked('Pod');
    it.update(labelled('a'), 'alice');
    const fieldsV1 = { 'f:metadata': { 'f:labels': { 'f:a': {} } } };
    const old = { manager: 'old', operation: 'Update', apiVersion: 'v1beta1', fieldsType: 'FieldsV1', fieldsV1 };
    it.live = edited(it.live, (copy) => (copy.metadata['managedFields'] = [old, ...it.entries()])) as never;
    return it;
  };

  it('go with the next update that changes something', () => {
    const it = aged();
    it.update(labelled('a', 'b'), 'bob');
    expect(it.entries().map(({ manager }) => manager)).toEqual(['alice', 'bob']);
  });

  it('do not stand in the way of an apply', () => {
    const it = aged();
    it.apply(labelled('c'), 'bob');
    expect(it.entries().map(({ manager }) => manager)).toEqual(['bob', 'alice']);
  });
});
