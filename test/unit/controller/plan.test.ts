import { describe, expect, test } from 'vitest';
import type { ClusterStatus, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import type { PersistentVolumeClaim, StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { deepEqual } from '../../../src/meta/json.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { container, createIds, later, member, now, observe, pod, running, settled, stamp, statusOf } from './facts.ts';

describe('a plan', () => {
  test('is the same for the same facts, and changes none of them', () => {
    const facts = observe();
    const copy = structuredClone(facts);
    expect(plan(facts, now, createIds())).toEqual(plan(facts, now, createIds()));
    expect(deepEqual(facts.cluster, copy.cluster)).toBe(true);
  });

  test('adds the finalizer first, in one write with the annotation about backups', () => {
    const { actions, status } = plan(
      observe(({ metadata }) => (metadata.finalizers = ['other'])),
      now,
      createIds(),
    );
    const annotations = { 'kubedirector.hpe.com/status-backup-exists': 'false' };
    expect(actions).toEqual([
      { type: 'setFinalizers', finalizers: ['other', 'kubedirector.hpe.com/cleanup'], annotations },
    ]);
    expect(status).toBeUndefined();
  });

  test('names everything in status that it is about to make', () => {
    const { actions, status } = plan(observe(), now, createIds());
    const made = actions.flatMap((action) =>
      action.type === 'createService' || action.type === 'createStatefulSet' ? [action.object.metadata.name] : [],
    );
    expect(made).toHaveLength(7);
    for (const name of made) expect(JSON.stringify(status)).toContain(`"${name ?? ''}"`);
  });

  test('uses the names in status from then on', () => {
    const first = statusOf(observe());
    const second = statusOf(observe(undefined, first), { ...createIds(), suffix: () => 'other' });
    expect(second.roles?.map(({ statefulSet }) => statefulSet)).toEqual(
      first.roles?.map(({ statefulSet }) => statefulSet),
    );
    expect(second.clusterService).toBe(first.clusterService);
  });

  test('does not change a status that is correct', () => {
    const one = statusOf(settled([member('set-0', 1), member('set-1', 2)]));
    const facts = { ...settled([member('set-0', 1), member('set-1', 2)]) };
    const two = statusOf({ ...facts, cluster: { ...facts.cluster, status: one } }, createIds(), later);
    expect(two).toEqual(one);
  });
});

describe('conditions', () => {
  const type = (status: ClusterStatus, name: string) => status.conditions?.find((one) => one.type === name);

  test('keep their time while their status stays, whatever else changes in them', () => {
    const first = statusOf(observe());
    const second = statusOf(
      observe(({ metadata }) => (metadata.generation = 2), first),
      createIds(),
      later,
    );
    expect(type(second, 'Ready')).toMatchObject({ lastTransitionTime: '2026-01-02T03:04:05Z', observedGeneration: 2 });
    const done = settled([member('set-0', 1)]);
    const third = statusOf(
      {
        ...done,
        cluster: { ...done.cluster, status: { ...done.cluster.status, conditions: second.conditions ?? [] } },
      },
      createIds(),
      later,
    );
    expect(type(third, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2026-01-02T04:00:00Z' });
  });

  test('of other controllers stay, and those of connections that are gone do not', () => {
    const others = ['example.com/Seen', 'ConnectionsResolved'].map((type) => ({
      ...{ type, status: 'True' as const, reason: 'Any', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    }));
    const first = statusOf(observe());
    const before = { ...first, conditions: [...others, ...(first.conditions ?? [])] };
    const second = statusOf(
      observe(({ spec }) => delete spec.connections, before),
      createIds(),
      later,
    );
    expect(second.conditions?.map(({ type }) => type)).toEqual([
      'Ready',
      'Progressing',
      'Degraded',
      'example.com/Seen',
    ]);
    expect(type(second, 'example.com/Seen')).toEqual(others[0]);
  });

  test('say which members are down, being set up, leaving, or still to be told', () => {
    const verdicts = (members: MemberStatus[], change: (facts: Observed) => Observed = (facts) => facts) => {
      const status = statusOf(change(settled(members)));
      return status.conditions?.filter(({ status: value }) => value === 'True').map(({ reason }) => reason);
    };
    expect(verdicts([member('set-0', 1)])).toEqual(['MembersConfigured']);
    expect(verdicts([member('set-0', 1)], (facts) => ({ ...facts, pods: new Map() }))).toEqual([
      'MembersNotRunning',
      'MembersDown',
    ]);
    const command = { arguments: ['--addnodes'] };
    const told = member('set-0', 1);
    told.stateDetail.pendingNotifyCmds = [command];
    expect(verdicts([told])).toEqual(['MembersNotified']);
    const fresh = member('set-0', 1, { state: 'create pending', stateDetail: {} });
    expect(verdicts([fresh])).toEqual(['MembersCreating']);
  });
});

describe('a configured member that is not running', () => {
  const init = { ...container({ running: {} }, 'containerd://init'), name: 'init' };
  const gone = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  test.each([
    ['is on its way out', pod('set-0', running('containerd://set-0'), gone)],
    ['waits for its image', pod('set-0', { containerStatuses: [container({ waiting: { reason: 'ErrImagePull' } })] })],
    ['is behind its init container', pod('set-0', { initContainerStatuses: [init] })],
    ['is on a node that nobody knows of', pod('set-0', { ...running('containerd://set-0'), phase: 'Unknown' })],
    ['has no pod', undefined],
  ])('makes the cluster not ready while it %s', (_name, given) => {
    const facts = settled([member('set-0', 1)]);
    const { conditions = [] } = statusOf({ ...facts, pods: new Map(given === undefined ? [] : [['set-0', given]]) });
    const of = (type: string) => conditions.find((one) => one.type === type);
    expect(of('Ready')?.status).toBe('False');
    expect(of('Progressing')).toMatchObject({ status: 'True', reason: 'MembersNotRunning' });
    expect(of('Progressing')?.message).toContain('set-0');
  });

  test('is counted as not scheduled if no node fits', () => {
    const facts = settled([member('set-0', 1)]);
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes' }];
    const status = statusOf({ ...facts, pods: new Map([['set-0', pod('set-0', { phase: 'Pending', conditions })]]) });
    expect(status.roles?.[0]?.members[0]).toMatchObject({
      ...{ state: 'configured', stateDetail: { schedulingErrorMessage: '0/2 nodes' } },
    });
    expect(status.memberStateRollup?.membersNotScheduled).toBe(true);
  });
});

describe('a changed spec', () => {
  test('that shrinks a role waits while a member is being set up, and says for whom', () => {
    const creating = member('set-1', 2, {
      state: 'creating',
      stateDetail: { configuringContainer: 'containerd://set-1' },
    });
    const facts = settled([member('set-0', 1), creating], 2, ({ spec }) => {
      for (const role of spec.roles) role.members = 1;
    });
    const status = statusOf(facts);
    expect(status.state).toBe('spec modified');
    expect(status.specGenerationToProcess).toBe(1);
    expect(status.conditions?.find((one) => one.type === 'Progressing')?.message).toContain('set-1');
    expect(status.roles?.[0]?.members.map(({ state }) => state)).toEqual(['configured', 'creating']);
  });

  test('that grows a role waits until members that leave are gone', () => {
    const leaving = member('set-1', 2, { state: 'deleting' });
    const facts = settled([member('set-0', 1), leaving], 2, ({ spec }) => {
      for (const role of spec.roles) role.members = 3;
    });
    expect(statusOf(facts)).toMatchObject({ state: 'spec modified', specGenerationToProcess: 1 });
  });

  test('that grows a role is taken in while a member is being set up', () => {
    const creating = member('set-0', 1, {
      state: 'creating',
      stateDetail: { configuringContainer: 'containerd://set-0' },
    });
    const status = statusOf(
      settled([creating], 2, ({ spec }) => {
        for (const role of spec.roles) role.members = 2;
      }),
    );
    expect(status.specGenerationToProcess).toBe(2);
    expect(status.roles?.[0]?.members.map(({ pod: name, nodeID }) => [name, nodeID])).toEqual([
      ['set-0', 1],
      ['set-1', 10],
    ]);
  });
});

describe('a member that is to go', () => {
  const claim = (name: string): Stored<PersistentVolumeClaim> => ({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    metadata: { ...stamp, name, namespace: 'default', uid: name },
  });
  /** One member that stays, and what the StatefulSet controller has come to. */
  function shrinking(observedGeneration: number, change: Partial<MemberStatus>, ...claims: string[]): Observed {
    const facts = settled([member('set-0', 1), member('set-1', 2, change)], 1, ({ spec }) => {
      for (const role of spec.roles) role.members = 1;
    });
    const ownerReferences = [{ ...{ apiVersion: 'v1', kind: 'x', name: 'sample', uid: 'uid' }, controller: true }];
    const set: Stored<StatefulSet> = {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
      metadata: { ...stamp, name: 'set', namespace: 'default', generation: 3, ownerReferences },
      spec: { selector: {}, template: {}, replicas: 1 },
      status: { replicas: 1, observedGeneration },
    };
    const pods = new Map([...facts.pods].slice(0, 1));
    const found = new Map(claims.map((name) => [name, claim(name)]));
    return { ...facts, pods, claims: found, statefulSets: new Map([['set', set]]) };
  }
  const podsOf = ({ roles }: ClusterStatus) => roles?.flatMap(({ members }) => members.map(({ pod: name }) => name));
  const deleted = (facts: Observed): string[] =>
    plan(facts, now, createIds()).actions.flatMap((action) => (action.type === 'delete' ? [action.name] : []));

  test('is removed once the StatefulSet controller has finished with fewer replicas', () => {
    expect(podsOf(statusOf(shrinking(3, { state: 'deleting' })))).toEqual(['set-0']);
  });

  test('is not removed before that: its pod and PVC may still be created', () => {
    expect(podsOf(statusOf(shrinking(2, { state: 'deleting' })))).toEqual(['set-0', 'set-1']);
  });

  test('is not removed before status says that it is deleting', () => {
    const status = statusOf(shrinking(3, { state: 'delete pending' }));
    expect(status.roles?.[0]?.members.map(({ state }) => state)).toEqual(['configured', 'deleting']);
  });

  test('leaves no PVC that appears afterwards, and deletes none that another may need', () => {
    const claims = ['p-set-1', 'b0-set-9', 'p-set-0', 'p-other-9', 'q-set-9'];
    expect(deleted(shrinking(3, { state: 'deleting' }, ...claims)).toSorted()).toEqual(['b0-set-9', 'p-set-1']);
    expect(deleted(shrinking(2, { state: 'deleting' }, ...claims))).toEqual([]);
  });
});

describe('what scale reads of a cluster', () => {
  const fields = (observed: Observed) => {
    const { replicas, selector } = statusOf(observed);
    return { replicas, selector };
  };

  test('is of the role that the annotation names', () => {
    const facts = observe(({ metadata }) => (metadata.annotations = { 'kubedirector.hpe.com/scale-role': 'work' }));
    expect(fields(facts)).toEqual({
      replicas: 2,
      selector: 'kubedirector.hpe.com/kdcluster=sample,kubedirector.hpe.com/role=work',
    });
  });

  test('is of the only open role that the cluster has, whatever other roles its app offers', () => {
    const facts = observe(({ spec }) => (spec.roles = spec.roles.filter(({ id }) => id === 'work')));
    expect(fields(facts)).toEqual({
      replicas: 2,
      selector: 'kubedirector.hpe.com/kdcluster=sample,kubedirector.hpe.com/role=work',
    });
  });

  test('is absent where several roles are open and none is named', () => {
    expect(fields(observe())).toEqual({ replicas: undefined, selector: undefined });
  });
});
