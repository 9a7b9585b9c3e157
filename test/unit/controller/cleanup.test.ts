import { describe, expect, test } from 'vitest';
import type { PersistentVolumeClaim, StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import { planCleanup } from '../../../src/controller/plan/life-cycle/cleanup.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { sampleCluster } from '../../controller/support/samples.ts';

const cleanup = 'kubedirector.hpe.com/cleanup';
const stamp = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

/** A cluster that is being deleted and owns one StatefulSet with two pods. */
function leaving(...finalizers: readonly string[]): Observed {
  const cluster = sampleCluster();
  const roles = [{ id: 'work', statefulSet: 'set', members: [] }];
  const owner = {
    apiVersion: cluster.apiVersion,
    kind: cluster.kind,
    name: 'sample',
    uid: 'cluster',
    controller: true,
  };
  const set: Stored<StatefulSet> = {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: { ...stamp, name: 'set', uid: 'set', generation: 3, ownerReferences: [owner] },
    spec: { selector: {}, template: {}, replicas: 2 },
    status: { replicas: 2, observedGeneration: 3 },
  };
  return {
    cluster: {
      ...cluster,
      metadata: {
        ...{ ...cluster.metadata, ...stamp, name: 'sample', uid: 'cluster' },
        ...{ deletionTimestamp: '2026-01-02T00:00:00Z', finalizers: [...finalizers] },
      },
      status: { roles },
    },
    ...{ app: undefined, config: {}, statusBackup: undefined, statefulSets: new Map([['set', set]]) },
    ...{ services: new Map(), budgets: new Map(), pods: new Map(), claims: new Map(), guest: new Map() },
    connected: { clusters: [], configMaps: [], secrets: [] },
  };
}

function claim(name: string, controller?: string): Stored<PersistentVolumeClaim> {
  const owner = { apiVersion: 'v1', kind: 'Other', name: 'x', uid: controller ?? '', controller: true };
  const ownerReferences = controller === undefined ? [] : [owner];
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { ...stamp, name, uid: name, ownerReferences } };
}
const deleted = (observed: Observed, kind: string): string[] =>
  planCleanup(observed).flatMap((action) => (action.type === 'delete' && action.kind === kind ? [action.name] : []));

describe('a cluster that is being deleted', () => {
  test('stays until what it made is gone', () => {
    expect(planCleanup(leaving(cleanup))).toEqual([{ type: 'delete', kind: 'StatefulSet', name: 'set', uid: 'set' }]);
    const empty = { ...leaving(cleanup), statefulSets: new Map() };
    expect(planCleanup(empty)).toEqual([{ type: 'setFinalizers', finalizers: [] }]);
  });

  test('deleted in the foreground, waits for what its StatefulSets own, too', () => {
    const [deletion] = planCleanup(leaving('foregroundDeletion', cleanup));
    expect(deletion).toMatchObject({ type: 'delete', name: 'set', propagation: 'Foreground' });
  });

  test.each([
    ['has not seen what it is to do', { replicas: 2, observedGeneration: 2 }],
    ['has pods still to make', { replicas: 1, observedGeneration: 3 }],
    ['has done nothing yet', undefined],
  ])('waits for the pods of a StatefulSet whose controller %s', (_name, status) => {
    const observed = leaving(cleanup);
    const [set] = structuredClone([...observed.statefulSets.values()]);
    delete set?.status;
    const statefulSets = new Map(set && [['set', { ...set, ...(status === undefined ? {} : { status }) }]]);
    const [deletion] = planCleanup({ ...observed, statefulSets });
    expect(deletion).toMatchObject({ type: 'delete', name: 'set', propagation: 'Foreground' });
  });

  test('deletes every PVC that its StatefulSets made, also of pods that are not in the status', () => {
    const claims = [
      claim('p-set-7'),
      claim('b12-set-0'),
      claim('p-set-1', 'other'),
      claim('p-other-0'),
      claim('p-set'),
    ];
    const observed = { ...leaving(cleanup), claims: new Map(claims.map((one) => [one.metadata.name, one])) };
    expect(deleted(observed, 'PersistentVolumeClaim')).toEqual(['p-set-7', 'b12-set-0']);
    const gone = { ...observed, statefulSets: new Map() };
    expect(deleted(gone, 'PersistentVolumeClaim')).toEqual(['p-set-7', 'b12-set-0']);
    expect(planCleanup(gone).map(({ type }) => type)).not.toContain('setFinalizers');
  });

  test('keeps those of a StatefulSet that it no longer owns', () => {
    const observed = leaving(cleanup);
    const [set] = structuredClone([...observed.statefulSets.values()]);
    delete set?.metadata.ownerReferences;
    const claims = new Map([['p-set-7', claim('p-set-7')]]);
    expect(planCleanup({ ...observed, claims, statefulSets: new Map(set && [['set', set]]) })).toEqual([
      { type: 'setFinalizers', finalizers: [] },
    ]);
  });

  test('deleted as an orphaning owner, deletes nothing', () => {
    expect(planCleanup(leaving(cleanup, 'orphan'))).toEqual([{ type: 'setFinalizers', finalizers: ['orphan'] }]);
  });
});
