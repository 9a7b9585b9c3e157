/** Changes of a role reach its running members one after the other. */
import { describe, expect, test } from 'vitest';
import { at, condition, membersOf, podOf, scale, statusOf } from './support/samples.ts';
import { afterEvictions, change, envs, loseNode, ordinals, podsOf, roleStatus, setEnv } from './support/rolling.ts';
import { told, uids, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

/** How many members of role work were out of service at most. */
function watchService(): { most: () => number } {
  let most = 0;
  world.clusters.onChange(() => {
    const working = membersOf(world, 'work').filter(({ pod, state, stateDetail }) => {
      const status = world.pods.get('default', pod)?.status?.containerStatuses?.[0];
      return state === 'configured' && status?.containerID === stateDetail.lastConfiguredContainer;
    });
    most = Math.max(most, membersOf(world, 'work').length - working.length);
  });
  return { most: () => most };
}

describe('a changed variable', () => {
  test('reaches five members one at a time, from the highest ordinal down', async () => {
    await workers(5);
    const heads = uids('head');
    const service = watchService();
    const problems = new Set<string>();
    world.clusters.onChange(() => {
      const degraded = condition(world, 'Degraded');
      if (degraded?.status === 'True') problems.add(degraded.message);
    });
    change(setEnv('b'));
    await world.settle();
    expect(envs()).toEqual(['b', 'b', 'b', 'b', 'b']);
    expect(ordinals()).toEqual([4, 3, 2, 1, 0]);
    expect(service.most()).toBe(1);
    expect([...problems]).toEqual([]);
    expect(uids('head')).toEqual(heads);
    expect(statusOf(world).state).toBe('configured');
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
    const { updateRevision } = roleStatus() ?? {};
    const all = { replicas: 5, updatedReplicas: 5, readyReplicas: 5, currentRevision: updateRevision };
    expect(roleStatus()).toMatchObject(all);
    expect(membersOf(world, 'work').map(({ revision }) => revision)).toEqual(Array(5).fill(updateRevision));
  });

  test('says meanwhile how far it is, and what it waits for', async () => {
    await workers(3);
    world.guest.configureExit.set(podOf(world, 'work', 2), 'running');
    change(setEnv('b'));
    await world.settle();
    expect(statusOf(world).state).toBe('updating');
    expect(condition(world, 'Progressing')).toMatchObject({
      ...{ status: 'True', reason: 'RollingUpdate' },
      message: `work: 1 of 3 updated, waiting for ${podOf(world, 'work', 2)} to be set up`,
    });
    expect(condition(world, 'Ready')?.status).toBe('False');
    expect(roleStatus()).toMatchObject({ updatedReplicas: 1, readyReplicas: 2 });
    expect(roleStatus()?.currentRevision).not.toBe(roleStatus()?.updateRevision);
    world.guest.configureExit.clear();
    await world.settle();
    expect(ordinals()).toEqual([2, 1, 0]);
  });

  test('that is changed again within a second restarts each member once', async () => {
    await workers(4);
    change(setEnv('b'));
    change(setEnv('c'));
    await world.settle();
    expect(envs()).toEqual(['c', 'c', 'c', 'c']);
    expect(ordinals()).toEqual([3, 2, 1, 0]);
  });

  test('that is changed again during the update restarts those that had the first change once more', async () => {
    await workers(4);
    change(setEnv('b'));
    await afterEvictions(2);
    change(setEnv('c'));
    await world.settle();
    expect(envs()).toEqual(['c', 'c', 'c', 'c']);
    expect(ordinals().toSorted()).toEqual([0, 1, 2, 2, 3, 3]);
  });

  test('that is taken back during the update restarts only members that had it', async () => {
    await workers(4);
    const before = uids();
    change((role) => delete role.env);
    await world.settle();
    expect(uids()).toEqual(before);
    change(setEnv('b'));
    await afterEvictions(2);
    change((role) => delete role.env);
    await world.settle();
    expect(envs()).toEqual([undefined, undefined, undefined, undefined]);
    expect(uids().slice(0, 2)).toEqual(before.slice(0, 2));
    expect(statusOf(world).state).toBe('configured');
  });

  test('reaches two members at a time where two may be out of service', async () => {
    await workers(5, (spec) => (spec.updateStrategy = { maxUnavailable: 2 }));
    const service = watchService();
    change(setEnv('b'));
    await world.settle();
    expect(envs()).toEqual(['b', 'b', 'b', 'b', 'b']);
    expect(service.most()).toBe(2);
  });

  test('reaches as many members at a time as a percentage of the role says, which a role has for itself', async () => {
    await workers(5, (spec) => (spec.updateStrategy = { maxUnavailable: 1 }));
    const service = watchService();
    change((role) => {
      role.updateStrategy = { maxUnavailable: '41%' };
      setEnv('b')(role);
    });
    await world.settle();
    expect(envs()).toEqual(['b', 'b', 'b', 'b', 'b']);
    expect(service.most()).toBe(3);
  });

  test('waits while the node of an updated member does not answer', async () => {
    await workers(3);
    change(setEnv('b'));
    await afterEvictions(1);
    for (let turn = 0; turn < 3; turn++) world.nodes.step();
    const found = loseNode(podOf(world, 'work', 2));
    await world.settle();
    expect(ordinals()).toEqual([2]);
    expect(condition(world, 'Progressing')?.message).toContain(`waiting for ${podOf(world, 'work', 2)} to be set up`);
    found();
    await world.settle();
    expect(ordinals()).toEqual([2, 1, 0]);
  });

  test('reaches a member first whose node does not answer, and no other one before it works', async () => {
    await workers(3);
    const pod = podOf(world, 'work', 0);
    world.pods.direct.change(at(pod), ({ metadata }) => (metadata.finalizers = ['example.com/kubelet']));
    loseNode(pod);
    change(setEnv('b'));
    await world.settle();
    expect(ordinals()).toEqual([0]);
    world.pods.direct.change(at(pod), ({ metadata }) => (metadata.finalizers = []));
    await world.settle();
    expect(ordinals()).toEqual([0, 2, 1]);
    expect(envs()).toEqual(['b', 'b', 'b']);
  });

  test('reaches members that join meanwhile from the start, and the role grows and shrinks', async () => {
    await workers(3);
    change(setEnv('b'));
    await afterEvictions(1);
    scale(world, 'work', 5);
    await world.settle();
    expect(envs()).toEqual(['b', 'b', 'b', 'b', 'b']);
    expect(ordinals().toSorted()).toEqual([0, 1, 2]);
    change(setEnv('c'));
    await afterEvictions(4);
    scale(world, 'work', 2);
    await world.settle();
    expect(envs()).toEqual(['c', 'c']);
    expect(statusOf(world).state).toBe('configured');
  });
});

describe('roles', () => {
  test('are updated one after the other, in the order of the app', async () => {
    const app = world.apps.list()[0];
    world.apps.direct.change(at(app?.metadata.name ?? ''), ({ spec }) => (spec.updateOrder = ['work', 'head']));
    await workers(2);
    const [first, last] = podsOf('work');
    world.guest.configureExit.set(last ?? '', 'running');
    for (const role of ['head', 'work']) change(setEnv('b'), role);
    await world.settle();
    const head = () => roleStatus('head')?.conditions?.find(({ type }) => type === 'Progressing');
    expect(head()).toMatchObject({
      status: 'True',
      reason: 'RollingUpdate',
      message: 'head: 0 of 1 updated, after work',
    });
    world.guest.configureExit.clear();
    world.guest.configureExit.set(first ?? '', 5);
    await world.settle();
    const message = 'head: 0 of 1 updated, after work, whose update has stopped';
    expect(head()).toMatchObject({ status: 'False', reason: 'UpdateFailed', message });
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'False', reason: 'UpdateFailed' });
    expect(world.evicted).toEqual([last, first]);
    world.guest.configureExit.clear();
    world.pods.direct.remove(at(first ?? ''));
    await world.settle();
    expect(world.evicted).toEqual([...podsOf('work').toReversed(), ...podsOf('head').toReversed()]);
  });
});

describe('a PodDisruptionBudget', () => {
  test('that does not let a member go is waited for, and told of', async () => {
    await workers(3);
    const pod = podOf(world, 'work', 2);
    world.budgets.set(pod, 'Cannot evict pod as it would violate the disruption budget.');
    change(setEnv('b'));
    await world.settle(20_000);
    expect(world.evicted).toEqual([]);
    expect(condition(world, 'Progressing')).toMatchObject({
      ...{ status: 'True', reason: 'RollingUpdate' },
      message: `work: 0 of 3 updated, ${pod} may not go yet: Cannot evict pod as it would violate the disruption budget.`,
    });
    world.budgets.clear();
    await world.settle(120_000);
    expect(ordinals()).toEqual([2, 1, 0]);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });
});
