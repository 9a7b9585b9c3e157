/** PodDisruptionBudgets of the playground, and evictions that they refuse. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PodDisruptionBudget, StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { ActionSubresource } from '../../../src/apiserver/resource.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const labels = { app: 'web' };
const set: StatefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    ...{ replicas: 3, serviceName: 'web', podManagementPolicy: 'Parallel', selector: { matchLabels: labels } },
    template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } },
  },
};

const budget = (spec: PodDisruptionBudget['spec'], name = 'web'): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'default' },
  spec: { selector: { matchLabels: labels }, ...spec },
});

const statusOf = (name = 'web') =>
  cluster.native.disruptionBudgets.cache.get('default', name)?.object.status ?? undefined;

function evict(name: string): Promise<unknown> {
  const subresource = cluster.native.pods.definition.subresources['eviction'] as ActionSubresource;
  const target = { namespace: 'default', name };
  return subresource.create(admin, target, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: target }, {});
}

async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 30_000, interval: 5 });
}

async function running(...budgets: readonly PodDisruptionBudget[]): Promise<void> {
  cluster = await startCluster();
  await cluster.native.statefulSets.create(admin, 'default', set);
  for (const one of budgets) await cluster.native.disruptionBudgets.create(admin, 'default', one);
  await until(() => {
    expect(cluster.native.statefulSets.cache.get('default', 'web')?.object.status?.readyReplicas).toBe(3);
    for (const { metadata } of budgets) expect(statusOf(metadata.name)?.currentHealthy).toBe(3);
  });
}

describe('A PodDisruptionBudget', () => {
  it('counts healthy pods against the replicas of their StatefulSet', async () => {
    await running(budget({ maxUnavailable: 1 }), budget({ minAvailable: '50%' }, 'half'));
    expect(statusOf()).toMatchObject({
      ...{ expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, observedGeneration: 1 },
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
    });
    expect(statusOf('half')).toMatchObject({ desiredHealthy: 2, disruptionsAllowed: 1 });
  });

  it('counts a pod that its selector leaves out as unavailable', async () => {
    const matchExpressions = [{ key: 'statefulset.kubernetes.io/pod-name', operator: 'NotIn', values: ['web-1'] }];
    cluster = await startCluster();
    await cluster.native.statefulSets.create(admin, 'default', set);
    const selector = { matchLabels: labels, matchExpressions };
    await cluster.native.disruptionBudgets.create(admin, 'default', budget({ maxUnavailable: 1, selector }));
    await until(() => {
      expect(statusOf()).toMatchObject({ expectedPods: 3, currentHealthy: 2, disruptionsAllowed: 0 });
    });
    await evict('web-1');
    await expect(evict('web-0')).rejects.toMatchObject({ code: 429 });
  });

  it('lets one pod go, and refuses the next one until the first is back', async () => {
    await running(budget({ maxUnavailable: 1 }));
    await evict('web-2');
    await expect(evict('web-1')).rejects.toMatchObject({
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      status: { code: 429, reason: 'TooManyRequests', details: { causes: [{ reason: 'DisruptionBudget' }] } },
    });
    await until(() => {
      expect(statusOf()).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 });
    });
    await evict('web-1');
  });

  it('that changed a moment ago refuses until it has been looked at', async () => {
    cluster = await startCluster({ simulate: false });
    await cluster.native.disruptionBudgets.create(admin, 'default', budget({ maxUnavailable: 1 }));
    const metadata = { name: 'web-0', namespace: 'default', labels };
    const containers = [{ name: 'app', image: 'x' }];
    await cluster.native.pods.create(admin, 'default', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers },
    });
    await cluster.native.pods.update(
      admin,
      { namespace: 'default', name: 'web-0' },
      (pod) => ({ ...pod!, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
      { subresource: 'status' },
    );
    await expect(evict('web-0')).rejects.toMatchObject({
      status: {
        details: { causes: [{ message: 'The disruption budget web is still being processed by the server.' }] },
      },
    });
  });

  it('makes evictions impossible where another one selects the same pod', async () => {
    await running(budget({ maxUnavailable: 1 }), budget({ maxUnavailable: 1 }, 'other'));
    await expect(evict('web-0')).rejects.toMatchObject({ code: 500 });
  });

  it.each([
    [{ minAvailable: 1, maxUnavailable: 1 }, 'minAvailable and maxUnavailable cannot be both set'],
    [{ maxUnavailable: -1 }, 'must be greater than or equal to 0'],
    [{ minAvailable: '101%' }, 'must not be greater than 100%'],
    [{ minAvailable: 'half' }, 'a valid percent string'],
    [{ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'Never' }, 'supported values: "AlwaysAllow", "IfHealthyBudget"'],
  ])('is refused with %j', async (spec, message) => {
    cluster = await startCluster({ simulate: false });
    await expect(cluster.native.disruptionBudgets.create(admin, 'default', budget(spec))).rejects.toThrow(message);
  });
});
