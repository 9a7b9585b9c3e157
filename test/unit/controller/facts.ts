/** What a plan is made from: a cluster, its status, its pods. */
import type { ClusterStatus, KubeDirectorCluster, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Ids } from '../../../src/controller/plan/names.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { sampleApp, sampleCluster } from '../../controller/support/samples.ts';

export const stamp = { uid: 'uid', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
export const now = new Date('2026-01-02T03:04:05Z');
export const later = new Date('2026-01-02T04:00:00Z');

export function createIds(): Ids {
  let count = 0;
  const next = (): string => String((count += 1)).padStart(5, '0');
  return { suffix: next, token: () => next().padStart(32, '0'), uuid: next };
}

export function observe(
  change: (cluster: KubeDirectorCluster) => void = () => undefined,
  status?: ClusterStatus,
): Observed {
  const cluster = sampleCluster(change);
  const { metadata } = cluster;
  return {
    cluster: {
      ...cluster,
      metadata: { generation: 1, finalizers: ['kubedirector.hpe.com/cleanup'], ...metadata, ...stamp, name: 'sample' },
      ...(status === undefined ? {} : { status }),
    },
    app: { ...sampleApp(), metadata: { ...sampleApp().metadata, ...stamp, name: 'golden' } },
    config: {},
    statusBackup: undefined,
    ...{
      statefulSets: new Map(),
      services: new Map(),
      budgets: new Map(),
      pods: new Map(),
      claims: new Map(),
      guest: new Map(),
    },
    connected: { clusters: [], configMaps: [], secrets: [] },
  };
}

/** A running (or otherwise) pod. */
export function pod(name: string, status: Pod['status'], metadata: Pod['metadata'] = {}): Stored<Pod> {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { ...metadata, ...stamp, name, namespace: 'default' },
    ...(status === undefined ? {} : { status }),
  };
}
export const container = (state: object, containerID = 'containerd://1') => ({
  ...{ name: 'app', image: '', imageID: '', ready: true, restartCount: 0 },
  ...{ containerID, state },
});
export const running = (containerID?: string): NonNullable<Pod['status']> => ({
  phase: 'Running',
  containerStatuses: [container({ running: {} }, containerID)],
});

export const statusOf = (observed: Observed, ids = createIds(), at = now): ClusterStatus => {
  const { status } = plan(observed, at, ids);
  if (status === undefined) throw new Error('no status');
  return status;
};

export const member = (pod: string, nodeID: number, change: Partial<MemberStatus> = {}): MemberStatus => ({
  ...{ pod, nodeID, service: 'n/a', state: 'configured' },
  stateDetail: {
    ...{ lastConfiguredContainer: `containerd://${pod}`, lastKnownContainerState: 'running' },
    ...{ lastSetupGeneration: 1, lastConfigDataGeneration: 1, lastConnectionVersion: 0 },
  },
  ...change,
});

/** A settled status with these members of role work, and their pods. */
export function settled(
  members: MemberStatus[],
  generation = 1,
  change?: (cluster: KubeDirectorCluster) => void,
): Observed {
  const spec = (cluster: KubeDirectorCluster) => {
    cluster.spec.roles = cluster.spec.roles.filter(({ id }) => id === 'work');
    for (const role of cluster.spec.roles) role.members = members.length;
    delete cluster.spec.connections;
    cluster.metadata.generation = generation;
    change?.(cluster);
  };
  const { lastConnectionHash = '' } = statusOf(observe(spec));
  const status: ClusterStatus = {
    ...{ state: 'configured', clusterService: 'hs', lastNodeID: 9, specGenerationToProcess: 1, generationUID: 'g' },
    ...{ lastConnectionHash, roles: [{ id: 'work', statefulSet: 'set', members }] },
  };
  const pods = new Map(members.map((one) => [one.pod, pod(one.pod, running(`containerd://${one.pod}`))]));
  return { ...observe(spec, status), pods };
}
