/** What members are told of backups of their cluster, in real containers. The tests are the driver of the snapshots. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { membersIn, type Member, type Members } from './support/members.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';
import { hasSnapshots, startSnapshots, type Snapshots } from './support/snapshots.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let at: Members;
let snapshots: Snapshots | undefined;

const why =
  installation().form === 'host'
    ? ' (skipped: there are no containers in form host)'
    : (await hasSnapshots(cluster))
      ? ' (skipped: the cluster has VolumeSnapshots of its own)'
      : '';

const members = async (): Promise<readonly Member[]> =>
  (await at.statusOf('one')).roles.flatMap((role) => role.members);
const last = async ({ pod }: Member): Promise<string> =>
  (await at.inside(pod, 'tail -n 1 /tmp/startscript.calls')).trim();
const read = (name: string): Promise<Shown | undefined> => cluster.read('kdbackup', name, at.inNamespace);

async function backup(name: string, phase: string): Promise<Shown> {
  await cluster.apply({
    ...{ apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorBackup', metadata: { name, namespace } },
    spec: { cluster: 'one' },
  });
  await isIn(name, phase);
  const found = await read(name);
  if (found === undefined) throw new Error(`there is no backup ${name}`);
  return found;
}
const isIn = (name: string, phase: string): Promise<string> =>
  ok('wait', `--for=jsonpath={.status.phase}=${phase}`, `kdbackup/${name}`, at.inNamespace, '--timeout=55s');

describe.skipIf(why !== '')(`a backup of members in real containers${why}`, () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('backup-hooks');
    at = membersIn(namespace, cluster);
    snapshots = await startSnapshots(cluster, namespace);
    const eventList = ['configure', 'addnodes', 'delnodes', 'backup'];
    const roles = ['head', 'worker'].map((id) => ({ id, cardinality: id === 'head' ? '1' : '0+', eventList }));
    await cluster.apply([
      sampleApp({ namespace, packageURL: 'file:///packages/freezing.tgz', spec: { roles } }),
      sampleCluster({ namespace, name: 'one', workers: 1, head: { storage: { size: '1Gi' } } }),
    ]);
    await at.ready('one');
  });
  afterAll(async () => {
    await cluster.dropNamespaces(namespace);
    await snapshots?.stop();
  });

  it('tells all members when it begins, and when it ends', async () => {
    expect((await backup('whole', 'Succeeded')).status).toMatchObject({ size: '1Gi' });
    for (const { pod } of await members()) {
      const told = await at.inside(pod, 'grep -- --backup /tmp/startscript.calls');
      expect(told).toBe('--backup begin\n--backup end\n');
    }
  });

  it('fails with the words of the one member that refuses, and freezes nobody', async () => {
    const [head, worker] = await members();
    if (head === undefined || worker === undefined) throw new Error('there are not two members');
    await at.inside(worker.pod, ': > /tmp/busy');
    const { status } = await backup('refused', 'Failed');
    const reason = 'FreezeFailed';
    const words = 'exit status 5 (the disk is busy)';
    expect(status).toMatchObject({ reason, message: expect.stringContaining(worker.pod) as string });
    expect(status?.['message']).toContain(words);
    await ok('wait', '--for=condition=Degraded', 'kdbackup/refused', at.inNamespace, '--timeout=10s');
    expect(await last(head)).toBe('--backup end');
    await eventually('nobody to be frozen', async () =>
      (await members()).every(({ stateDetail }) => stateDetail?.backup === undefined),
    );
    const left = await cluster.list('volumesnapshots', at.inNamespace);
    expect(left.filter(({ metadata }) => metadata.name.startsWith('refused-'))).toEqual([]);
    await ok('scale', 'kdrole/one.worker', '--replicas=2', at.inNamespace);
    await eventually('the head to be told of another worker', async () => (await last(head)).startsWith('--addnodes'));
    await at.ready('one');
  });

  it('is Degraded when a snapshot of it is gone, and its cluster goes on', async () => {
    await ok('delete', 'volumesnapshots', '--all', at.inNamespace, '--timeout=20s');
    await isIn('whole', 'Degraded');
    expect((await read('whole'))?.status).toMatchObject({ reason: 'SnapshotLost' });
    await at.ready('one');
  });
});
