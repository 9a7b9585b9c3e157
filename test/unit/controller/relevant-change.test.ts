import { describe, expect, it } from 'vitest';
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { apiVersion } from '../../../src/apis/kubedirector/types.ts';
import { concernsPlan } from '../../../src/controller/relevant-change.ts';
import type { Stored } from '../../../src/meta/object.ts';

type Cluster = Stored<KubeDirectorCluster>;

const metadata: Cluster['metadata'] = {
  ...{ name: 'c', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  generation: 1,
  finalizers: ['kubedirector.hpe.com/cleanup'],
};
const spec = { app: 'a', roles: [{ id: 'r', members: 1, resources: { limits: { cpu: '1', memory: '1Gi' } } }] };
const cluster = (change: Partial<Cluster['metadata']> = {}, rest: Partial<Cluster> = {}): Cluster => ({
  ...{ apiVersion, kind: 'KubeDirectorCluster', spec, status: { state: 'configured' } },
  ...rest,
  metadata: { ...metadata, ...change },
});

describe('a change of a cluster', () => {
  it.each([
    ['an annotation of somebody else', { annotations: { 'example.com/note': 'x' } }],
    ['a label of somebody else', { labels: { team: 'x' } }],
    ['its resourceVersion', { resourceVersion: '2' }],
    ['its managed fields', { managedFields: [{ manager: 'kubectl', operation: 'Update' as const }] }],
  ])('concerns no plan where it is only %s', (_, change) => {
    expect(concernsPlan({ object: cluster(change), old: cluster() })).toBe(false);
    expect(concernsPlan({ object: cluster(), old: cluster(change) })).toBe(false);
  });

  it.each([
    ['its generation', cluster({ generation: 2 })],
    ['a deletion', cluster({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['its finalizers', cluster({ finalizers: [] })],
    ['another cluster of the same name', cluster({ uid: 'other' })],
    ['a label of ours', cluster({ labels: { 'kubedirector.hpe.com/restoring': '' } })],
    ['an annotation of ours', cluster({ annotations: { 'kubedirector.hpe.com/skip-notify': 'r-0' } })],
    ['its status', cluster({}, { status: { state: 'creating' } })],
    ['its spec', cluster({}, { spec: { ...spec, app: 'b' } })],
  ])('concerns plans where it is %s', (_, object) => {
    expect(concernsPlan({ object, old: cluster() })).toBe(true);
    expect(concernsPlan({ object: cluster(), old: object })).toBe(true);
  });

  it('concerns plans where the cluster came or went', () => {
    expect(concernsPlan({ object: cluster() })).toBe(true);
    expect(concernsPlan({ old: cluster() })).toBe(true);
  });
});
