import { describe, expect, it } from 'vitest';
import {
  clusterTokens,
  masterKeyField,
  withFieldOf,
  withoutField,
} from '../../../src/apis/kubedirector/secret-fields.ts';

const member = (nodeID: number, authToken?: string): object => ({
  nodeID,
  pod: `pod-${nodeID}`,
  ...(authToken === undefined ? {} : { authToken }),
});
const cluster = (...members: object[]): object => ({
  spec: { app: 'x' },
  status: {
    state: 'configured',
    roles: [
      { id: 'other', members: [] },
      { id: 'only', members },
    ],
  },
});

describe('a field', () => {
  it('is removed wherever it is, and nothing else', () => {
    expect(withoutField(cluster(member(1, 't'), member(2)), clusterTokens)).toEqual(cluster(member(1), member(2)));
    expect(withoutField({ spec: { masterEncryptionKey: 'k', a: 1 } }, masterKeyField)).toEqual({ spec: { a: 1 } });
  });

  it('gives back the same object if the field is absent', () => {
    for (const value of [cluster(member(1)), cluster(), {}, { status: null }, { status: { roles: 7 } }, 'text', [[]]]) {
      expect(withoutField(value, clusterTokens)).toBe(value);
    }
  });

  it('is put back for the elements of the same key, in whatever order they are', () => {
    const current = cluster(member(1, 'one'), member(2, 'two'), member(3, 'three'));
    const next = cluster(member(3), member(4), member(1, 'new'));
    const wanted = cluster(member(3, 'three'), member(4), member(1, 'new'));
    expect(withFieldOf(next, current, clusterTokens)).toEqual(wanted);
  });

  it('is put back into nothing that is not there, and the object is itself where nothing is lacking', () => {
    const current = cluster(member(1, 'one'));
    for (const next of [
      {},
      { status: null },
      { status: {} },
      { status: { roles: [null, 7, { id: 'only' }] } },
      current,
    ])
      expect(withFieldOf<object>(next, current, clusterTokens)).toBe(next);
    expect(withFieldOf<object>({ spec: {} }, { spec: { masterEncryptionKey: 'k' } }, masterKeyField)).toEqual({
      spec: { masterEncryptionKey: 'k' },
    });
  });
});
