/** A cluster with one member, whose pod has a status that a test gives. */
import type { MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { clusterLabel } from '../../../src/apis/kubedirector/well-known.ts';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { sampleApp, sampleCluster } from '../../controller/support/samples.ts';

const stamp = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const now = new Date('2026-01-02T03:04:05Z');
const ids = { suffix: () => 'x', token: () => 't', uuid: () => 'u' };

export type Status = NonNullable<Pod['status']>;
type Detail = MemberStatus['stateDetail'];

/** A role of members that are about to be set up (or otherwise), with these pods. */
export function facts(
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
    metadata: { ...stamp, name, namespace: 'default', uid: `uid-${name}`, labels: { [clusterLabel]: 'sample' } },
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
    ...{ services: new Map(), budgets: new Map(), claims: new Map(), guest: new Map() },
    connected: { clusters: [], configMaps: [], secrets: [] },
  };
}

export function told(observed: Observed) {
  const { status, actions } = plan(observed, now, ids);
  return {
    degraded: status?.conditions?.find(({ type }) => type === 'Degraded'),
    detail: status?.roles?.[0]?.members[0]?.stateDetail,
    events: actions.flatMap((action) =>
      action.type === 'event' && action.severity === 'Warning' ? [action.message] : [],
    ),
  };
}

export const app = (state: object, lastState: object = {}, restartCount = 0): Status => ({
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
export const waiting = (reason: string, message = ''): Status => app({ waiting: { reason, message } });
export const ended = (exitCode: number, reason = 'Error', message = '') => ({
  terminated: { exitCode, reason, message },
});
export const creating = waiting('ContainerCreating');
export const unscheduled = (message: string): Status => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
export const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } };
