import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pod, StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const labels = { app: 'web' };

function statefulSet(spec: Partial<NonNullable<StatefulSet['spec']>> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'p' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
      ...spec,
    },
  };
}

const target = { namespace: 'default', name: 'web' };
const podList = (): Stored<Pod>[] => cluster.native.pods.cache.list({}).objects.map((one) => one.object);
const names = (): string[] => podList().map((one) => one.metadata.name);
const current = (): Stored<StatefulSet> => cluster.native.statefulSets.cache.get('default', 'web')!.object;

async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 30_000, interval: 5 });
}
async function ready(count: number): Promise<void> {
  await until(() => {
    expect(current().status).toMatchObject({ readyReplicas: count, replicas: count, updatedReplicas: count });
    expect(current().status?.observedGeneration).toBe(current().metadata.generation);
  });
}
async function change(spec: Partial<NonNullable<StatefulSet['spec']>>): Promise<void> {
  await cluster.native.statefulSets.update(admin, target, (now) => ({ ...now!, spec: { ...now!.spec, ...spec } }));
}

describe('StatefulSets of the playground', () => {
  it('with other claim templates leave pods that they do not select, and take their places by their ordinals', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    const uids = podList().map(({ metadata }) => metadata.uid);
    const orphan = () => cluster.native.statefulSets.delete(admin, target, { propagationPolicy: 'Orphan' });
    const templates = ['p', 'more'].map((name) => ({
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }));
    await orphan();
    await until(() => expect(podList().map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[], [], []]));
    // One that selects them adopts them, can't change them, and makes no other pod.
    await cluster.native.statefulSets.create(
      admin,
      'default',
      statefulSet({ volumeClaimTemplates: templates, replicas: 4 }),
    );
    await until(() => {
      const owners = podList().map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
      expect(owners).toEqual(Array(3).fill(current().metadata.uid));
      expect(current().status?.observedGeneration).toBe(1);
    });
    expect(podList().map(({ metadata }) => metadata.uid)).toEqual(uids);
    await orphan();
    await until(() => expect(podList().map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[], [], []]));
    const more = { ...labels, more: 'yes' };
    await cluster.native.statefulSets.create(
      admin,
      'default',
      statefulSet({
        ...{ volumeClaimTemplates: templates, replicas: 0, ordinals: { start: 3 }, selector: { matchLabels: more } },
        template: { metadata: { labels: more }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } },
      }),
    );
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'web-2' }, {});
    await until(() => expect(names()).toEqual(['web-0', 'web-1']));
    await change({ ordinals: { start: 2 }, replicas: 1 });
    await ready(1);
    expect(names()).toEqual(['web-0', 'web-1', 'web-2']);
    expect(
      podList()
        .slice(0, 2)
        .map(({ metadata }) => metadata.uid),
    ).toEqual(uids.slice(0, 2));
    expect(podList()[2]?.spec?.volumes?.map(({ name }) => name)).toEqual(expect.arrayContaining(['p', 'more']));
  });

  it('get running pods with bound claims, addresses and revisions', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    expect(names()).toEqual(['web-0', 'web-1', 'web-2']);
    const pod = podList()[1]!;
    expect(pod.metadata.labels).toMatchObject({
      app: 'web',
      'apps.kubernetes.io/pod-index': '1',
      'statefulset.kubernetes.io/pod-name': 'web-1',
      'controller-revision-hash': current().status?.currentRevision,
    });
    expect(pod.spec).toMatchObject({
      hostname: 'web-1',
      subdomain: 'web',
      nodeName: expect.stringMatching(/^playground-[12]$/) as unknown,
    });
    expect(pod.status?.podIP).toMatch(/^10\.244\./);
    expect(pod.status?.containerStatuses?.[0]?.containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/);
    expect(new Set(podList().map((one) => one.status?.podIP)).size).toBe(3);
    const claim = cluster.native.claims.cache.get('default', 'p-web-1')!.object;
    expect(claim.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
    expect(claim.spec).toMatchObject({ storageClassName: 'standard', volumeName: `pvc-${claim.metadata.uid}` });
    expect(cluster.native.controllerRevisions.cache.list({}).objects).toHaveLength(1);
  });

  it('scale down from the highest ordinal, and keep the claims', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    await change({ replicas: 1 });
    await ready(1);
    expect(names()).toEqual(['web-0']);
    expect(cluster.native.claims.cache.list({}).objects).toHaveLength(3);
  });

  it('start one pod after the other with OrderedReady', async () => {
    cluster = await startCluster({ delays: { containerStart: [20, 20] } });
    const seen: string[] = [];
    await cluster.native.statefulSets.create(admin, 'default', statefulSet({ podManagementPolicy: 'OrderedReady' }));
    await until(() => {
      const pending = podList().filter((pod) => pod.status?.phase !== 'Running');
      expect(pending.length).toBeLessThanOrEqual(1);
      for (const name of names()) if (!seen.includes(name)) seen.push(name);
      expect(current().status?.readyReplicas).toBe(3);
    });
    expect(seen).toEqual(['web-0', 'web-1', 'web-2']);
  });

  it('create a deleted pod again, with the same name and the same claim', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    const before = podList()[2]!.metadata.uid;
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'web-2' });
    await until(() => {
      const again = podList()[2];
      expect(again?.metadata.uid).not.toBe(before);
      expect(again?.status?.phase).toBe('Running');
    });
    expect(cluster.native.claims.cache.list({}).objects).toHaveLength(3);
  });

  it('create a pod whose claim was deleted again with another claim', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    const claim = (): string | undefined => cluster.native.claims.cache.get('default', 'p-web-2')?.object.metadata.uid;
    const before = { claim: claim(), pod: podList()[2]?.metadata.uid };
    await cluster.native.claims.delete(admin, { namespace: 'default', name: 'p-web-2' });
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'web-2' });
    await until(() => {
      const [pod] = podList().filter(({ metadata }) => metadata.name === 'web-2');
      expect(pod?.metadata.uid).not.toBe(before.pod);
      expect(pod?.status?.phase).toBe('Running');
    });
    expect(claim()).toBeDefined();
    expect(claim()).not.toBe(before.claim);
  });

  it('replace all pods if the template changes', async () => {
    cluster = await startCluster({ delays: { terminate: [5, 5] } });
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    const first = current().status?.currentRevision;
    await change({ template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'nginx:2' }] } } });
    await until(() => {
      expect(podList().map((pod) => pod.spec?.containers[0]?.image)).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    });
    await ready(3);
    expect(current().status?.currentRevision).not.toBe(first);
    const deleted = cluster.events().filter((event) => event.reason === 'SuccessfulDelete');
    const told = cluster.events().map(({ message }) => message);
    expect(told).toContain('Create Claim p-web-2 Pod web-2 in StatefulSet web success');
    expect(told).toContain('Create Pod web-2 in StatefulSet web successful');
    expect(told).toContain('Delete Pod web-2 in StatefulSet web successful');
    expect(deleted.map((event) => /Pod (\S+)/.exec(event.message ?? '')?.[1])).toEqual(
      expect.arrayContaining(['web-2', 'web-1', 'web-0']),
    );
  });

  it('keep pods below the partition at the old revision, even if they are created again', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    await change({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'nginx:2' }] } },
    });
    const images = (): (string | undefined)[] => podList().map((pod) => pod.spec?.containers[0]?.image);
    await until(() => {
      expect(images()).toEqual(['nginx:1', 'nginx:1', 'nginx:2']);
    });
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'web-0' }, { gracePeriodSeconds: 0 });
    await until(() => {
      expect(podList()[0]?.status?.phase).toBe('Running');
      expect(images()).toEqual(['nginx:1', 'nginx:1', 'nginx:2']);
    });
  });

  it('are deleted with their pods, or without them with the policy Orphan', async () => {
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    await cluster.native.statefulSets.delete(admin, target, { propagationPolicy: 'Orphan' });
    await until(() => {
      expect(cluster.native.statefulSets.cache.get('default', 'web')).toBeUndefined();
    });
    expect(podList().map((pod) => pod.metadata.ownerReferences ?? [])).toEqual([[], [], []]);
    const uids = podList().map((pod) => pod.metadata.uid);
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await ready(3);
    expect(podList().map((pod) => pod.metadata.uid)).toEqual(uids);
    await cluster.native.statefulSets.delete(admin, target);
    await until(() => {
      expect(names()).toEqual([]);
    });
  });

  it('continue in a new process after a restart', async () => {
    cluster = await startCluster({ delays: { containerStart: [40, 60], initContainer: [10, 20] } });
    const { store } = cluster;
    await cluster.native.statefulSets.create(admin, 'default', statefulSet());
    await until(() => {
      expect(names()).toHaveLength(3);
    });
    cluster.stop();
    cluster = await startCluster({ store });
    await ready(3);
    expect(cluster.native.volumes.cache.list({}).objects).toHaveLength(3);
  });
});
