/** What users see of a reconcile that fails. */
import { describe, expect, test } from 'vitest';
import { StatusError } from '../../src/meta/status.ts';
import { condition, podOf, sample, sampleCluster, scale, statusOf } from './support/samples.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

/** Refuses new StatefulSets, each time with another message if asked to; counts writes of status. */
function refuse(times = Infinity, varying = false): { statuses: number; attempts: number } {
  const counts = { statuses: 0, attempts: 0 };
  world.gates.check = (verb, resource) => {
    if (verb === 'status') counts.statuses += 1;
    if (verb !== 'create' || resource !== 'statefulsets' || counts.attempts >= times) return;
    counts.attempts += 1;
    throw new Error(varying ? `refused, request ${counts.attempts}` : 'refused');
  };
  return counts;
}

describe('a reconcile that goes on failing', () => {
  test('is shown in conditions until it succeeds', async () => {
    refuse();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const problem = { reason: 'ReconcileError', message: 'refused' };
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', ...problem });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', ...problem });
    expect(condition(world, 'Progressing')).toMatchObject({ status: 'True', reason: 'MembersCreating' });
    const types = ['Ready', 'Progressing', 'ConnectionsResolved', 'Degraded'];
    expect(statusOf(world).conditions?.map(({ type }) => type)).toEqual(types);
    world.gates.check = () => undefined;
    await world.settle(300_000);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'False', reason: 'AsExpected' });
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('is tried more and more rarely, and written only when it changes', async () => {
    const counts = refuse();
    world.clusters.direct.create(sampleCluster());
    await world.settle(600_000);
    const after = { ...counts };
    await world.settle(600_000);
    expect(counts.statuses).toBe(after.statuses);
    expect(counts.attempts - after.attempts).toBeLessThan(30);
  });

  test('is not shown in a namespace that is being deleted', async () => {
    const causes = [{ reason: 'NamespaceTerminating', message: 'namespace default is being terminated' }];
    world.gates.check = (verb, resource) => {
      if (verb === 'create' && resource === 'statefulsets') {
        throw new StatusError(403, 'Forbidden', 'it is being terminated', { causes });
      }
    };
    world.clusters.direct.create(sampleCluster());
    await world.settle(60_000);
    expect(world.events.filter(({ type, reason }) => type === 'Warning' && reason !== 'Config')).toEqual([]);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', message: 'it is being terminated' });
  });

  test('does not lead to a flood of different messages', async () => {
    const counts = refuse(Infinity, true);
    world.clusters.direct.create(sampleCluster());
    await world.settle(600_000);
    expect(counts.statuses).toBeLessThan(30);
    expect(counts.attempts).toBeLessThan(150);
  });
});

test('leads only to an event if the next try succeeds', async () => {
  const statuses: (string | undefined)[] = [];
  refuse(1);
  world.clusters.onChange(({ object }) =>
    statuses.push(object?.status?.conditions?.find(({ type }) => type === 'Degraded')?.reason),
  );
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  expect(world.events).toContainEqual({ type: 'Warning', reason: 'Cluster', message: 'will retry: refused' });
  expect(statuses).not.toContain('ReconcileError');
  expect(condition(world, 'Ready')?.status).toBe('True');
});

test('is shown for a cluster whose clean-up fails', async () => {
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  world.gates.check = (verb, resource) => {
    if (verb === 'delete' && resource === 'services') throw new Error('held');
  };
  world.clusters.direct.remove(sample);
  await world.settle();
  expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'ReconcileError', message: 'held' });
});

test('leads to events about a member that contain the reason', async () => {
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  world.guest.refusals.set(podOf(world, 'head'), 4);
  scale(world, 'work', 1);
  await world.settle(600_000);
  const failed = world.events.filter(({ message }) => message.startsWith('failed in member{'));
  expect(failed).toHaveLength(4);
  for (const { message } of failed) expect(message).toContain('exit status 10');
});
