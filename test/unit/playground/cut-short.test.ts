/**
 * A program may be killed after any write. This test runs a scenario once, and then starts again from the stored data
 * after each of its writes. Every time it must reach the same final state by itself.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { Change, Store } from '../../../src/storage/contract.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';
import { write } from '../../support/store-writes.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const set: StatefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    serviceName: 'web',
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'x:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  },
};

async function changesOf(store: Store): Promise<Change[]> {
  const last = await store.barrier();
  const changes: Change[] = [];
  for await (const event of store.watch(0, AbortSignal.timeout(60_000))) {
    if (event.type === 'commit') changes.push(...event.changes);
    if (event.revision >= last) break;
  }
  return changes;
}

async function storeOf(changes: readonly Change[]): Promise<Store> {
  const store = new MemoryStore();
  const revisions = new Map<string, number>();
  for (const change of changes) {
    const value = change.type === 'put' ? change.value : 'deleted';
    const revision = await write(store, change.key, revisions.get(change.key) ?? 'absent', value);
    if (change.type === 'put') revisions.set(change.key, revision);
    else revisions.delete(change.key);
  }
  return store;
}

const settled = (): Promise<void> =>
  vi.waitFor(
    () => {
      const { pods, claims, volumes, statefulSets } = cluster.native;
      const claim = claims.cache.get('default', 'data-web-0')?.object;
      expect(claim?.status?.phase).toBe('Bound');
      expect(volumes.cache.list({}).objects.map(({ object }) => [object.metadata.name, object.status?.phase])).toEqual([
        [claim?.spec?.volumeName, 'Bound'],
      ]);
      expect(pods.cache.get('default', 'web-0')?.object.status?.phase).toBe('Running');
      expect(statefulSets.cache.get('default', 'web')?.object.status?.readyReplicas).toBe(1);
    },
    { timeout: 60_000, interval: 5 },
  );

const isEvent = (change: Change | undefined): boolean =>
  change !== undefined && 'key' in change && change.key.includes('/events/');

describe('A playground that was killed', () => {
  it('reaches the same final state from each write of a scenario', { timeout: 300_000 }, async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', set);
    await settled();
    cluster.stop();
    const changes = await changesOf(cluster.store);
    const first = changes.findIndex((change) => 'key' in change && change.key.includes('/statefulsets/'));
    const cuts = changes.map((_, index) => index).filter((index) => index >= first && !isEvent(changes[index]));
    expect(cuts.length).toBeGreaterThan(10);
    for (const cut of cuts) {
      cluster = await startCluster({ store: await storeOf(changes.slice(0, cut + 1)) });
      await settled().catch((error: unknown) => {
        const last = changes[cut];
        const place = last !== undefined && 'key' in last ? `${last.type} ${last.key}` : 'the beginning';
        throw new Error(`cut after ${place} (revision ${last?.revision ?? 0})`, { cause: error });
      });
      cluster.stop();
    }
  });
});
