/** A cluster that is stopped. */
import { describe, expect, test } from 'vitest';
import { condition, membersOf, podOf, sample, sampleCluster, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';
import { all, listen, states, stopped, suspend, told } from './support/suspending.ts';

eachInItsWorld();

describe('suspending', () => {
  test('takes the pods away, and nothing else', async () => {
    await configured();
    const before = statusOf(world);
    const kept = () => [world.services, world.claims].map((some) => some.list().map(({ metadata }) => metadata.uid));
    const natives = kept();
    await stopped();
    expect(world.pods.list()).toEqual([]);
    expect(world.statefulSets.list().map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]);
    expect(kept()).toEqual(natives);
    const identity = (status: typeof before) =>
      status.roles?.flatMap(({ members }) =>
        members.map(({ pod, nodeID, authToken, pvc }) => [pod, nodeID, authToken, pvc]),
      );
    expect(identity(statusOf(world))).toEqual(identity(before));
    expect([states('head'), states('work'), states('bare')].flat()).toEqual(Array(4).fill('suspended'));
    expect(condition(world, 'Suspended')).toMatchObject({ status: 'True', reason: 'Suspended' });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'Suspended' });
    expect(condition(world, 'Progressing')?.status).toBe('False');
    expect(condition(world, 'Degraded')?.status).toBe('False');
    expect(Object.values(statusOf(world).memberStateRollup ?? {})).not.toContain(true);
    const words = world.events.map(({ message }) => message);
    expect(words.filter((text) => text === 'being suspended' || text === 'suspended')).toEqual([
      'being suspended',
      'suspended',
    ]);
  });

  test('tells members of roles that name the event, before any pod goes', async () => {
    listen({ head: all, work: ['configure', 'suspend'] });
    await configured();
    const pods = world.pods.list().length;
    const seen: number[] = [];
    const exec = world.guest.exec.bind(world.guest);
    world.guest.exec = (target, command, options) => {
      if (command.includes('--suspend')) seen.push(world.pods.list().length);
      return exec(target, command, options);
    };
    const head = podOf(world, 'head');
    await stopped();
    expect(world.guest.notified(head).filter((args) => args === '--suspend')).toHaveLength(1);
    expect(world.guest.runs.filter(({ args }) => args.includes('--suspend'))).toHaveLength(3);
    expect(seen.every((count) => count === pods)).toBe(true);
  });

  test('does not wait for a member that refuses, or that never answers', async () => {
    listen({ head: all, work: all });
    await configured();
    world.guest.refusals.set(podOf(world, 'head'), 1);
    world.guest.deaf.add(podOf(world, 'work'));
    suspend(true);
    await world.settle(60_000);
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'Suspending' });
    await world.settle(20 * 60_000);
    expect(statusOf(world).state).toBe('suspended');
    expect(world.guest.runs.filter(({ pod, args }) => pod.includes('head') && args.includes('--suspend'))).toHaveLength(
      1,
    );
  });

  test('does not wait for a member that never answers, once the user says that it is told nothing', async () => {
    listen({ head: all, work: all });
    await configured();
    const head = podOf(world, 'head');
    world.guest.deaf.add(head);
    suspend(true);
    await world.settle(60_000);
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'Suspending' });
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/skip-notify': head };
    });
    await world.settle();
    expect(statusOf(world).state).toBe('suspended');
    expect(world.events.filter(({ message }) => message.includes('are skipped'))).toHaveLength(1);
  });

  test('amid growth ends what was being set up', async () => {
    await configured();
    for (const ordinal of [2, 3]) {
      world.guest.configureExit.set(`${statusOf(world).roles?.[1]?.statefulSet ?? ''}-${ordinal}`, 'running');
    }
    scale(world, 'work', 4);
    await world.settle(5_000);
    expect(states('work')).toEqual(['configured', 'configured', 'creating', 'creating']);
    await stopped();
    expect(world.pods.list()).toEqual([]);
    world.guest.configureExit.clear();
    suspend(false);
    await world.settle();
    expect(states('work')).toEqual(Array(4).fill('configured'));
    expect(world.guest.notified(podOf(world, 'head')).at(-1)).toContain('--addnodes --nodegroup 1 --role work');
  });

  test('from the beginning makes everything but pods', async () => {
    world.clusters.direct.create(sampleCluster(({ spec }) => (spec.suspend = true)));
    await world.settle();
    expect(statusOf(world).state).toBe('suspended');
    expect(world.statefulSets.list().map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]);
    expect(world.services.list()).toHaveLength(4);
    expect(world.pods.list()).toEqual([]);
    suspend(false);
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
    expect(world.pods.list()).toHaveLength(4);
  });

  test('that is taken back at once leaves all as it was', async () => {
    listen({ head: all });
    await configured();
    const pods = world.pods.list().map(({ metadata }) => metadata.uid);
    suspend(true);
    suspend(false);
    await world.settle();
    expect(world.pods.list().map(({ metadata }) => metadata.uid)).toEqual(pods);
    expect(statusOf(world).state).toBe('configured');
  });

  test('that is taken back while members are told of it, and asked for again, tells them again', async () => {
    listen({ head: ['configure', 'suspend'] });
    await configured();
    const head = podOf(world, 'head');
    world.guest.deaf.add(head);
    suspend(true);
    await world.settle(20_000);
    suspend(false);
    await world.settle();
    world.guest.deaf.clear();
    await stopped();
    const ids = world.guest.runs
      .filter(({ pod, args }) => pod === head && args.includes('--suspend'))
      .map(({ args: [container, id = ''] }) => `${container ?? ''} ${id.split('-')[0] ?? ''}`);
    // Its container takes the same one for what it has done already.
    expect(new Set(ids).size).toBe(2);
  });

  test('that is taken back while members are told of it tells them that they go on', async () => {
    listen({ head: all, work: all });
    await configured();
    world.guest.deaf.add(podOf(world, 'work'));
    const pods = world.pods.list().map(({ metadata }) => metadata.uid);
    suspend(true);
    await world.settle(5_000);
    expect(states('head')).toEqual(['suspended']);
    world.guest.deaf.clear();
    suspend(false);
    await world.settle();
    expect(world.pods.list().map(({ metadata }) => metadata.uid)).toEqual(pods);
    expect(told('--restarted').sort()).toEqual(
      [podOf(world, 'head'), podOf(world, 'work'), podOf(world, 'work', 1)].sort(),
    );
    expect(statusOf(world).state).toBe('configured');
  });
});

describe('a suspended cluster', () => {
  test('can grow and shrink: who belongs to it changes, without pods', async () => {
    await configured();
    await stopped();
    scale(world, 'work', 4);
    await world.settle();
    expect(states('work')).toEqual(Array(4).fill('suspended'));
    expect(statusOf(world)).toMatchObject({ state: 'suspended', observedGeneration: 3, specGenerationToProcess: 3 });
    scale(world, 'work', 1);
    scale(world, 'head', 0);
    await world.settle();
    expect(states('work')).toEqual(['suspended']);
    expect(membersOf(world, 'head')).toEqual([]);
    expect(world.claims.list()).toEqual([]);
    expect(world.pods.list()).toEqual([]);
    suspend(false);
    await world.settle();
    expect(states('work')).toEqual(['configured']);
  });

  test('can be deleted', async () => {
    await configured();
    await stopped();
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect([...world.statefulSets.list(), ...world.services.list(), ...world.claims.list()]).toEqual([]);
  });

  test('stays as it is, without a write, when the controller is another one', async () => {
    await configured();
    await stopped();
    await world.stop();
    const writes: string[] = [];
    world.gates.check = (verb, resource) => writes.push(`${verb} ${resource}`);
    world.start();
    await world.settle();
    expect(writes).toEqual([]);
  });
});
