/** Changes of a role reach its members through the eviction API of a real kube-apiserver. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { serverOf } from './support/server.ts';
import { startStorage, type Storage } from './support/storage.ts';
import { group, sampleApp, sampleCluster, type ClusterStatus } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
const server = serverOf(installation(), cluster);
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

  it('that no node fits is taken back by itself with autoRevert', { timeout: 240_000 }, async () => {
    const strategy = (autoRevert: boolean | null) =>
      ok(
        'patch',
        'kdcluster/one',
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { updateStrategy: { autoRevert } } }),
        inNamespace(),
      );
    const before = await uids();
    await strategy(true);
    await change({ nodeSelector: { nosuch: 'label' }, env: [{ name: 'A', value: 'c' }] });
    const reverted = await eventually('the update to be taken back', () => condition('UpdateReverted'), 180_000);
    expect(reverted).toMatchObject({ status: 'True', reason: 'UpdateFailed' });
    expect(reverted.message).toContain('autoRevert has put back spec.roles[1].');
    await settled();
    expect(await values()).toEqual([undefined, undefined, undefined]);
    expect((await uids()).filter((uid) => before.includes(uid))).toHaveLength(2);
    const found = await cluster.read('kdcluster', 'one', inNamespace());
    expect(JSON.stringify(found?.spec)).not.toContain('nosuch');
    expect(found?.status).not.toHaveProperty('beforeUpdate');
    await strategy(null);
  });
});

describe.skipIf(installation().form !== 'host')(
  'block devices that are added (form host: their volumes are simulated)',
  () => {
    let storage: Storage;
    beforeAll(async () => {
      storage = await startStorage(cluster, namespace);
    });
    afterAll(() => storage.stop());

    const claims = async (): Promise<string[]> =>
      (await cluster.list('pvc', '-l', `${group}/kdcluster=one`, inNamespace())).map(({ metadata }) => metadata.name);
    const devicesOf = async (): Promise<number[]> =>
      (await workers()).map(
        ({ spec }) => (spec.containers[0] as { volumeDevices?: object[] }).volumeDevices?.length ?? 0,
      );

    it(
      'reach members one by one, from the highest down, and go on after kills of the server',
      { timeout: 300_000 },
      async () => {
        const give = (numDevices: number) =>
          change({
            blockStorage: { numDevices, pathPrefix: '/dev/x', storageClassName: storage.className, size: '1Mi' },
          });
        const before = await uids();
        await give(1);
        for (const members of [1, 2]) {
          const moved = async (): Promise<boolean> =>
            (await devicesOf()).filter((count) => count === 1).length >= members;
          await eventually(`${members} members with a device`, moved, 120_000);
          await server.stop('SIGKILL');
          await server.start();
        }
        await eventually(
          'all members to have it',
          async () => (await devicesOf()).every((count) => count === 1),
          120_000,
        );
        await settled();
        expect(await devicesOf()).toEqual([1, 1, 1]);
        expect(await claims()).toHaveLength(3);
        expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]);
        await give(2);
        await change({ members: 4 });
        await eventually(
          'four members with two devices',
          async () => (await devicesOf()).join() === '2,2,2,2',
          180_000,
        );
        await settled();
        const pods = await workers();
        const owners = new Set(
          pods.map(({ metadata }) => JSON.stringify(metadata.ownerReferences?.map(({ uid }) => uid))),
        );
        expect(owners.size).toBe(1);
      },
    );
  },
);
