import { describe, expect, test } from 'vitest';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import { planCleanup } from '../../../src/controller/plan/cleanup.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { sampleCluster } from '../../controller/support/samples.ts';

const cleanup = 'kubedirector.hpe.com/cleanup';
const stamp = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

/** A cluster on its way out, which owns one StatefulSet. */
function leaving(...finalizers: readonly string[]): Observed {
  const cluster = sampleCluster();
  const owner = {
    apiVersion: cluster.apiVersion,
    kind: cluster.kind,
    name: 'sample',
    uid: 'cluster',
    controller: true,
  };
  const set: Stored<StatefulSet> = {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: { ...stamp, name: 'set', uid: 'set', ownerReferences: [owner] },
    spec: { selector: {}, template: {} },
  };
  return {
    cluster: {
      ...cluster,
      metadata: {
        ...{ ...cluster.metadata, ...stamp, name: 'sample', uid: 'cluster' },
        ...{ deletionTimestamp: '2026-01-02T00:00:00Z', finalizers: [...finalizers] },
      },
    },
    ...{ app: undefined, config: {}, statusBackup: undefined, statefulSets: new Map([['set', set]]) },
    ...{ services: new Map(), pods: new Map(), claims: new Map(), guest: new Map() },
    connected: { clusters: [], configMaps: [], secrets: [] },
  };
}

describe('a cluster on its way out', () => {
  test('stays until what it made is gone', () => {
    expect(planCleanup(leaving(cleanup))).toEqual([{ type: 'delete', kind: 'StatefulSet', name: 'set', uid: 'set' }]);
    const empty = { ...leaving(cleanup), statefulSets: new Map() };
    expect(planCleanup(empty)).toEqual([{ type: 'setFinalizers', finalizers: [] }]);
  });

  test('deleted in the foreground, waits for what its StatefulSets own, too', () => {
    const [deletion] = planCleanup(leaving('foregroundDeletion', cleanup));
    expect(deletion).toMatchObject({ type: 'delete', name: 'set', propagation: 'Foreground' });
  });

  test('deleted as an orphaning owner, deletes nothing', () => {
    expect(planCleanup(leaving(cleanup, 'orphan'))).toEqual([{ type: 'setFinalizers', finalizers: ['orphan'] }]);
  });
});
