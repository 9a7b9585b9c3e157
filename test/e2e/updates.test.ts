/** Changes of a role reach its members through the eviction API of a real kube-apiserver. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp, sampleCluster, type ClusterStatus } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
const inNamespace = (): string => `--namespace=${namespace}`;

type Pod = Shown & {
  readonly spec: {
    readonly affinity?: object;
    readonly containers: readonly {
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
      readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
    }[];
  };
};

const workers = (): Promise<readonly Pod[]> =>
  cluster.list<Pod>('pods', '-l', `${group}/kdcluster=one,${group}/role=worker`, inNamespace());
const uids = async (): Promise<string[]> => (await workers()).map(({ metadata }) => metadata.uid);
const values = async (): Promise<(string | undefined)[]> =>
  (await workers()).map(({ spec }) => spec.containers[0]?.env?.find(({ name }) => name === 'A')?.value);

async function condition(type: string) {
  const found = await cluster.read<{ status: ClusterStatus }>('kdcluster', 'one', inNamespace());
  return found?.status.conditions?.find((one) => one.type === type);
}

/** Of the role worker, by a strategic merge patch. */
async function change(fields: object): Promise<void> {
  const patch = JSON.stringify({ spec: { roles: [{ id: 'worker', ...fields }] } });
  await ok('patch', 'kdcluster/one', '--type=strategic', '-p', patch, inNamespace());
}

const allow = (minAvailable: number) =>
  cluster.apply({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'workers', namespace },
    spec: { minAvailable, selector: { matchLabels: { [`${group}/role`]: 'worker' } } },
  });

const settled = (): Promise<string> =>
  ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=100s');

beforeAll(async () => {
  namespace = await cluster.makeNamespace('updates');
  await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 3 })]);
  await settled();
});
afterAll(() => cluster.dropNamespaces(namespace));

describe('a changed variable of a role', () => {
  it('waits for a PodDisruptionBudget, and then reaches all members', { timeout: 240_000 }, async () => {
    const before = await uids();
    await allow(3);
    await eventually('the budget to count the pods', async () => {
      const budget = await cluster.read('pdb', 'workers', inNamespace());
      return budget?.status?.['currentHealthy'] === 3;
    });
    await change({ env: [{ name: 'A', value: 'b' }] });
    const told = await eventually('the refusal to be told', async () => {
      const found = await condition('Progressing');
      return found?.message.includes('disruption budget') === true ? found : undefined;
    });
    expect(told).toMatchObject({ status: 'True', reason: 'RollingUpdate' });
    expect(await uids()).toEqual(before);
    await allow(2);
    await eventually('all members to have it', async () => (await values()).every((one) => one === 'b'), 180_000);
    await settled();
    const after = await uids();
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
    expect(await cluster.read('kdrole', 'one.worker', inNamespace())).toMatchObject({
      status: { updatedReplicas: 3, readyReplicas: 3, replicas: 3 },
    });
    // Kubernetes takes a pod that comes back under its name at once for the one that it evicted, for two minutes: without this
    // budget, the role has the controller's again, which knows better.
    await ok('delete', 'pdb', 'workers', inNamespace());
  });

  it(
    'that is taken out again, with an affinity, is in no pod and in no StatefulSet',
    { timeout: 240_000 },
    async () => {
      const preference = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'Exists' }] };
      const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] };
      await change({ affinity: { nodeAffinity: preferred }, tolerations: [{ key: 'spot', operator: 'Exists' }] });
      await eventually(
        'an affinity',
        async () => (await workers()).every(({ spec }) => spec.affinity !== undefined),
        180_000,
      );
      await settled();
      await change({ affinity: null, tolerations: null, env: [{ name: 'A', $patch: 'delete' }] });
      await eventually(
        'no affinity',
        async () => (await workers()).every(({ spec }) => spec.affinity === undefined),
        180_000,
      );
      await settled();
      expect(await values()).toEqual([undefined, undefined, undefined]);
      const [set] = await cluster.list(
        'statefulsets',
        '-l',
        `${group}/kdcluster=one,${group}/role=worker`,
        inNamespace(),
      );
      expect(JSON.stringify(set?.spec)).not.toMatch(/affinity|spot|"name":"A"/i);
    },
  );

  it('of its cpu is in all pods, by a resize or by a restart', { timeout: 240_000 }, async () => {
    const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '400m', memory: '64Mi' } };
    await change({ resources });
    const limits = async () => (await workers()).map(({ spec }) => spec.containers[0]?.resources?.limits?.['cpu']);
    await eventually('other limits', async () => (await limits()).every((cpu) => cpu === '400m'), 180_000);
    await settled();
    expect(await limits()).toEqual(['400m', '400m', '400m']);
  });

  it('that no node fits stops after one member; the spec put back mends it', { timeout: 240_000 }, async () => {
    const before = await uids();
    await change({ nodeSelector: { nosuch: 'label' } });
    const isStopped = async (): Promise<boolean> => {
      const found = await condition('Degraded');
      return found?.status === 'True' && found.reason === 'UpdateFailed';
    };
    await eventually('the update to stop', isStopped, 60_000);
    expect((await uids()).filter((uid) => before.includes(uid))).toHaveLength(2);
    await change({ nodeSelector: null });
    await settled();
    expect((await uids()).filter((uid) => before.includes(uid))).toHaveLength(2);
  });
});
