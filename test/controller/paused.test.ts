/** A cluster that a user has paused. */
import { describe, expect, test } from 'vitest';
import {
  at,
  condition,
  membersOf,
  podOf,
  sample,
  sampleCluster,
  scale,
  statusOf,
  theCluster,
} from './support/samples.ts';
import { frozen, toldOfBackups, whileSnapshotting } from './support/backups.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

const paused = 'kubedirector.hpe.com/paused';

eachInItsWorld();

function pause(value: string | undefined): void {
  world.clusters.direct.change(sample, ({ metadata }) => {
    metadata.annotations = value === undefined ? {} : { [paused]: value };
  });
}

/** What is written from now on, the status of the cluster and events aside. */
function writes(): string[] {
  const seen: string[] = [];
  world.gates.check = (verb, resource) => {
    if (verb !== 'status') seen.push(`${verb} ${resource}`);
  };
  return seen;
}

describe('a paused cluster', () => {
  test('is neither repaired nor changed, and says so', async () => {
    await configured();
    pause('true');
    await world.settle();
    const made = writes();
    world.services.direct.remove(at(`s-${podOf(world, 'head')}`));
    world.services.direct.remove(at(statusOf(world).clusterService ?? ''));
    scale(world, 'work', 5);
    await world.settle();
    expect(made).toEqual([]);
    expect(membersOf(world, 'work')).toHaveLength(2);
    expect(condition(world, 'Paused')).toMatchObject({ status: 'True', reason: 'PausedByAnnotation' });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True', observedGeneration: 1 });
    expect(statusOf(world).observedGeneration).toBe(1);
    expect(world.events.filter(({ message }) => message.startsWith('paused: '))).toHaveLength(1);
  });

  test('does all that was asked for meanwhile, once the annotation is gone', async () => {
    await configured();
    pause('true');
    await world.settle();
    world.services.direct.remove(at(statusOf(world).clusterService ?? ''));
    scale(world, 'work', 4);
    await world.settle();
    pause(undefined);
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(Array(4).fill('configured'));
    expect(world.services.get('default', statusOf(world).clusterService ?? '')).toBeDefined();
    expect(condition(world, 'Paused')).toBeUndefined();
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(world.events.map(({ message }) => message)).toContain('no longer paused');
  });

  test('begins no work in containers, and takes the end of what runs there in later', async () => {
    await configured();
    world.guest.configureExit.set(podOf(world, 'head'), 'running');
    world.nodes.restart('default', podOf(world, 'head'));
    await world.settle(2_000);
    expect(membersOf(world, 'head').map(({ state }) => state)).toEqual(['creating']);
    pause('true');
    await world.settle();
    world.guest.runs.length = 0;
    world.guest.configureExit.clear();
    await world.settle();
    expect(world.guest.runs).toEqual([]);
    expect(membersOf(world, 'head').map(({ state }) => state)).toEqual(['creating']);
    pause(undefined);
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });

  test('repeats what a member had refused before for as long as ever: the time of the pause does not count', async () => {
    await configured();
    const head = podOf(world, 'head');
    world.guest.refusals.set(head, Number.MAX_SAFE_INTEGER);
    scale(world, 'work', 3);
    await world.settle(60_000);
    pause('true');
    // Time passes, although nothing happens.
    world.clock.after(20 * 60_000, () => undefined);
    await world.settle(20 * 60_000);
    world.guest.refusals.set(head, 2);
    pause(undefined);
    await world.settle(60_000);
    expect(membersOf(world, 'head')[0]?.stateDetail).not.toHaveProperty('notifyGivenUp');
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('that is new gets nothing, not even the finalizer', async () => {
    const made = writes();
    world.clusters.direct.create(sampleCluster(({ metadata }) => (metadata.annotations = { [paused]: 'true' })));
    await world.settle();
    expect(made).toEqual([]);
    expect(theCluster(world).metadata.finalizers).toBeUndefined();
    pause('false');
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });

  test('is left alone while a member is frozen that can not be told to go on, and has it go on later', async () => {
    await whileSnapshotting();
    const head = podOf(world, 'head');
    const answers = (isThere: boolean): void => {
      world.pods.direct.change(at(head), ({ status }) => {
        if (status === undefined) return;
        status.conditions = isThere ? [] : [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }];
      });
    };
    answers(false);
    pause('true');
    await world.settle();
    expect(frozen()).toEqual([head]);
    scale(world, 'work', 5);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(2);
    expect(condition(world, 'Paused')?.status).toBe('True');
    answers(true);
    await world.settle();
    expect(toldOfBackups()[head]).toEqual(['begin', 'end']);
    expect(condition(world, 'Paused')?.status).toBe('True');
  });

  test('can be deleted', async () => {
    await configured();
    pause('true');
    await world.settle();
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect([...world.statefulSets.list(), ...world.services.list(), ...world.claims.list()]).toEqual([]);
  });

  test('goes on where its controller is another one by the time it is no longer paused', async () => {
    await configured();
    pause('true');
    await world.settle();
    await world.stop();
    scale(world, 'work', 3);
    world.start();
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(2);
    pause(undefined);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(3);
  });
});
