/**
 * Backups of clusters, and clusters made of them, with the claims, StatefulSets and garbage collector of a real Kubernetes.
 * The tests are the provisioner of the storage class and the driver of the snapshots.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { group, ofCluster, sampleApp, sampleCluster } from './support/samples.ts';
import { startSnapshots, type Snapshots } from './support/snapshots.ts';
import { startStorage, type Storage } from './support/storage.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let storage: Storage;
let snapshots: Snapshots | undefined;
const inNamespace = (): string => `--namespace=${namespace}`;

type Claim = Shown & { readonly spec: { readonly dataSource?: { readonly name: string } } };

const backup = (name: string, spec: object = {}): Promise<string> =>
  cluster.apply({
    ...{ apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorBackup', metadata: { name, namespace } },
    spec: { cluster: 'one', ...spec },
  });
const phase = (name: string, value: string): Promise<string> =>
  ok('wait', `--for=jsonpath={.status.phase}=${value}`, `kdbackup/${name}`, inNamespace(), '--timeout=100s');
const read = (name: string): Promise<Shown | undefined> => cluster.read('kdbackup', name, inNamespace());
const taken = (): Promise<readonly Shown[]> => cluster.list('volumesnapshots', inNamespace());
const claims = (name: string): Promise<readonly Claim[]> => cluster.list<Claim>('pvc', ofCluster(name), inNamespace());
const ready = (name: string): Promise<string> =>
  ok('wait', '--for=condition=Ready', `kdcluster/${name}`, inNamespace(), '--timeout=120s');

async function make(name: string, spec: object = {}): Promise<void> {
  const made = sampleCluster({ namespace, name, workers: 2, spec }) as { spec: { roles: { id: string }[] } };
  const volume = { storage: { size: '1Gi', storageClassName: storage.className } };
  const roles = made.spec.roles.map((role) => (role.id === 'worker' ? { ...role, ...volume } : role));
  await cluster.apply({ ...made, spec: { ...made.spec, roles } });
}

beforeAll(async () => {
  namespace = await cluster.makeNamespace('backups');
  storage = await startStorage(cluster, namespace);
  const roles = [
    { id: 'head', cardinality: '1' },
    { id: 'worker', cardinality: '0+', persistDirs: ['/data'] },
  ];
  await cluster.apply(sampleApp({ namespace, spec: { roles } }));
  await make('one');
  await ready('one');
}, 240_000);
afterAll(async () => {
  await cluster.dropNamespaces(namespace);
  await storage.stop();
  await snapshots?.stop();
});

// Clusters of form node may have a snapshot controller of their own, which would not let the tests play the driver.
describe.skipIf(installation().form !== 'host')('a backup of a cluster (form host)', { timeout: 240_000 }, () => {
  it('fails where VolumeSnapshots are not installed', async () => {
    await backup('early');
    await phase('early', 'Failed');
    expect((await read('early'))?.status).toMatchObject({ reason: 'SnapshotsNotServed' });
  });

  it('succeeds once they are, without a restart of the server', async () => {
    snapshots = await startSnapshots(cluster, namespace);
    await backup('first', { volumeSnapshotClassName: 'any' });
    await ok('wait', '--for=condition=Ready', 'kdbackup/first', inNamespace(), '--timeout=100s');
    expect((await read('first'))?.status).toMatchObject({ phase: 'Succeeded', size: '2Gi' });
    const found = await taken();
    expect(found.map(({ spec }) => spec)).toEqual(
      (await claims('one')).map(({ metadata }) => ({
        source: { persistentVolumeClaimName: metadata.name },
        volumeSnapshotClassName: 'any',
      })),
    );
    expect(await ok('get', 'kdbackup', 'first', inNamespace())).toMatch(/NAME +CLUSTER +PHASE +SIZE/);
  });

  it('fails with a class that does not exist, and where the driver is silent, and leaves no snapshots', async () => {
    const before = (await taken()).length;
    await backup('no-class', { volumeSnapshotClassName: 'none' });
    await phase('no-class', 'Failed');
    if (snapshots !== undefined) snapshots.driver = 'silent';
    await backup('silent', { freezeTimeoutSeconds: 3 });
    await phase('silent', 'Failed');
    expect((await read('silent'))?.status).toMatchObject({ reason: 'SnapshotsNotTaken' });
    await eventually('its snapshots to go', async () => (await taken()).length === before);
    if (snapshots !== undefined) snapshots.driver = 'prompt';
  });

  it('becomes another cluster, also when the first one is gone', async () => {
    await ok('delete', 'kdcluster', 'one', inNamespace(), '--timeout=100s');
    await make('two', { restoreFrom: { backup: 'first' } });
    await ready('two');
    const names = (await taken()).map(({ metadata }) => metadata.name).sort();
    const made = await claims('two');
    expect(made.map(({ spec }) => spec.dataSource?.name).sort()).toEqual(names);
    const owner = await cluster.read('kdcluster', 'two', inNamespace());
    await eventually('the claims to be its own', async () =>
      (await claims('two')).every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === owner?.metadata.uid),
    );
    await ok('wait', '--for=condition=Restored', 'kdcluster/two', inNamespace(), '--timeout=60s');
  });

  it('takes its snapshots along when it is deleted', async () => {
    await ok('delete', 'kdbackup', 'first', inNamespace(), '--timeout=60s');
    await eventually('the snapshots to go', async () => (await taken()).length === 0);
  });

  it('is made and deleted by a schedule', async () => {
    await cluster.apply({
      ...{ apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorBackup', metadata: { name: 'often', namespace } },
      spec: { cluster: 'two', schedule: '* * * * *', retention: { keepLast: 1 } },
    });
    const made = await eventually(
      'a backup of the schedule',
      async () => (await cluster.list('kdbackup', '-l', `${group}/kdbackup-schedule=often`, inNamespace()))[0],
      90_000,
    );
    await phase(made.metadata.name, 'Succeeded');
    await ok('delete', 'kdbackup', 'often', inNamespace(), '--timeout=60s');
    await eventually(
      'it to go with its schedule',
      async () => (await read(made.metadata.name)) === undefined && (await taken()).length === 0,
      90_000,
    );
  });
});
