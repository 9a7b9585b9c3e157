/** A leader that stands still in the middle of setting ten members up, and wakes up after another one has taken over. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { supersededExit } from '../../src/guest/term.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { clusterOf, eventually } from './support/cluster.ts';
import { startReplicas, type Replica, type Replicas } from './support/etcd-replicas.ts';
import { installation, systemNamespace } from './support/installation.ts';
import { openMemberShells, type MemberShells, type ShellCommand } from './support/member-shells.ts';
import { sampleApp, sampleCluster } from './support/samples.ts';
import { serverOf } from './support/server.ts';

const { form, directory } = installation();
const why =
  form === 'node' ? 'the processes are outside of the nodes’ network' : etcdBinary === undefined ? noEtcd : '';
const members = 10;

/** Says which calls it got, in the file `runs` of its container. */
function makePackage(folder: string): string {
  mkdirSync(join(folder, 'counting'), { recursive: true });
  const script = join(folder, 'counting/startscript');
  writeFileSync(script, '#!/bin/bash\necho "$*" >> "$(dirname "$0")/../../../runs"\nsleep 2\n');
  chmodSync(script, 0o755);
  execFileSync('tar', ['-czf', join(folder, 'counting.tgz'), '-C', folder, 'counting']);
  return `file://${join(folder, 'counting.tgz')}`;
}

describe.skipIf(why !== '')(`a leader that stands still${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const cluster = clusterOf(installation());
  let shells: MemberShells;
  let etcd: EtcdCluster;
  let started: Replicas;
  let namespace: string;

  beforeAll(async () => {
    const noClusters = async (): Promise<boolean> => (await cluster.list('kdcluster', '-A')).length === 0;
    await eventually('the clusters of other tests to go', noClusters, 90_000);
    await serverOf(installation(), cluster).stop('SIGTERM');
    shells = await openMemberShells(cluster, join(directory, 'containers'));
    etcd = await startEtcd();
    started = await startReplicas({
      ...{ count: 2, installation: installation(), cluster, endpoints: etcd.endpoints },
      configure: (file, token) => shells.writeKubeconfig(file, token),
      flags: ['--concurrent-members', '5'],
    });
    namespace = await cluster.makeNamespace('pause');
  }, 240_000);
  afterAll(async () => {
    await Promise.all(started.all.map((replica) => replica.kill('SIGCONT')));
    await eventually('the cluster to go', async () => {
      await leader().then((one) => one.ask(path(), { method: 'DELETE' }));
      return (await cluster.list('kdcluster', '-n', namespace)).length === 0;
    });
    await started.stop();
    await shells.close();
    await etcd.stop();
    await serverOf(installation(), cluster).start();
    await cluster.dropNamespaces(namespace);
  }, 150_000);

  const leader = (): Promise<Replica> =>
    eventually('a leader', async () => {
      const lease = await cluster.read<{ spec: { holderIdentity: string } }>(
        'lease/kubedirector',
        '-n',
        systemNamespace,
      );
      return started.all.find((one) => one.identity() === lease?.spec.holderIdentity);
    });

  const path = (): string => `/apis/kubedirector.hpe.com/v1beta1/namespaces/${namespace}/kubedirectorclusters/ten`;
  /** Asked of one of them: kube-apiserver may ask the one that stands still. */
  const configured = (replica: Replica): Promise<true> =>
    eventually(
      'the cluster to be configured',
      async () => {
        const { body } = await replica.ask(path());
        return (body as { status?: { state?: string } }).status?.state === 'configured';
      },
      60_000,
    );

  it('has set no member up twice, and its late command does nothing, when it wakes up', async () => {
    const pods = new Set<string>();
    let letGo: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    let late: ShellCommand | undefined;
    const reached = new Promise<void>((resolve) => {
      shells.before = async (command) => {
        if (command.step !== 'kd-setup') return;
        pods.add(command.pod);
        // Of those that the first leader begins, the fourth is still on its way when the other one takes over.
        if (late !== undefined || pods.size !== 4) return;
        late = command;
        resolve();
        await released;
      };
    });
    const paused = await leader();
    const packageURL = makePackage(join(directory, 'counting'));
    await cluster.apply(sampleApp({ namespace, packageURL }));
    await cluster.apply(sampleCluster({ namespace, name: 'ten', workers: members - 1 }));
    await reached;
    await paused.kill('SIGSTOP');
    expect(pods.size).toBeLessThan(members);

    const next = await eventually(
      'the other one to lead',
      async () => {
        const found = await leader();
        return found !== paused && found;
      },
      45_000,
    );
    await configured(next);
    expect(pods.size).toBe(members);

    await paused.kill('SIGCONT');
    letGo();
    await eventually('the late command to end', () =>
      Promise.resolve(shells.ended.some(({ pod, term }) => pod === late?.pod && term === late.term)),
    );
    expect(shells.ended.find(({ pod, term }) => pod === late?.pod && term === late.term)?.code).toBe(supersededExit);
    await eventually('the first one to give up', () =>
      Promise.resolve(paused.log().includes('"msg":"stopped leading"')),
    );
    expect(await leader()).toBe(next);

    // The first one leads again, and finds everything done.
    await next.kill('SIGTERM');
    expect(await leader()).toBe(paused);
    const body = { metadata: { labels: { looked: 'again' } } };
    await paused.ask(path(), { method: 'PATCH', contentType: 'application/merge-patch+json', body });
    await configured(paused);
    for (const pod of pods) {
      const calls = shells.lines(pod, 'runs');
      expect(calls.filter((call) => call === '--configure')).toHaveLength(1);
      // Members are told of those that are configured later, of each once.
      const told = calls.filter((call) => call !== '--configure').flatMap((call) => call.split(' ').at(-1)?.split(','));
      expect(new Set(told).size).toBe(told.length);
    }
    const found = await cluster.list('pods', '-l', 'kubedirector.hpe.com/kdcluster=ten', '-n', namespace);
    expect(found.map(({ metadata }) => metadata.name).sort()).toEqual([...pods].sort());
  }, 180_000);
});
