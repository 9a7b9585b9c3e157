/** A stopped cluster that is started again. */
import { describe, expect, test } from 'vitest';
import { at, condition, membersOf, podOf, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';
import { all, listen, states, stopped, suspend, withDisks } from './support/suspending.ts';

eachInItsWorld();

describe('starting again', () => {
  test('sets members up as after a reboot, and tells those who asked that they are back, once', async () => {
    withDisks();
    listen({ head: all });
    await configured();
    await stopped();
    world.guest.runs.length = 0;
    suspend(false);
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
    expect(condition(world, 'Suspended')).toMatchObject({ status: 'False', reason: 'Resumed' });
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--restarted']);
    expect([0, 1].flatMap((one) => world.guest.notified(podOf(world, 'work', one)))).toEqual([]);
  });

  test('tells a member without disk that it is back after it has been set up from nothing', async () => {
    listen({ head: all });
    await configured();
    await stopped();
    world.guest.runs.length = 0;
    suspend(false);
    await world.settle();
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--restarted']);
  });

  test('repeats what a member had refused before for as long as ever: the time of the stop does not count', async () => {
    withDisks();
    await configured();
    const head = podOf(world, 'head');
    world.guest.refusals.set(head, Number.MAX_SAFE_INTEGER);
    scale(world, 'work', 3);
    await world.settle(60_000);
    await stopped();
    // Time passes, although nothing happens.
    world.clock.after(20 * 60_000, () => undefined);
    await world.settle(20 * 60_000);
    world.guest.refusals.set(head, 2);
    suspend(false);
    await world.settle(60_000);
    expect(membersOf(world, 'head')[0]?.stateDetail).not.toHaveProperty('notifyGivenUp');
    expect(world.guest.refusals.get(head)).toBe(0);
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('waits for a volume that is gone, instead of taking an empty one for it', async () => {
    await configured();
    await stopped();
    const [claim] = world.claims.list();
    if (claim === undefined) throw new Error('no claim');
    world.claims.direct.remove(at(claim.metadata.name));
    suspend(false);
    await world.settle();
    expect(states('head')).toEqual(['suspended']);
    expect(states('work')).toEqual(['configured', 'configured']);
    expect(world.claims.list()).toEqual([]);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'ClaimsMissing' });
    expect(condition(world, 'Degraded')?.message).toContain(claim.metadata.name);
    const { name, namespace = '', labels = {} } = claim.metadata;
    world.claims.direct.create({ ...claim, metadata: { name, namespace, labels } });
    await world.settle();
    expect(states('head')).toEqual(['configured']);
    expect(condition(world, 'Degraded')?.status).toBe('False');
    expect(statusOf(world).state).toBe('configured');
  });
});
