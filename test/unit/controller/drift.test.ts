import { describe, expect, test } from 'vitest';
import { covers, mergePatchTo } from '../../../src/controller/plan/natives/drift.ts';

describe('covers', () => {
  test.each([
    ['fields that others added do not matter', { a: 1 }, { a: 1, b: 2 }, true],
    ['a different value does', { a: { b: 1 } }, { a: { b: 2 } }, false],
    ['an absent field does', { a: 1 }, {}, false],
    ['elements of lists may have more fields', [{ a: 1 }], [{ a: 1, d: 'default' }], true],
    ['a list of another length differs', [1], [1, 2], false],
    ['what is empty is as good as absent', { a: '', b: [], c: {} }, {}, true],
    ['an empty label is not absent', { metadata: { labels: { a: '' } } }, { metadata: { labels: {} } }, false],
    ['nor is an empty annotation', { metadata: { annotations: { a: '' } } }, { metadata: {} }, false],
    [
      'nor an empty label of nodes',
      { spec: { nodeSelector: { a: '' } } },
      { spec: { nodeSelector: { b: '' } } },
      false,
    ],
    ['nor a selector of everything', { terms: [{ namespaceSelector: {} }] }, { terms: [{}] }, false],
    [
      'an empty selector selects without fields, too',
      { labelSelector: { matchLabels: {} } },
      { labelSelector: {} },
      true,
    ],
    ['zero and false are not', { a: 0 }, {}, false],
    ['null wants a field gone', { a: null }, { a: 1 }, false],
    ['null is content with an absent one', { a: null }, {}, true],
  ])('%s', (_name, desired, actual, verdict) => {
    expect(covers(desired, actual)).toBe(verdict);
  });
});

describe('mergePatchTo', () => {
  test('names only what differs, lists as a whole', () => {
    const actual = {
      spec: { type: 'A', ports: [{ port: 1, nodePort: 3 }], selector: { x: '1', y: '2' }, other: true },
    };
    const desired = { spec: { type: 'B', ports: [{ port: 2 }], selector: { x: '1', y: null } } };
    expect(mergePatchTo(desired, actual)).toEqual({ spec: { type: 'B', ports: [{ port: 2 }], selector: { y: null } } });
  });

  test('has labels and annotations without a text', () => {
    const metadata = { labels: { a: '', b: '' }, annotations: { c: '' } };
    expect(mergePatchTo({ metadata }, { metadata: { labels: { a: '' } } })).toEqual({
      metadata: { labels: { b: '' }, annotations: { c: '' } },
    });
  });

  test('is nothing where all is as it should be', () => {
    expect(mergePatchTo({ a: { b: 1 } }, { a: { b: 1, c: 2 } })).toBeUndefined();
  });
});
