/** Members whose role says when they are ready, or in which order they are set up. */
import { describe, expect, test } from 'vitest';
import type { KubeDirectorApp } from '../../src/apis/kubedirector/types.ts';
import { at, condition, membersOf, podOf, sample, scale, statusOf } from './support/samples.ts';
import { afterEvictions, change, envs, ordinals, podsOf, roleStatus, setEnv, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

/** Edits the role work of the app, before there is a cluster. */
function app(edit: (role: KubeDirectorApp['spec']['roles'][number]) => void): void {
  const [{ metadata }] = world.apps.list() as [KubeDirectorApp & { metadata: { name: string } }];
  world.apps.direct.change(at(metadata.name), ({ spec }) => {
    for (const role of spec.roles) if (role.id === 'work') edit(role);
  });
}

const probe = { tcpSocket: { port: 'rpc' }, periodSeconds: 5 };

/** As a node says it. */
function setReady(pod: string, ready: boolean): void {
  world.pods.direct.change(at(pod), ({ status }) => {
    for (const container of status?.containerStatuses ?? []) container.ready = ready;
  });
}

describe('a role with a readinessProbe', () => {
  test('has it in its pods; a role without has none', async () => {
    app((role) => (role.readinessProbe = { ...probe, timeoutSeconds: 0 }));
    await workers(1);
    const [work, head] = ['work', 'head'].map((role) => {
      return world.pods.get('default', podOf(world, role))?.spec?.containers[0]?.readinessProbe;
    });
    expect([work, head]).toEqual([probe, undefined]);
  });

  test('has members that are in service only while they are ready, and says so', async () => {
    app((role) => (role.readinessProbe = probe));
    await workers(3);
    expect([roleStatus()?.readyReplicas, membersOf(world, 'work').map(({ ready }) => ready)]).toEqual([
      3,
      [true, true, true],
    ]);
    setReady(podOf(world, 'work', 1), false);
    await world.settle();
    expect([roleStatus()?.readyReplicas, membersOf(world, 'work').map(({ ready }) => ready)]).toEqual([
      2,
      [true, false, true],
    ]);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'MembersNotReady' });
    expect(condition(world, 'Degraded')?.status).toBe('False');
    setReady(podOf(world, 'work', 1), true);
    await world.settle();
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('is updated member by member, each when the one before is ready', async () => {
    app((role) => (role.readinessProbe = probe));
    await workers(3);
    world.pods.onChange(({ object, old }) => {
      const isNew = object?.status?.phase === 'Running' && old?.status?.phase !== 'Running';
      if (isNew && object.metadata.name.endsWith('-2')) setReady(object.metadata.name, false);
    });
    change(setEnv('new'));
    await world.settle();
    expect(ordinals()).toEqual([2]);
    expect(condition(world, 'Progressing')).toMatchObject({ reason: 'RollingUpdate' });
    setReady(podOf(world, 'work', 2), true);
    await afterEvictions(3);
    await world.settle();
    expect(envs()).toEqual(['new', 'new', 'new']);
  });
});

test('a role without probes does not care what a node says of readiness', async () => {
  await workers(2);
  setReady(podOf(world, 'work'), false);
  await world.settle();
  expect([roleStatus()?.readyReplicas, condition(world, 'Ready')?.status]).toEqual([2, 'True']);
});

describe('a role with ordered set-ups', () => {
  const begun = (): number[] =>
    world.guest.runs
      .filter(({ step, pod }) => step === 'kd-setup' && podsOf().includes(pod))
      .map(({ pod }) => podsOf().indexOf(pod));

  test('sets its members up one after the other', async () => {
    app((role) => (role.setup = { ordered: true }));
    await workers(4);
    expect(begun().filter((one, at, all) => all.indexOf(one) === at)).toEqual([0, 1, 2, 3]);
  });

  test('does not begin with a member before those of lower ordinals are in service', async () => {
    app((role) => (role.setup = { ordered: true }));
    await workers(1);
    const second = `${podOf(world, 'work').slice(0, -1)}1`;
    world.guest.configureExit.set(second, 1);
    scale(world, 'work', 3);
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual([
      'configured',
      'config error',
      'create pending',
    ]);
    world.guest.configureExit.delete(second);
    world.nodes.restart('default', second);
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['configured', 'configured', 'configured']);
  });

  test('does not make a member that was set up before wait for one that is broken', async () => {
    app((role) => (role.setup = { ordered: true }));
    await workers(3);
    world.guest.configureExit.set(podOf(world, 'work', 0), 1);
    world.nodes.restart('default', podOf(world, 'work', 0));
    await world.settle();
    world.nodes.restart('default', podOf(world, 'work', 2));
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['config error', 'configured', 'configured']);
  });

  test('sets up one at a time after all of them have restarted', async () => {
    app((role) => (role.setup = { ordered: true }));
    await workers(3);
    for (const pod of podsOf()) world.guest.configureExit.set(pod, 'running');
    for (const pod of podsOf()) world.nodes.restart('default', pod);
    await world.settle(5_000);
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual([
      'creating',
      'create pending',
      'create pending',
    ]);
    world.guest.configureExit.clear();
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });

  test('is stopped and started, too', async () => {
    app((role) => (role.setup = { ordered: true }));
    await workers(3);
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await world.settle();
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false));
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });
});
