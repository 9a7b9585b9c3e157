/** Setup packages that reject notifications: who notices, and who continues all the same. */
import { describe, expect, test } from 'vitest';
import { condition, membersOf, podOf, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const minutes = 60_000;
const target = { namespace: 'default', name: 'sample' };
const refuseAll = (pod: string): void => void world.guest.refusals.set(pod, Number.MAX_SAFE_INTEGER);
const warnings = (): string[] => world.events.filter(({ type }) => type === 'Warning').map(({ message }) => message);

/** Changes the ConfigMap, and waits for everything that follows. */
async function changeSettings(): Promise<void> {
  world.configMaps.direct.change({ namespace: 'default', name: 'settings' }, (copy) => {
    copy.data = { a: 'other' };
  });
  await world.settle(minutes);
}

/** The sample cluster, connected to a ConfigMap. */
async function connected(): Promise<string> {
  const { configMaps } = world;
  configMaps.direct.create({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } },
    metadata: { name: 'settings', namespace: 'default', labels: { 'kubedirector.hpe.com/cmType': 'settings' } },
  });
  await configured((cluster) => {
    cluster.spec.connections = { configmaps: ['settings'] };
  });
  return podOf(world, 'head');
}

describe('a startscript that does not know --reconnect', () => {
  test('is run once and reported in an event; its member stays configured, its cluster Ready', async () => {
    const head = await connected();
    refuseAll(head);
    await changeSettings();
    expect(world.guest.notified(head).filter((args) => args === '--reconnect')).toHaveLength(1);
    expect(warnings()).toEqual([
      `member{${head}} in role{head} did not take a notification: startscript --reconnect: exit status 10; it is not tried again, because the app's eventList does not name reconnect`,
    ]);
    expect(membersOf(world, 'head')[0]).toMatchObject({ state: 'configured' });
    expect(membersOf(world, 'head')[0]?.stateDetail).not.toHaveProperty('pendingNotifyCmds');
    expect(statusOf(world).state).toBe('configured');
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(condition(world, 'Degraded')?.status).toBe('False');
  });

  test('delays nobody while it hangs: the cluster stays Ready, members leave', async () => {
    const head = await connected();
    world.guest.deaf.add(head);
    await changeSettings();
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(statusOf(world).state).toBe('configured');
    scale(world, 'work', 1);
    await world.settle(minutes);
    expect(membersOf(world, 'work')).toHaveLength(1);
    world.guest.deaf.delete(head);
    await world.settle(30 * minutes);
    expect(condition(world, 'Ready')?.status).toBe('True');
  });
});

describe('a startscript that refuses --addnodes', () => {
  test('makes the cluster Degraded after some tries, with its name and output, and others continue', async () => {
    await configured();
    const head = podOf(world, 'head');
    refuseAll(head);
    scale(world, 'work', 3);
    await world.settle(minutes);
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['configured', 'configured', 'configured']);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'NotifyFailed' });
    expect(condition(world, 'Degraded')?.message).toBe(
      `${head}: startscript --addnodes: exit status 10; it is tried again`,
    );
    expect(membersOf(world, 'head')[0]?.stateDetail.pendingNotifyCmds?.[0]?.failures).toBeGreaterThanOrEqual(3);
    scale(world, 'work', 4);
    await world.settle(minutes);
    expect(membersOf(world, 'work')).toHaveLength(4);
    scale(world, 'work', 1);
    await world.settle(2 * minutes);
    expect(membersOf(world, 'work')).toHaveLength(1);
  });

  test('is given up after ten minutes, which is shown until it accepts a notification again', async () => {
    await configured();
    const head = podOf(world, 'head');
    refuseAll(head);
    scale(world, 'work', 3);
    await world.settle(13 * minutes);
    const [member] = membersOf(world, 'head');
    expect(member?.state).toBe('configured');
    expect(member?.stateDetail.notifyGivenUp).toBe('startscript --addnodes: exit status 10');
    expect(member?.stateDetail).not.toHaveProperty('pendingNotifyCmds');
    expect(statusOf(world).state).toBe('configured');
    expect(condition(world, 'Progressing')?.status).toBe('False');
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'NotifyFailed' });
    expect(condition(world, 'Degraded')?.message).toContain(
      `${head}: startscript --addnodes: exit status 10; it was given up`,
    );
    const tries = world.guest.notified(head).length;
    await world.settle(60 * minutes);
    expect(world.guest.notified(head)).toHaveLength(tries);
    world.guest.refusals.delete(head);
    scale(world, 'work', 4);
    await world.settle(2 * minutes);
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(membersOf(world, 'head')[0]?.stateDetail).not.toHaveProperty('notifyGivenUp');
  });

  test('is not given up later because the server restarts meanwhile', async () => {
    await configured();
    refuseAll(podOf(world, 'head'));
    scale(world, 'work', 3);
    for (let turn = 0; turn < 4; turn++) {
      await world.settle(3 * minutes);
      await world.stop();
      world.start();
    }
    await world.settle(2 * minutes);
    expect(membersOf(world, 'head')[0]?.stateDetail.notifyGivenUp).toBeDefined();
  });

  test.each(['*', 'POD', 'other, POD'])('is skipped with the annotation skip-notify: %s', async (value) => {
    await configured();
    const head = podOf(world, 'head');
    refuseAll(head);
    scale(world, 'work', 3);
    await world.settle(minutes);
    world.clusters.direct.change(target, ({ metadata }) => {
      metadata.annotations = {
        ...metadata.annotations,
        'kubedirector.hpe.com/skip-notify': value.replace('POD', head),
      };
    });
    await world.settle(minutes);
    expect(membersOf(world, 'head')[0]?.stateDetail).not.toHaveProperty('pendingNotifyCmds');
    expect(condition(world, 'Ready')?.status).toBe('True');
    const tries = world.guest.notified(head).length;
    await world.settle(20 * minutes);
    expect(world.guest.notified(head)).toHaveLength(tries);
  });
});

test('a command that was skipped while it ran is another one when it is given again', async () => {
  const head = await connected();
  const annotate = (value: string): void => {
    world.clusters.direct.change(target, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/skip-notify': value };
    });
  };
  world.guest.deaf.add(head);
  await changeSettings();
  annotate(head);
  await world.settle(minutes);
  annotate('nobody');
  world.guest.deaf.clear();
  world.configMaps.direct.change({ namespace: 'default', name: 'settings' }, (copy) => {
    copy.data = { a: 'another' };
  });
  await world.settle(minutes);
  const ids = world.guest.runs
    .filter(({ pod, args }) => pod === head && args.includes('--reconnect'))
    .map(({ args: [, id = ''] }) => id.split('-')[0]);
  expect(new Set(ids).size).toBe(2);
});

test('an app that names reconnect has it repeated until it succeeds', async () => {
  const head = await connected();
  world.apps.direct.change({ namespace: 'default', name: 'golden' }, ({ spec }) => {
    for (const role of spec.roles) role.eventList = ['configure', 'addnodes', 'delnodes', 'reconnect'];
  });
  await world.settle(minutes);
  world.guest.refusals.set(head, 2);
  await changeSettings();
  expect(world.guest.notified(head).filter((args) => args === '--reconnect')).toHaveLength(3);
  expect(condition(world, 'Ready')?.status).toBe('True');
});
