import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import { ContainerGoneError, ExecTimeoutError, type ExecResult } from '../../../src/clients/contract.ts';
import { supersededExit } from '../../../src/guest/term.ts';
import { guestSteps, stepCommand, type GuestStep } from '../../../src/controller/guest/steps.ts';
import { parseLines } from '../../../src/guest/answers.ts';
import { parseConfigureStatus } from '../../../src/guest/files.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { parseSimulate, simulateAnnotation } from '../../../src/playground/guest/simulate.ts';
import { admin, startCluster, type TestCluster, type TestClusterOptions } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const until = async (check: () => unknown): Promise<void> => {
  await vi.waitFor(check, { timeout: 30_000, interval: 5 });
};
const pod = (): Stored<Pod> | undefined => cluster.native.pods.cache.get('default', 'member')?.object;
const containerID = (): string => pod()?.status?.containerStatuses?.[0]?.containerID ?? '';

function exec(step: GuestStep, id = containerID()): Promise<ExecResult> {
  const target = { namespace: 'default', name: 'member', container: 'app', containerID: id };
  return cluster.playground.exec.exec(target, stepCommand(step, '1@data'), { timeoutMs: step.timeoutMs });
}
async function lines(step: GuestStep): Promise<Record<string, string>> {
  return Object.fromEntries(parseLines((await exec(step)).stdout));
}

/** Starts a cluster with a running member of "spark", with or without a volume. */
async function member(
  options: TestClusterOptions & { simulate?: never; annotation?: string; volume?: boolean } = {},
): Promise<void> {
  const { annotation, volume = false, ...rest } = options;
  cluster = await startCluster(rest);
  await cluster.clusters.create(admin, 'default', {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorCluster',
    metadata: {
      name: 'spark',
      namespace: 'default',
      ...(annotation ? { annotations: { [simulateAnnotation]: annotation } } : {}),
    },
  });
  if (volume) {
    await cluster.native.claims.create(admin, 'default', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'p-member', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
  }
  await run(volume);
}
async function run(volume: boolean): Promise<void> {
  const labels = { 'kubedirector.hpe.com/kdcluster': 'spark', 'kubedirector.hpe.com/role': 'worker' };
  await cluster.native.pods.create(admin, 'default', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'member', namespace: 'default', labels },
    spec: {
      containers: [{ name: 'app', image: 'spark:1' }],
      ...(volume ? { volumes: [{ name: 'p', persistentVolumeClaim: { claimName: 'p-member' } }] } : {}),
    },
  });
  await until(() => {
    expect(pod()?.status?.phase).toBe('Running');
  });
}
const setup = (guestTools?: Uint8Array): GuestStep =>
  guestSteps.setup({
    ...{
      containerID: containerID(),
      tailBytes: 1000,
      data: '1:h',
      layout: 'new',
      document: '{}',
      systemd: false,
      configureLimit: 60,
    },
    ...{ packageURL: 'file:///opt/x.tgz', injections: [], guestTools },
    ...{ version: '', upgrade: undefined, upgradeLimit: 60 },
  });
const setupStatus = (): GuestStep => guestSteps.setupStatus(containerID(), 1000);
async function configure(): Promise<void> {
  await exec(setup());
}

describe('The simulated guest', () => {
  it('sets up a member with the steps of the controller', async () => {
    await member({ delays: { configure: [60, 60] } });
    expect(await lines(setupStatus())).toMatchObject({ alive: 'no', stage: '', configure: '', configcli: 'present' });
    expect((await exec(guestSteps.writeConfigmeta('new', '{}'))).exitCode).toBe(0);
    expect(await lines(setup(new Uint8Array([1])))).toMatchObject({
      ...{ alive: 'yes', stage: 'configure', configure: `${containerID()}=` },
    });
    await until(async () => {
      expect(await lines(setupStatus())).toMatchObject({ alive: 'no', configure: `${containerID()}=0` });
    });
    expect(await lines(setup())).toMatchObject({ configure: `${containerID()}=0` });
  });

  it.each([true, false])('does nothing for an earlier leader than the last one (with a volume: %s)', async (volume) => {
    await member({ volume });
    const of = (step: GuestStep, term: string) =>
      cluster.playground.exec.exec(
        { namespace: 'default', name: 'member', container: 'app', containerID: containerID() },
        stepCommand(step, term),
      );
    expect(await of(guestSteps.writeConfigmeta('new', '{}'), '10@data')).toMatchObject({ exitCode: 0 });
    expect(await of(setup(), '9@data')).toMatchObject({ exitCode: supersededExit, stdout: '' });
    expect(await of(setup(), '1@other')).toMatchObject({ exitCode: 0 });
    expect(await of(setupStatus(), '9@data')).toMatchObject({ exitCode: 0 });
  });

  it('runs one notification at a time, and reports its exit code', async () => {
    await member({ delays: { notify: [50, 50] } });
    await configure();
    const notify = (id: string) => lines(guestSteps.notify(containerID(), id, 60, ['--addnodes']));
    expect(await notify('1')).toEqual({ notify: 'running' });
    expect(await notify('1')).toEqual({ notify: 'running' });
    expect(await notify('2')).toEqual({ notify: 'busy' });
    await until(async () => {
      expect(await notify('1')).toEqual({ notify: '0' });
    });
    expect(await notify('2')).toEqual({ notify: 'running' });
  });

  it('fails configure in the role of the annotation, with its output', async () => {
    await member({ annotation: 'fail-configure=worker' });
    await configure();
    await until(async () => {
      const shown = await lines(setupStatus());
      expect(parseConfigureStatus(shown.configure ?? '')?.exitCode).toBe(1);
      expect(Buffer.from(shown.stderr ?? '', 'base64').toString()).toContain('failed');
      expect(Buffer.from(shown.stdout ?? '', 'base64').toString()).toContain('role worker');
    });
  });

  it('takes the time of the annotation for configure', async () => {
    let now = Date.now();
    await member({ annotation: 'slow=10m', clock: { ...systemClock, now: () => new Date(now) } });
    await configure();
    now += 599_999;
    expect((await lines(setupStatus())).alive).toBe('yes');
    now += 1;
    expect((await lines(setupStatus())).alive).toBe('no');
  });

  it('restarts the container of the named pod once, which loses files that are not on a volume', async () => {
    await member();
    await configure();
    const first = containerID();
    const annotate = (text: string) =>
      cluster.clusters.update(admin, { namespace: 'default', name: 'spark' }, (now) => ({
        ...now!,
        metadata: { ...now!.metadata, annotations: { [simulateAnnotation]: text } },
      }));
    await annotate('restart=member');
    await until(() => {
      expect(containerID()).not.toBe(first);
    });
    expect(pod()?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true });
    await expect(exec(setupStatus(), first)).rejects.toBeInstanceOf(ContainerGoneError);
    expect(await lines(setupStatus())).toMatchObject({ stage: '', configure: '' });
    await annotate('restart=member,slow=1s');
    await annotate('restart=member/again,slow=1s');
    await until(() => {
      expect(pod()?.status?.containerStatuses?.[0]?.restartCount).toBe(2);
    });
  });

  it('keeps the files of a volume in a new pod', async () => {
    await member({ volume: true });
    await configure();
    const first = containerID();
    await until(async () => {
      expect((await lines(setupStatus())).alive).toBe('no');
    });
    await cluster.native.pods.delete(admin, { namespace: 'default', name: 'member' }, { gracePeriodSeconds: 0 });
    await run(true);
    expect(await lines(setupStatus())).toMatchObject({ stage: '', configure: `${first}=0` });
    expect(await lines(setup())).toMatchObject({ alive: 'no', stage: 'ready', configure: `${first}=0` });
    expect(await lines(setupStatus())).toMatchObject({ stage: 'ready' });
  });

  it('continues a run after a restart of the program', async () => {
    await member({ annotation: 'slow=2s' });
    await configure();
    const { store } = cluster;
    cluster.stop();
    cluster = await startCluster({ store });
    expect(await lines(setupStatus())).toMatchObject({ alive: 'yes', configure: `${containerID()}=` });
    await until(async () => {
      expect((await lines(setupStatus())).configure).toBe(`${containerID()}=0`);
    });
  });

  it('refuses commands that are not steps, and keeps to the timeout', async () => {
    await member({ delays: { exec: [500, 500] } });
    const target = { namespace: 'default', name: 'member', container: 'app', containerID: containerID() };
    await expect(cluster.playground.exec.exec(target, ['ls'], { timeoutMs: 10 })).rejects.toBeInstanceOf(
      ExecTimeoutError,
    );
    expect(await cluster.playground.exec.exec(target, ['ls'])).toMatchObject({ exitCode: 127 });
  });
});

describe('The simulate annotation', () => {
  it('is a list of clauses', () => {
    cluster = { stop: () => undefined } as TestCluster;
    const { slow, failConfigure, failNotify, failHealth, restarts, problems } = parseSimulate(
      'slow=1.5s, fail-configure=a,fail-configure=b,fail-notify=c,fail-health=d,fail-health=p-0,restart=p-0/2',
    );
    expect({ slow, restarts, problems }).toEqual({
      slow: 1500,
      restarts: [{ pod: 'p-0', token: 'restart=p-0/2' }],
      problems: [],
    });
    expect([[...failConfigure], [...failNotify], [...failHealth]]).toEqual([['a', 'b'], ['c'], ['d', 'p-0']]);
  });

  it('leads to an event about the cluster if it has problems', async () => {
    expect(parseSimulate('slow=soon,fast=1,restart').problems).toHaveLength(3);
    await member({ annotation: 'slow=soon' });
    await until(() => {
      expect(cluster.events().filter((one) => one.reason === 'Simulate')).toMatchObject([
        { involvedObject: { name: 'spark' }, message: expect.stringContaining('"soon" is not a duration') as unknown },
      ]);
    });
  });
});
