/** Why a member does not run, according to plans. */
import { describe, expect, test } from 'vitest';
import type { MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import type { ToldEvent } from '../../../src/apis/kubernetes/event.ts';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { unexplained } from '../../../src/controller/plan/life-cycle/unexplained.ts';
import { sampleApp, sampleCluster } from '../../controller/support/samples.ts';

const stamp = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const now = new Date('2026-01-02T03:04:05Z');
const ids = { suffix: () => 'x', token: () => 't', uuid: () => 'u' };

type Status = NonNullable<Pod['status']>;
type Detail = MemberStatus['stateDetail'];

/** A role of members that are about to be set up (or otherwise), with these pods. */
function facts(
  pods: readonly (Status | undefined)[],
  change: Partial<MemberStatus> = {},
  detail: Detail = {},
): Observed {
  const members = pods.map((_, ordinal): MemberStatus => {
    const begin = { pod: `set-${ordinal}`, nodeID: ordinal, service: 'n/a', state: 'create pending' } as const;
    return { ...begin, ...change, stateDetail: { ...change.stateDetail, ...detail } };
  });
  const cluster = sampleCluster(({ spec }) => {
    spec.roles = spec.roles.filter(({ id }) => id === 'work');
    for (const role of spec.roles)
      Object.assign(role, { members: pods.length, resources: { limits: { memory: '1Gi', cpu: '1' } } });
    delete spec.connections;
  });
  const known = { state: 'configured', clusterService: 'hs', lastNodeID: 9, specGenerationToProcess: 1 } as const;
  const made = (kind: string, name: string) => ({
    kind,
    metadata: { ...stamp, name, namespace: 'default', uid: `uid-${name}` },
  });
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'claim' } }];
  return {
    cluster: {
      ...cluster,
      metadata: {
        ...cluster.metadata,
        ...stamp,
        uid: 'uid',
        name: 'sample',
        generation: 1,
        finalizers: ['kubedirector.hpe.com/cleanup'],
      },
      status: { ...known, roles: [{ id: 'work', statefulSet: 'set', members }] },
    },
    app: { ...sampleApp(), metadata: { ...sampleApp().metadata, ...stamp, uid: 'app', name: 'golden' } },
    config: {},
    statusBackup: undefined,
    statefulSets: new Map([
      [
        'set',
        {
          ...made('StatefulSet', 'set'),
          apiVersion: 'apps/v1',
          spec: { selector: {}, serviceName: 'hs', template: {} },
        },
      ],
    ]) as Observed['statefulSets'],
    pods: new Map(
      pods.flatMap((status, ordinal) =>
        status === undefined
          ? []
          : [[`set-${ordinal}`, { ...made('Pod', `set-${ordinal}`), apiVersion: 'v1', spec: { volumes }, status }]],
      ),
    ) as unknown as Observed['pods'],
    ...{ services: new Map(), claims: new Map(), guest: new Map() },
    connected: { clusters: [], configMaps: [], secrets: [] },
  };
}

function told(observed: Observed) {
  const { status, actions } = plan(observed, now, ids);
  return {
    degraded: status?.conditions?.find(({ type }) => type === 'Degraded'),
    detail: status?.roles?.[0]?.members[0]?.stateDetail,
    events: actions.flatMap((action) =>
      action.type === 'event' && action.severity === 'Warning' ? [action.message] : [],
    ),
  };
}

const app = (state: object, lastState: object = {}, restartCount = 0): Status => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'True' }],
  containerStatuses: [
    {
      ...{ name: 'app', image: 'repo/app:1', imageID: '', ready: false, restartCount, containerID: 'containerd://1' },
      state,
      lastState,
    },
  ],
});
const waiting = (reason: string, message = ''): Status => app({ waiting: { reason, message } });
const ended = (exitCode: number, reason = 'Error', message = '') => ({ terminated: { exitCode, reason, message } });
const creating = waiting('ContainerCreating');
const unscheduled = (message: string): Status => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } };

describe('the status of a pod explains', () => {
  test.each([
    [
      'an image that fails to be pulled',
      waiting('ErrImagePull', 'no such host'),
      'ImagePullBackOff',
      "image repo/app:1 can't be had: no such host",
    ],
    [
      ...[
        'a back-off from it',
        waiting('ImagePullBackOff', 'Back-off pulling image "repo/app:1": ErrImagePull: no such host'),
      ],
      ...['ImagePullBackOff', "the image repo/app:1 can't be had: no such host (is"],
    ],
    ['an image of no valid name', waiting('InvalidImageName', 'bad format'), 'InvalidImageName', 'bad format'],
    [
      'a container that lacks its configuration',
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      'CreateContainerConfigError',
      'secret "x" not found',
    ],
    [
      'a container that ends again and again',
      app(backOff, ended(3, 'Error', 'no license')),
      'CrashLoopBackOff',
      'ended with exit status 3: no license',
    ],
    [
      'one that its runtime cannot start',
      app(backOff, ended(128, 'StartError', 'exec: no such file')),
      'RunContainerError',
      "can't be started: exec: no such file",
    ],
    [
      'one that was out of memory',
      app(backOff, ended(137, 'OOMKilled')),
      'OOMKilled',
      'resources.limits.memory is 1Gi',
    ],
    [
      'a pod that was thrown out',
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
      'Evicted',
      'low on memory',
    ],
  ] as [string, Status, string, string][])('%s', (_name, status, reason, words) => {
    const { degraded, detail, events } = told(facts([status]));
    expect(degraded).toMatchObject({ status: 'True', reason });
    expect(degraded?.message).toContain(`set-0: ${detail?.podErrorMessage ?? ''}`);
    expect(detail?.podErrorMessage).toContain(words);
    expect(events).toEqual([expect.stringContaining(words)]);
  });

  test('a postStart hook that fails, unless the container ended by itself', () => {
    const hook = { waiting: { reason: 'PostStartHookError', message: 'Exec lifecycle hook ([/bin/bash -c script])' } };
    expect(told(facts([app(hook, ended(137))])).degraded?.reason).toBe('PostStartHookError');
    expect(told(facts([app(hook, ended(137))])).detail?.podErrorMessage).not.toContain('script');
    expect(told(facts([app(hook, ended(137, 'OOMKilled'))])).degraded?.reason).toBe('OOMKilled');
    expect(told(facts([app(hook, ended(3))])).detail?.podErrorMessage).toContain('exit status 3');
  });

  test('an init container that fails', () => {
    const status = {
      ...creating,
      initContainerStatuses: [{ ...app(ended(1)).containerStatuses?.[0], name: 'init' }],
    } as Status;
    expect(told(facts([status])).detail?.podErrorMessage).toContain('the container init ended with exit status 1');
  });

  test('nothing where a container is only being made, or has been restarted and set up since', () => {
    expect(told(facts([creating])).degraded?.status).toBe('False');
    const done = app({ running: {} }, ended(1), 7);
    const configured = { state: 'configured', stateDetail: { lastConfiguredContainer: 'containerd://1' } } as const;
    const { degraded, detail } = told(facts([{ ...done, phase: 'Running' }], configured));
    expect([degraded?.status, detail?.podErrorMessage]).toEqual(['False', undefined]);
  });

  test('nothing of a pod that goes', () => {
    const observed = facts([waiting('ErrImagePull', 'no such host')]);
    const [pod] = observed.pods.values();
    if (pod === undefined) throw new Error('no pod');
    const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const { detail, events } = told({ ...observed, pods: new Map([['set-0', going]]) });
    expect([detail?.podErrorMessage, events]).toEqual([undefined, []]);
  });

  test('what is wrong while a container that ends again and again happens to run', () => {
    const { degraded } = told(facts([app({ running: {} }, ended(1), 2)], { state: 'creating' }));
    expect(degraded).toMatchObject({ status: 'True', reason: 'CrashLoopBackOff' });
  });
});

describe('what is told', () => {
  test('names three members of those with the same problem, and each problem once', () => {
    const pull = waiting('ErrImagePull', 'no such host');
    const { degraded } = told(facts([pull, pull, pull, pull, app(backOff, ended(3))]));
    expect(degraded?.reason).toBe('ImagePullBackOff');
    expect(degraded?.message).toMatch(/^set-0, set-1, set-2 and 1 more: the image .*; set-4: the container app ended/);
  });

  test('does not change, and causes no event, if only numbers in it change', () => {
    const first = told(facts([waiting('ErrImagePull', 'udp 10.0.0.1:4711->10.0.0.2:53')]));
    const again = told(
      facts([waiting('ImagePullBackOff', 'ErrImagePull: udp 10.0.0.1:4999->10.0.0.2:53')], {}, first.detail),
    );
    expect(again.detail).toEqual(first.detail);
    expect(again.degraded).toEqual(first.degraded);
    expect(again.events).toEqual([]);
  });

  test('goes when the member runs', () => {
    const first = told(facts([waiting('ErrImagePull', 'no such host')]));
    const { detail } = told(facts([{ ...app({ running: {} }), phase: 'Running' }], {}, first.detail));
    expect(detail?.podErrorMessage).toBeUndefined();
  });

  test('of a set-up that failed is its detail', () => {
    const detail = { configErrorDetail: 'fetching failed', configuringContainer: 'containerd://1' };
    const { degraded } = told(
      facts([{ ...app({ running: {} }), phase: 'Running' }], { state: 'config error' }, detail),
    );
    expect(degraded).toMatchObject({
      reason: 'ConfigError',
      message: expect.stringContaining('set-0: fetching failed; ') as string,
    });
  });

  test('of a member without node is an event as well, once', () => {
    const first = told(facts([unscheduled('0/2 nodes')]));
    expect(first.events).toEqual(['member{set-0} in role{work}: not scheduled: 0/2 nodes']);
    expect(told(facts([unscheduled('0/3 nodes')], {}, first.detail)).events).toEqual([]);
  });
});

describe('events explain', () => {
  const warning = (reason: string, message: string): ToldEvent => ({ type: 'Warning', reason, message });
  const by = (observed: Observed, key: string, ...events: ToldEvent[]) =>
    told({ ...observed, events: new Map([[key, events]]) });

  test('a pod whose volumes cannot be mounted, unless something has come after', () => {
    const failed = warning('FailedMount', 'secret "x" not found');
    const { degraded, detail } = by(facts([creating]), 'Pod/set-0', failed);
    expect(degraded?.reason).toBe('FailedMount');
    expect(detail?.podErrorMessage).toBe(
      `a volume can't be mounted (it is tried again): secret "x" not found (put it back, or have the cluster do without)`,
    );
    const pulling = { type: 'Normal', reason: 'Pulling', message: '' };
    expect(by(facts([creating]), 'Pod/set-0', pulling, failed).degraded?.status).toBe('False');
  });

  test('a pod that its StatefulSet may not make', () => {
    const { degraded } = by(facts([undefined]), 'StatefulSet/set', warning('FailedCreate', 'exceeded quota: q'));
    expect(degraded).toMatchObject({
      reason: 'FailedCreate',
      message: expect.stringContaining('exceeded quota: q') as string,
    });
  });

  test('a claim without volume, before what the scheduler says', () => {
    const observed = facts([unscheduled('pod has unbound immediate PersistentVolumeClaims')]);
    const key = 'PersistentVolumeClaim/claim';
    const none = { type: 'Normal', reason: 'FailedBinding', message: 'no persistent volumes available' };
    const { degraded, detail } = by(observed, key, none);
    expect(degraded?.reason).toBe('FailedBinding');
    expect(detail?.podErrorMessage).toContain('the PersistentVolumeClaim claim gets no volume: no persistent volumes');
    const ordinary = { type: 'Normal', reason: 'WaitForFirstConsumer', message: '' };
    expect(by(observed, key, ordinary).degraded?.reason).toBe('MembersNotScheduled');
  });

  test('a container whose postStart hook fails, also while it is kept from starting again', () => {
    const failed = warning('FailedPostStartHook', 'PostStartHook failed');
    const backingOff = warning('BackOff', 'Back-off restarting failed container');
    const first = by(facts([creating]), 'Pod/set-0', failed);
    expect(first.degraded?.reason).toBe('PostStartHookError');
    expect(first.detail?.podErrorMessage).toContain('needs /bin/bash');
    expect(by(facts([app(backOff, ended(137))]), 'Pod/set-0', backingOff, failed).degraded?.reason).toBe(
      'PostStartHookError',
    );
  });
});

describe('events are wanted', () => {
  const wanted = (observed: Observed) => unexplained(observed).map(({ kind, name, uid }) => [kind, name, uid]);
  const claimless = unscheduled('pod has unbound immediate PersistentVolumeClaims');
  test.each([
    ['about a pod whose status says nothing', creating, [['Pod', 'set-0', 'uid-set-0']]],
    ['about a StatefulSet that makes no pod', undefined, [['StatefulSet', 'set', 'uid-set']]],
    ['about claims that keep a pod from its node', claimless, [['PersistentVolumeClaim', 'claim', undefined]]],
    [
      'about a pod whose container was killed by nobody knows whom',
      app(backOff, ended(137)),
      [['Pod', 'set-0', 'uid-set-0']],
    ],
    ['not where the scheduler has said why', unscheduled('Insufficient cpu'), []],
    ['not where the kubelet has said why', waiting('ErrImagePull'), []],
    ['not for a member that runs', { ...app({ running: {} }), phase: 'Running' }, []],
  ] as [string, Status | undefined, unknown[]][])('%s', (_name, status, expected) => {
    expect(wanted(facts([status]))).toEqual(expected);
  });

  test('not for members that leave', () => {
    expect(wanted(facts([undefined], { state: 'deleting' }))).toEqual([]);
    expect(wanted(facts([creating], { state: 'delete pending' }))).toEqual([]);
  });
});
