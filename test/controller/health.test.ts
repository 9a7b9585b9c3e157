/** Health checks of members by their setup packages (`startscript --healthcheck`). */
import { describe, expect, test } from 'vitest';
import { at, condition, membersOf, podOf, sample, statusOf } from './support/samples.ts';
import { afterEvictions, change, envs, ordinals, roleStatus, setEnv, told, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const minute = 60_000;

/** Roles of the app have a health check, as often as this says. */
function withChecks(ids: readonly string[] = ['work'], healthcheck?: { readonly periodSeconds: number }): void {
  const { name = '' } = world.apps.list()[0]?.metadata ?? {};
  world.apps.direct.change(at(name), ({ spec }) => {
    for (const role of spec.roles) {
      if (ids.includes(role.id)) role.eventList = ['configure', 'addnodes', 'delnodes', 'healthcheck'];
      if (healthcheck !== undefined) role.healthcheck = healthcheck;
    }
  });
}

const checks = (): string[] => world.guest.runs.filter(({ step }) => step === 'kd-health').map(({ pod }) => pod);
const readiness = (): (boolean | undefined)[] => membersOf(world, 'work').map(({ ready }) => ready);
const eventTexts = (): string[] => world.events.map(({ type, message }) => `${type}: ${message}`);

describe('a role without a health check', () => {
  test('is never asked, and has no timer', async () => {
    await workers(2);
    expect(checks()).toEqual([]);
    expect(membersOf(world, 'work')[0]?.stateDetail).not.toHaveProperty('healthyContainer');
  });
});

describe('a role with a health check', () => {
  test('has members that are in service after their first check, and are asked again each half a minute', async () => {
    withChecks();
    await workers(2);
    expect([readiness(), roleStatus()?.readyReplicas, condition(world, 'Ready')?.status]).toEqual([
      [true, true],
      2,
      'True',
    ]);
    expect(new Set(checks())).toEqual(new Set([podOf(world, 'work', 0), podOf(world, 'work', 1)]));
    const before = checks().length;
    const { resourceVersion } = world.clusters.get('default', 'sample')?.metadata ?? {};
    await world.settle(10 * minute);
    expect(checks().length - before).toBe(2 * 20);
    expect(world.clusters.get('default', 'sample')?.metadata.resourceVersion).toBe(resourceVersion);
  });

  test('shows a member that is ill within the period, with its last words, and its recovery by itself', async () => {
    withChecks();
    await workers(3);
    const pod = podOf(world, 'work', 1);
    world.guest.ill.set(pod, 'port 7077 is closed');
    await world.settle(31_000);
    const words = 'startscript --healthcheck: exit status 1 (port 7077 is closed)';
    expect([readiness(), roleStatus()?.readyReplicas]).toEqual([[true, false, true], 2]);
    expect(statusOf(world).memberStateRollup?.membersDown).toBe(true);
    expect(membersOf(world, 'work')[1]).toMatchObject({
      state: 'configured',
      stateDetail: { healthErrorMessage: words },
    });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'MembersUnhealthy' });
    expect(condition(world, 'Ready')?.message).toContain(words);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'MembersUnhealthy' });
    expect(condition(world, 'Progressing')?.status).toBe('False');
    expect(roleStatus('head')?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(eventTexts()).toContain(`Warning: member{${pod}} in role{work} is not healthy: ${words}`);
    const { resourceVersion } = world.clusters.get('default', 'sample')?.metadata ?? {};
    await world.settle(5 * minute);
    expect(world.clusters.get('default', 'sample')?.metadata.resourceVersion).toBe(resourceVersion);
    world.guest.ill.clear();
    await world.settle(31_000);
    expect([readiness(), condition(world, 'Ready')?.status]).toEqual([[true, true, true], 'True']);
    expect(statusOf(world).memberStateRollup?.membersDown).toBe(false);
    expect(membersOf(world, 'work')[1]?.stateDetail).not.toHaveProperty('healthErrorMessage');
    expect(eventTexts()).toContain(`Normal: member{${pod}} in role{work} is healthy again`);
  });

  test('is asked as often as its role says, and in another way as soon as that changes, without a restart', async () => {
    withChecks(['work'], { periodSeconds: 60 });
    await workers(2);
    const containers = () => membersOf(world, 'work').map(({ stateDetail }) => stateDetail.lastConfiguredContainer);
    const before = [containers(), checks().length] as const;
    await world.settle(10 * minute);
    expect(checks().length - before[1]).toBe(2 * 10);
    withChecks(['work'], { periodSeconds: 5 });
    await world.settle(1_000);
    const count = checks().length;
    await world.settle(minute);
    expect(checks().length - count).toBe(2 * 12);
    expect([containers(), readiness(), condition(world, 'Ready')?.status]).toEqual([before[0], [true, true], 'True']);
  });

  test('gives a new member time before it is said to be ill', async () => {
    withChecks();
    await workers(1);
    const pod = `${podOf(world, 'work').slice(0, -1)}1`;
    world.guest.ill.set(pod, 'starting');
    change((role) => (role.members = 2));
    await world.settle(20_000);
    expect(readiness()).toEqual([true, false]);
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'MembersNotReady' });
    expect(condition(world, 'Degraded')?.status).toBe('False');
    await world.settle(2 * minute);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'MembersUnhealthy' });
    world.guest.ill.clear();
    await world.settle(minute);
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('is not thought to be ill because no command gets into a container', async () => {
    withChecks();
    await workers(1);
    world.guest.ill.set(podOf(world, 'work'), 'out of reach');
    await world.settle(5 * minute);
    expect([readiness(), condition(world, 'Ready')?.status]).toEqual([[true], 'True']);
  });

  test('checks a container that is new, and none that is gone', async () => {
    withChecks();
    await workers(1);
    const pod = podOf(world, 'work');
    const container = () => membersOf(world, 'work')[0]?.stateDetail.healthyContainer;
    const before = container();
    world.nodes.restart('default', pod);
    await world.settle();
    expect(container()).not.toBe(before);
    expect(readiness()).toEqual([true]);
    change((role) => (role.members = 0));
    await world.settle();
    const count = checks().length;
    await world.settle(5 * minute);
    expect(checks()).toHaveLength(count);
  });

  test('keeps its members in service while another controller begins, and finds out what is new', async () => {
    withChecks();
    await workers(2);
    const { resourceVersion } = world.clusters.get('default', 'sample')?.metadata ?? {};
    await world.stop();
    world.start();
    await world.settle(1_000);
    expect(world.clusters.get('default', 'sample')?.metadata.resourceVersion).toBe(resourceVersion);
    await world.stop();
    world.guest.ill.set(podOf(world, 'work'), 'dead');
    world.start();
    await world.settle(1_000);
    expect(readiness()).toEqual([false, true]);
  });

  test('is not asked in a paused cluster, nor in a stopped one', async () => {
    withChecks();
    await workers(2);
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { 'kubedirector.hpe.com/paused': 'true' };
    });
    await world.settle(1_000);
    let count = checks().length;
    await world.settle(5 * minute);
    expect(checks()).toHaveLength(count);
    world.clusters.direct.change(sample, ({ metadata, spec }) => {
      metadata.annotations = {};
      spec.suspend = true;
    });
    await world.settle(1_000);
    count = checks().length;
    await world.settle(5 * minute);
    expect([checks().length, statusOf(world).state]).toEqual([count, 'suspended']);
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false));
    await world.settle(10_000);
    expect(readiness()).toEqual([true, true]);
    world.clusters.direct.remove(sample);
    await world.settle(1_000);
    count = checks().length;
    await world.settle(5 * minute);
    expect(checks()).toHaveLength(count);
  });

  test('is checked while a notification is refused again and again', async () => {
    withChecks();
    await workers(2);
    const pod = podOf(world, 'work', 0);
    world.guest.refusals.set(pod, 1_000);
    world.guest.ill.set(pod, 'dead');
    change((role) => (role.members = 3));
    await world.settle(35_000);
    expect(readiness()[0]).toBe(false);
  });
});

describe('an update of a role with a health check', () => {
  test('goes on when a member is healthy again, and not before', async () => {
    withChecks();
    await workers(3);
    const pod = podOf(world, 'work', 2);
    world.pods.onChange(({ object, old }) => {
      if (object === undefined && old?.metadata.name === pod) world.guest.ill.set(pod, 'starting');
    });
    change(setEnv('new'));
    await world.settle(20_000);
    expect(ordinals()).toEqual([2]);
    expect(told().slice(0, 2)).toEqual(['True', 'RollingUpdate']);
    world.guest.ill.clear();
    await afterEvictions(3);
    await world.settle();
    expect(envs()).toEqual(['new', 'new', 'new']);
  });

  test('stops at a member that stays ill with it; the others stay, and it goes on by itself', async () => {
    withChecks();
    await workers(5);
    const pod = podOf(world, 'work', 4);
    world.pods.onChange(({ object, old }) => {
      if (object === undefined && old?.metadata.name === pod) world.guest.ill.set(pod, 'no quorum');
    });
    change(setEnv('new'));
    await world.settle(5 * minute);
    expect(ordinals()).toEqual([4]);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'UpdateFailed' });
    expect(condition(world, 'Degraded')?.message).toContain('no quorum');
    world.guest.ill.clear();
    await afterEvictions(5);
    await world.settle();
    expect(envs()).toEqual(['new', 'new', 'new', 'new', 'new']);
  });

  test('takes no second member down where one is ill that had not its turn yet', async () => {
    withChecks();
    await workers(5);
    const evictedWhileIll: number[] = [];
    world.guest.ill.set(podOf(world, 'work', 1), 'dead');
    await world.settle(31_000);
    const { pods } = world.native;
    const evict = pods.evict.bind(pods);
    pods.evict = (pod) => {
      const out = readiness().filter((ready) => ready !== true).length;
      evictedWhileIll.push(out);
      world.guest.ill.delete(pod.metadata.name);
      return evict(pod);
    };
    change(setEnv('new'));
    await world.settle(5 * minute);
    expect(ordinals()).toEqual([1, 4, 3, 2, 0]);
    expect(evictedWhileIll).toEqual([1, 0, 0, 0, 0]);
    expect(envs()).toEqual(['new', 'new', 'new', 'new', 'new']);
  });
});
