/**
 * Volumes that grow, stay and are taken up again, and clusters that are stopped, with the StatefulSets, claims and garbage
 * collector of a real Kubernetes. The tests are the provisioner and the resizer of the storage class.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { group, ofCluster, sampleApp, sampleCluster, type ClusterStatus } from './support/samples.ts';
import { startStorage, type Storage } from './support/storage.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let storage: Storage;
const inNamespace = (): string => `--namespace=${namespace}`;
const path = (name: string): string => `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters/${name}`;

type Claim = Shown & {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  readonly status: { readonly phase: string };
};

const claims = async (name: string): Promise<readonly Claim[]> =>
  (await cluster.list<Claim>('pvc', ofCluster(name), inNamespace())).toSorted((one, other) =>
    one.metadata.name.localeCompare(other.metadata.name),
  );
const uids = (objects: readonly Shown[]): string[] => objects.map(({ metadata }) => metadata.uid).toSorted();
const pods = (name: string): Promise<readonly Shown[]> => cluster.list('pods', ofCluster(name), inNamespace());
const sizes = async (name: string): Promise<string[]> =>
  (await claims(name)).map(({ spec }) => spec.resources.requests.storage);
const workerSet = async (name: string): Promise<Shown | undefined> =>
  (await cluster.list('statefulsets', `${ofCluster(name)},${group}/role=worker`, inNamespace()))[0];

async function status(name: string): Promise<ClusterStatus | undefined> {
  return (await cluster.read<{ status: ClusterStatus }>('kdcluster', name, inNamespace()))?.status;
}
const condition = async (name: string, type: string) =>
  (await status(name))?.conditions?.find((one) => one.type === type);

const ready = (name: string): Promise<string> =>
  ok('wait', '--for=condition=Ready', `kdcluster/${name}`, inNamespace(), '--timeout=120s');

/** Of the role worker, by a strategic merge patch. */
async function change(name: string, worker: object, spec: object = {}): Promise<void> {
  const patch = JSON.stringify({ spec: { ...spec, roles: [{ id: 'worker', ...worker }] } });
  await ok('patch', `kdcluster/${name}`, '--type=strategic', '-p', patch, inNamespace());
}

const sized = (size: string) => ({ storage: { size, storageClassName: storage.className } });

async function make(name: string, spec: object = {}): Promise<void> {
  const made = sampleCluster({ namespace, name, workers: 2, spec }) as { spec: { roles: { id: string }[] } };
  const roles = made.spec.roles.map((role) => (role.id === 'worker' ? { ...role, ...sized('1Gi') } : role));
  await cluster.apply({ ...made, spec: { ...made.spec, roles } });
  await ready(name);
}

beforeAll(async () => {
  namespace = await cluster.makeNamespace('volumes');
  storage = await startStorage(cluster, namespace);
  const roles = [
    { id: 'head', cardinality: '1' },
    { id: 'worker', cardinality: '0+', persistDirs: ['/data'] },
  ];
  await cluster.apply(sampleApp({ namespace, spec: { roles } }));
});
afterAll(async () => {
  await cluster.dropNamespaces(namespace);
  await storage.stop();
});

describe('volumes that are to be larger', () => {
  beforeAll(() => make('grows'), 240_000);

  it('grow under their pods, and the StatefulSet is replaced', { timeout: 240_000 }, async () => {
    const before = { pods: uids(await pods('grows')), claims: uids(await claims('grows')) };
    const set = await workerSet('grows');
    await change('grows', sized('2Gi'));
    await eventually('claims that ask for more', async () => (await sizes('grows')).every((size) => size === '2Gi'));
    expect(await condition('grows', 'Progressing')).toMatchObject({ status: 'True' });
    await storage.expand();
    await eventually('another StatefulSet', async () => {
      const now = await workerSet('grows');
      return now !== undefined && now.metadata.uid !== set?.metadata.uid;
    });
    await ready('grows');
    expect(uids(await pods('grows'))).toEqual(before.pods);
    expect(uids(await claims('grows'))).toEqual(before.claims);
    expect(JSON.stringify((await workerSet('grows'))?.spec?.['volumeClaimTemplates'])).toContain('"2Gi"');
  });

  it('are of the new size for a member that comes later', { timeout: 240_000 }, async () => {
    await change('grows', { members: 3 });
    await eventually('three claims', async () => (await claims('grows')).length === 3);
    await ready('grows');
    expect(await sizes('grows')).toEqual(['2Gi', '2Gi', '2Gi']);
  });

  it('do not shrink', async () => {
    await expect(change('grows', sized('1Gi'))).rejects.toThrow(/storage\.size/);
    expect(await sizes('grows')).toEqual(['2Gi', '2Gi', '2Gi']);
  });
});

describe('a cluster that is stopped', () => {
  beforeAll(() => make('stops'), 240_000);

  it('has no pods; its claims, Services and StatefulSets stay', { timeout: 240_000 }, async () => {
    const kept = async (): Promise<string[]> =>
      uids([
        ...(await claims('stops')),
        ...(await cluster.list('services', ofCluster('stops'), inNamespace())),
        ...(await cluster.list('statefulsets', ofCluster('stops'), inNamespace())),
      ]);
    const before = { kept: await kept(), pods: uids(await pods('stops')) };
    await ok('create', '--raw', `${path('stops')}/suspend`, '-f', '/dev/null');
    await eventually('no pods', async () => (await pods('stops')).length === 0, 120_000);
    await ok('wait', '--for=condition=Suspended', 'kdcluster/stops', inNamespace(), '--timeout=60s');
    const members = (await status('stops'))?.roles.flatMap((role) => role.members.map(({ state }) => state));
    expect(members).toEqual(['suspended', 'suspended', 'suspended']);
    expect(await kept()).toEqual(before.kept);

    await ok('create', '--raw', `${path('stops')}/resume`, '-f', '/dev/null');
    await ready('stops');
    expect(await kept()).toEqual(before.kept);
    const after = uids(await pods('stops'));
    expect(after).toHaveLength(3);
    expect(after.filter((uid) => before.pods.includes(uid))).toEqual([]);
  });

  it('is not started without a claim that it had', { timeout: 240_000 }, async () => {
    await ok('create', '--raw', `${path('stops')}/suspend`, '-f', '/dev/null');
    await eventually('no pods', async () => (await pods('stops')).length === 0, 120_000);
    const lost = (await claims('stops')).at(-1)?.metadata.name ?? '';
    await ok('delete', 'pvc', lost, inNamespace());
    await ok('create', '--raw', `${path('stops')}/resume`, '-f', '/dev/null');
    const told = await eventually('the missing claim to be told', async () => {
      const found = await condition('stops', 'Degraded');
      return found?.message.includes(lost) === true && found;
    });
    expect(told.status).toBe('True');
    expect((await claims('stops')).map(({ metadata }) => metadata.name)).not.toContain(lost);
  });
});

describe('claims that are retained', () => {
  const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Retain' } };
  beforeAll(() => make('keeps', policy), 240_000);

  it('are taken up by the same member after a scale-in', { timeout: 240_000 }, async () => {
    const before = uids(await claims('keeps'));
    await change('keeps', { members: 1 });
    await eventually('one member less', async () => (await pods('keeps')).length === 2, 120_000);
    await ready('keeps');
    expect(uids(await claims('keeps'))).toEqual(before);
    await change('keeps', { members: 2 });
    await eventually('the member', async () => (await pods('keeps')).length === 3, 120_000);
    await ready('keeps');
    expect(uids(await claims('keeps'))).toEqual(before);
  });

  it('outlive the cluster, also in foreground', { timeout: 240_000 }, async () => {
    const before = uids(await claims('keeps'));
    await ok('delete', 'kdcluster/keeps', inNamespace(), '--cascade=foreground', '--timeout=100s');
    await eventually('no pods', async () => (await pods('keeps')).length === 0, 120_000);
    const left = await claims('keeps');
    expect(uids(left)).toEqual(before);
    expect(left.flatMap(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([]);
    expect(left.flatMap(({ metadata }) => metadata.deletionTimestamp ?? [])).toEqual([]);
  });
});

describe('a protected cluster', () => {
  const protection = `${group}/deletion-protection`;
  beforeAll(() => make('guarded'), 240_000);

  it('is not deleted before the annotation is gone', { timeout: 120_000 }, async () => {
    await ok('annotate', 'kdcluster/guarded', `${protection}=true`, inNamespace());
    await expect(ok('delete', 'kdcluster/guarded', inNamespace())).rejects.toThrow(/deletion-protection/);
    expect((await cluster.read('kdcluster', 'guarded', inNamespace()))?.metadata.deletionTimestamp).toBeUndefined();
    await ok('annotate', 'kdcluster/guarded', `${protection}-`, inNamespace());
    await ok('delete', 'kdcluster/guarded', inNamespace(), '--timeout=100s');
    await eventually('its claims to go', async () => (await claims('guarded')).length === 0);
  });
});
