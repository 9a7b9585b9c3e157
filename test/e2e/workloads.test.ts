import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { membersIn, type Members } from './support/members.ts';
import { ofCluster, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let at: Members;
const ready: Members['ready'] = (name) => at.ready(name);
const statusOf: Members['statusOf'] = (name) => at.statusOf(name);
const member: Members['member'] = (...which) => at.member(...which);
const inside: Members['inside'] = (pod, script) => at.inside(pod, script);

describe.skipIf(installation().form === 'host')('in real containers (form node)', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('workloads');
    at = membersIn(namespace, cluster);
    await cluster.apply(
      ['plain', 'slow-once', 'failing'].map((name) =>
        sampleApp({ namespace, name, packageURL: `file:///packages/${name}.tgz` }),
      ),
    );
    await cluster.apply(sampleApp({ namespace }));
  });
  afterAll(() => cluster.dropNamespaces(namespace));

  it('a cluster without package is configured as soon as its pods run', async () => {
    await cluster.apply(sampleCluster({ namespace, name: 'bare', workers: 2 }));
    await ready('bare');
    const pods = await cluster.list('pods', ofCluster('bare'), at.inNamespace);
    expect(pods.map(({ status }) => status?.['phase'])).toEqual(['Running', 'Running', 'Running']);
  });

  it('its members find each other by name', async () => {
    const { clusterService = '' } = await statusOf('bare');
    const head = await member('bare', 'head');
    const worker = await member('bare', 'worker', 1);
    const full = `${worker.pod}.${clusterService}.${namespace}.svc.cluster.local`;
    const [address] = (await inside(head.pod, `getent hosts ${full}`)).split(' ');
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    // Also by its short name: the pod's search list begins with the cluster's domain.
    expect(await inside(head.pod, `getent hosts ${worker.pod}`)).toContain(address);
  });

  it('a cluster with a setup package is set up in its containers', async () => {
    await cluster.apply(sampleCluster({ namespace, name: 'set-up', app: 'plain', workers: 1 }));
    await ready('set-up');
    const head = await member('set-up', 'head');
    expect(head.state).toBe('configured');
    expect(await inside(head.pod, 'cat /tmp/startscript.calls')).toContain('--configure');
    const document = JSON.parse(await inside(head.pod, 'cat /etc/guestconfig/configmeta.json')) as {
      node: { role_id: string };
      nodegroups: { 1: { roles: Record<string, { fqdns: string[] }> } };
    };
    expect(document.node.role_id).toBe('head');
    expect(document.nodegroups[1].roles['worker']?.fqdns).toHaveLength(1);
  });

  it('its members are told who joins and who leaves', async () => {
    const head = await member('set-up', 'head');
    await ok('scale', 'kdrole/set-up.worker', '--replicas=2', at.inNamespace);
    await ok(
      'wait',
      '--for=jsonpath={.status.configuredReplicas}=2',
      'kdrole/set-up.worker',
      at.inNamespace,
      '--timeout=55s',
    );
    await eventually('the call for the new member', async () =>
      (await inside(head.pod, 'cat /tmp/startscript.calls')).includes('--addnodes --nodegroup 1 --role worker'),
    );
    await ready('set-up');
    await ok('scale', 'kdrole/set-up.worker', '--replicas=1', at.inNamespace);
    await eventually('the call for the one that left', async () =>
      (await inside(head.pod, 'cat /tmp/startscript.calls')).includes('--delnodes --nodegroup 1 --role worker'),
    );
    await eventually(
      'one worker less',
      async () =>
        (await cluster.list('pods', `${ofCluster('set-up')},kubedirector.hpe.com/role=worker`, at.inNamespace))
          .length === 1,
      60_000,
    );
    await ready('set-up');
  });

  it('a container that ends during its setup is set up again', async () => {
    await cluster.apply(sampleCluster({ namespace, name: 'restarted', app: 'slow-once' }));
    const pod = await eventually(
      'the first setup to run',
      async () => {
        const { pod: name } = await member('restarted', 'head');
        return (await inside(name, 'cat /tmp/startscript.calls')).startsWith('--configure') && name;
      },
      60_000,
    );
    await inside(pod, 'kill -TERM 1').catch(() => undefined);
    await ready('restarted');
    expect((await inside(pod, 'cat /tmp/startscript.calls')).split('\n').filter((call) => call !== '')).toHaveLength(2);
    const { stateDetail } = await member('restarted', 'head');
    const running = await ok(
      'get',
      `pod/${pod}`,
      at.inNamespace,
      '-o',
      'jsonpath={.status.containerStatuses[0].containerID}',
    );
    expect(stateDetail?.lastConfiguredContainer).toBe(running);
  });

  it('a setup that fails says why, in the status and in an event', async () => {
    await cluster.apply(sampleCluster({ namespace, name: 'broken', app: 'failing' }));
    await eventually('the config error', async () => (await member('broken', 'head')).state === 'config error', 60_000);
    const described = await ok('describe', 'kdcluster/broken', at.inNamespace);
    expect(described).toContain('the license is missing');
    expect(described).toMatch(/Warning +\w+/);
    expect(await ok('get', 'kdcluster/broken', at.inNamespace)).toMatch(/broken +failing +\S+ +0\/1 +\w+ +true/);
  });

  it('persistent storage keeps the files of the image, and written ones', async () => {
    const app = sampleApp({ namespace, name: 'stored' }) as { spec: object };
    await cluster.apply({ ...app, spec: { ...app.spec, defaultPersistDirs: ['/packages'] } });
    const spec = { storage: { size: '1Gi' } };
    await cluster.apply(sampleCluster({ namespace, name: 'stored', app: 'stored', head: spec }));
    await ready('stored');
    const { pod } = await member('stored', 'head');
    await inside(pod, 'test -s /packages/plain.tgz && echo mine > /packages/written');
    await ok('delete', `pod/${pod}`, at.inNamespace, '--timeout=55s');
    await eventually(
      'the pod to be back with its files',
      async () => (await inside(pod, 'cat /packages/written')) === 'mine\n',
      60_000,
    );
    await ready('stored');
  });

  it('everything of a deleted cluster is removed, also its volumes', async () => {
    await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
    await eventually(
      'nothing to be left',
      async () => {
        const left = await ok(
          'get',
          'statefulsets,pods,services,pvc',
          '-l',
          'kubedirector.hpe.com/kdcluster',
          at.inNamespace,
          '-o',
          'name',
        );
        return left === '';
      },
      60_000,
    );
  });
});
