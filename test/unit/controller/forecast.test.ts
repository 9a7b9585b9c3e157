import { describe, expect, test } from 'vitest';
import type {
  ClusterRole,
  KubeDirectorCluster,
  MemberStatus,
  PlannedChange,
} from '../../../src/apis/kubedirector/types.ts';
import { forecastUpdate } from '../../../src/controller/plan/forecast/forecast.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { createIds, later, member, now, settled, statusOf } from './facts.ts';

type Edit = (role: ClusterRole, cluster: KubeDirectorCluster) => void;

const pods = [0, 1, 2, 3].map((ordinal) => `set-${ordinal}`);
const withClaim = (change: Partial<MemberStatus> = {}) =>
  pods.map((pod, nodeID) => member(pod, nodeID, { pvc: `p-${pod}`, ...change }));
const neverRan = { state: 'create pending', stateDetail: {} } as const;
const seven: Edit = (role) => (role.env = [{ name: 'A', value: '7' }]);
const eight: Edit = (role) => (role.env = [{ name: 'A', value: '8' }]);

/** As the controller has left it: every member's revision is in the status. */
function atRest(first: Edit = () => undefined, members = withClaim()): Observed {
  const observed = settled(members, 1, edited(first));
  return { ...observed, cluster: { ...observed.cluster, status: statusOf(observed) } };
}

function edited(edit: Edit): (cluster: KubeDirectorCluster) => void {
  return (cluster) => {
    for (const role of cluster.spec.roles) {
      // The sample has no storage in this role, and the facts' members have it.
      role.storage = { size: '1Gi', storageClassName: 'standard' };
      edit(role, cluster);
    }
  };
}

function changed({ cluster }: Observed, edit: Edit): Stored<KubeDirectorCluster> {
  const next = structuredClone(cluster);
  edited(edit)(next);
  next.metadata.generation = 2;
  return next;
}

const told = (observed: Observed, edit: Edit): string[] => forecast(observed, edit).map(({ message }) => message);

function forecast(observed: Observed, edit: Edit): PlannedChange[] {
  const { cluster, app, config } = observed;
  if (app === undefined) throw new Error('no app');
  const facts = { pods: [...observed.pods.values()], statefulSets: [...observed.statefulSets.values()] };
  return forecastUpdate(changed(observed, edit), cluster, { app, config, ...facts, now: later });
}

/** After the controller has taken a changed spec in, and the pods named have been made of it. */
function midway(edit: Edit, moved: readonly string[]): Observed {
  const before = atRest();
  const cluster = changed(before, edit);
  const { status } = plan({ ...before, cluster }, now, createIds());
  const role = status?.roles?.[0];
  const members = role?.members.map((one) =>
    moved.includes(one.pod) ? { ...one, revision: role.updateRevision ?? '' } : one,
  );
  if (status === undefined || role === undefined) throw new Error('no status');
  return { ...before, cluster: { ...cluster, status: { ...status, roles: [{ ...role, members: members ?? [] }] } } };
}

describe('what a changed role does to its members', () => {
  test.each<[string, Edit, string[]]>([
    ['nothing that is not there', () => undefined, []],
    ['nothing for labels', (role) => (role.podLabels = { a: 'b' }), []],
    ['nothing for another notation', ({ resources: { limits } }) => (limits.cpu = '0.2'), []],
    ['a restart', seven, ['role work: 4 members restart, one at a time: env changed']],
    [
      'a restart for several reasons',
      (role, cluster) => {
        seven(role, cluster);
        role.nodeSelector = { a: 'b' };
      },
      ['role work: 4 members restart, one at a time: env, nodeSelector changed'],
    ],
    [
      'other memory',
      ({ resources: { limits } }) => (limits.memory = '96Mi'),
      ['role work: 4 members are resized without a restart where their nodes can, one at a time: resources changed'],
    ],
    [
      'several at a time',
      (role, cluster) => {
        seven(role, cluster);
        cluster.spec.updateStrategy = { maxUnavailable: '50%' };
      },
      ['role work: 4 members restart, at most 2 at a time: env, updateStrategy changed'],
    ],
    [
      'a wait for others',
      (role, cluster) => {
        seven(role, cluster);
        role.updateStrategy = { type: 'OnDelete' };
      },
      [
        'role work: 4 members are restarted when their pods are deleted (updateStrategy OnDelete): env, updateStrategy changed',
      ],
    ],
    [
      'a pause',
      (role, cluster) => {
        seven(role, cluster);
        role.updateStrategy = { paused: true };
      },
      ['role work: 4 members restart when updateStrategy.paused ends: env, updateStrategy changed'],
    ],
    [
      'a restart that is asked for',
      (_role, { spec }) => (spec.restartedAt = later.toISOString()),
      ['role work: 4 members restart, one at a time: restartedAt changed'],
    ],
    ['nothing for pods that are newer', (role) => (role.restartedAt = '2020-01-01T00:00:00Z'), []],
    ['more members', (role) => (role.members = 7), ['role work: 3 members join']],
    ['very many more', (role) => (role.members = 2_000_000_000), ['role work: 1999999996 members join']],
    [
      'fewer members',
      (role) => (role.members = 3),
      [
        'role work: 1 member leaves, and its PersistentVolumeClaims are deleted; set spec.persistentVolumeClaimRetentionPolicy.whenScaled to Retain to keep them',
      ],
    ],
    [
      'fewer members, whose volumes are kept',
      (role, cluster) => {
        role.members = 2;
        cluster.spec.persistentVolumeClaimRetentionPolicy = { whenScaled: 'Retain' };
      },
      ['role work: 2 members leave, and their PersistentVolumeClaims stay'],
    ],
    [
      'fewer members, and a restart of those that stay',
      (role, cluster) => {
        role.members = 2;
        seven(role, cluster);
        cluster.spec.persistentVolumeClaimRetentionPolicy = { whenScaled: 'Delete' };
      },
      [
        'role work: 2 members leave, and their PersistentVolumeClaims are deleted',
        'role work: 2 members restart, one at a time: env changed',
      ],
    ],
    [
      'no more role',
      (_role, cluster) => {
        cluster.spec.roles = [];
        cluster.spec.persistentVolumeClaimRetentionPolicy = { whenScaled: 'Delete' };
      },
      ['role work: 4 members leave, and their PersistentVolumeClaims are deleted'],
    ],
    [
      'larger volumes',
      (role) => (role.storage = { size: '2Gi', storageClassName: 'standard' }),
      ['role work: the volumes of 4 members grow, without a restart'],
    ],
    ['an end', (_role, { spec }) => (spec.suspend = true), ['the cluster stops: 4 members']],
  ])('is told: %s', (_what, edit, sentences) => {
    expect(told(atRest(), edit)).toEqual(sentences);
  });

  test('is nothing but a start where the cluster has no pods', () => {
    const stopped = atRest((_role, { spec }) => (spec.suspend = true), withClaim({ state: 'suspended' }));
    const without = { ...stopped, pods: new Map() };
    expect(told(without, seven)).toEqual([]);
    expect(told(without, (role) => (role.members = 5))).toEqual([
      'role work: 1 member joins, without pods until the cluster starts',
    ]);
    expect(told(without, (_role, { spec }) => (spec.suspend = false))).toEqual(['the cluster starts: 4 members']);
  });

  test('is another making where none of them ever ran', () => {
    const observed = {
      ...settled(
        withClaim(neverRan),
        1,
        edited(() => undefined),
      ),
      pods: new Map(),
    };
    const fresh = { ...observed, cluster: { ...observed.cluster, status: statusOf(observed) } };
    expect(told(fresh, (role) => delete role.storage)).toEqual([
      'role work: 4 members are made anew, because none of them ever ran: storage changed',
    ]);
  });
});

describe('a forecast as data', () => {
  test('is a restart of all, the highest number first, where devices are added', () => {
    const observed = atRest();
    const found = forecast(observed, (role) => {
      role.blockStorage = { numDevices: 1, pathPrefix: '/dev/x', storageClassName: 'fast', size: '1Gi' };
    });
    expect(found.map(({ class: type, action, members, fields }) => [type, action, members, fields])).toEqual([
      ['rolling', 'Restart', ['set-3', 'set-2', 'set-1', 'set-0'], ['blockStorage']],
    ]);
    expect(found[0]?.message).toBe('role work: 4 members restart, one at a time: blockStorage changed');
  });

  test('names members in the order in which they go, broken ones first', () => {
    const observed = atRest();
    const broken = observed.cluster.status?.roles?.[0]?.members.find(({ pod }) => pod === 'set-1');
    if (broken !== undefined) {
      broken.state = 'config error';
      broken.stateDetail = { configuringContainer: broken.stateDetail.lastConfiguredContainer ?? '' };
    }
    expect(forecast(observed, seven)).toEqual([
      {
        ...{ role: 'work', class: 'rolling', action: 'Restart', count: 4, fields: ['env'] },
        members: ['set-1', 'set-3', 'set-2', 'set-0'],
        message: 'role work: 4 members restart, one at a time: env changed',
      },
    ]);
  });
});

describe('a change amid an update', () => {
  test('back to what was touches only members that have moved', () => {
    const observed = midway(seven, ['set-3']);
    expect(told(observed, (role) => delete role.env)).toEqual(['role work: 1 member restarts: env changed']);
    expect(told(midway(seven, []), (role) => delete role.env)).toEqual(['role work: no further member restarts']);
  });

  test('on to something else touches all', () => {
    expect(told(midway(seven, ['set-3']), eight)).toEqual(['role work: 4 members restart, one at a time: env changed']);
  });

  test('that has nothing to do with it is not told of', () => {
    expect(told(midway(seven, ['set-3']), (role) => (role.podLabels = { a: 'b' }))).toEqual([]);
  });

  test('of the pace tells of those that are still to come', () => {
    const observed = midway(seven, ['set-3']);
    const pace = (updateStrategy: object) => told(observed, (role) => Object.assign(role, { updateStrategy }));
    expect(pace({ maxUnavailable: 3 })).toEqual([
      'role work: 3 members restart, at most 3 at a time: updateStrategy changed',
    ]);
    expect(pace({ autoRevert: true })).toEqual([
      'role work: 3 members restart, one at a time; if one does not work with it, the change is taken back (autoRevert): updateStrategy changed',
    ]);
    expect(pace({ paused: true })).toEqual([
      'role work: 3 members restart when updateStrategy.paused ends: updateStrategy changed',
    ]);
  });

  test('that has failed tells where it stands', () => {
    const observed = midway(seven, ['set-3']);
    const [role] = observed.cluster.status?.roles ?? [];
    const broken = role?.members.find(({ pod }) => pod === 'set-3');
    if (broken !== undefined) {
      broken.state = 'config error';
      broken.stateDetail = { configuringContainer: broken.stateDetail.lastConfiguredContainer ?? '' };
    }
    const other: Edit = (one) => (one.updateStrategy = { maxUnavailable: 2 });
    expect(told(observed, other)).toEqual([
      'role work: 3 members are not restarted, because the update has stopped at set-3: updateStrategy changed',
    ]);
    expect(told(observed, eight)).toEqual(['role work: 4 members restart, one at a time: env changed']);
  });
});
