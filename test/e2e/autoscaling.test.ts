import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { serveExternalMetrics, whyUnreachable, type ExternalMetrics } from './support/external-metrics.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';

const unreachable = whyUnreachable();
const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
const inNamespace = (): string => `--namespace=${namespace}`;

interface Autoscaler {
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}
const condition = async (name: string, type: string) => {
  const autoscaler = await cluster.read<Autoscaler>('hpa', name, inNamespace());
  return autoscaler?.status?.conditions?.find((one) => one.type === type);
};
const workers = async (): Promise<unknown> =>
  (await cluster.read('kdrole', 'one.worker', inNamespace()))?.status?.['replicas'];

beforeAll(async () => {
  namespace = await cluster.makeNamespace('autoscaling');
  await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 1 })]);
  await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=55s');
});
afterAll(() => cluster.dropNamespaces(namespace));

describe('a HorizontalPodAutoscaler', () => {
  it('that kubectl autoscale made for a role can read and set its scale', async () => {
    await ok('autoscale', 'kdrole/one.worker', '--name=by-cpu', '--min=1', '--max=4', inNamespace());
    const able = await eventually('the autoscaler to read the scale', () => condition('by-cpu', 'AbleToScale'));
    expect(able).toMatchObject({ status: 'True', reason: 'SucceededGetScale' });
    const active = await eventually('the autoscaler to look for pods', () => condition('by-cpu', 'ScalingActive'));
    // It understands the scale's selector: only CPU metrics are missing.
    expect(active.reason).not.toMatch(/InvalidSelector|ScalingDisabled/);
    await ok('delete', 'hpa/by-cpu', inNamespace());
  });

  describe.skipIf(unreachable !== undefined)(`with an external metric${unreachable ?? ''}`, () => {
    let metrics: ExternalMetrics;
    beforeAll(async () => {
      metrics = await serveExternalMetrics(cluster, namespace);
      metrics.set(10);
      await cluster.apply({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'by-jobs', namespace },
        spec: {
          scaleTargetRef: { apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorRole', name: 'one.worker' },
          minReplicas: 1,
          maxReplicas: 3,
          metrics: [
            {
              type: 'External',
              external: { metric: { name: 'jobs' }, target: { type: 'AverageValue', averageValue: '10' } },
            },
          ],
          behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
        },
      });
    });
    afterAll(() => metrics.close());

    it('makes a role grow, up to its limit', async () => {
      metrics.set(70);
      await eventually('three workers', async () => (await workers()) === 3, 45_000);
      await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=55s');
      expect((await cluster.list('pods', '-l', `${group}/role=worker`, inNamespace())).length).toBe(3);
    });

    it('makes it shrink again, and sees when this is done', { timeout: 90_000 }, async () => {
      metrics.set(10);
      await eventually('one worker', async () => (await workers()) === 1, 60_000);
      await eventually('one pod', async () => {
        return (await cluster.list('pods', '-l', `${group}/role=worker`, inNamespace())).length === 1;
      });
      await eventually('the autoscaler to see it', async () => {
        const { status } = (await cluster.read<Autoscaler>('hpa', 'by-jobs', inNamespace())) ?? {};
        return status?.currentReplicas === 1 && status.desiredReplicas === 1;
      });
      await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=30s');
    });
  });
});
