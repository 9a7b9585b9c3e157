/** A cluster whose objects were left behind, and another of the same name after it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import type { FakeResource } from './support/fake-resource.ts';
import type { KubeObject } from '../../src/meta/object.ts';
import { condition, membersOf, podOf, sample, sampleCluster, statusOf, theCluster } from './support/samples.ts';
import { configured, world } from './support/started.ts';

beforeEach(() => configured());

function disown<T extends KubeObject>(resource: FakeResource<T>): void {
  for (const { metadata } of resource.list()) {
    const { ownerReferences = [] } = metadata;
    if (!ownerReferences.some(({ kind }) => kind === 'KubeDirectorCluster')) continue;
    resource.direct.change({ namespace: 'default', name: metadata.name }, (copy) => {
      delete copy.metadata.ownerReferences;
    });
  }
}

/** As `kubectl delete --cascade=orphan` does: the collector takes the owner off, then its finalizer. */
async function orphan(): Promise<void> {
  world.clusters.direct.change(sample, ({ metadata }) => {
    metadata.finalizers = [...(metadata.finalizers ?? []), 'orphan'];
  });
  world.clusters.direct.remove(sample);
  await world.settle();
  for (const resource of [world.statefulSets, world.services, world.claims])
    disown(resource as FakeResource<KubeObject>);
  world.clusters.direct.change(sample, ({ metadata }) => {
    metadata.finalizers = [];
  });
  await world.settle();
  expect(world.clusters.list()).toEqual([]);
}

async function createAgain(change?: (cluster: KubeDirectorCluster) => void): Promise<void> {
  world.clusters.direct.create(
    sampleCluster((cluster) => {
      cluster.metadata.uid = 'another';
      change?.(cluster);
    }),
  );
  await world.settle();
}

const names = (resource: { list(): readonly { metadata: { name: string } }[] }): string[] =>
  resource.list().map(({ metadata }) => metadata.name);

describe('the same cluster created again', () => {
  test('takes over what was left behind: no second StatefulSet or Service, members go on in their pods', async () => {
    const before = [world.statefulSets, world.services, world.pods, world.claims].map(names);
    const containers = world.pods.list().map(({ status }) => status?.containerStatuses?.[0]?.containerID);
    const head = podOf(world, 'head');
    await orphan();
    await createAgain();
    expect([world.statefulSets, world.services, world.pods, world.claims].map(names)).toEqual(before);
    expect(world.pods.list().map(({ status }) => status?.containerStatuses?.[0]?.containerID)).toEqual(containers);
    expect(podOf(world, 'head')).toBe(head);
    expect(statusOf(world).state).toBe('configured');
    for (const resource of [world.statefulSets, world.services]) {
      for (const { metadata } of resource.list()) {
        expect(metadata.ownerReferences).toMatchObject([{ uid: 'another', controller: true }]);
      }
    }
  });

  test('does not configure again what is configured, and tells it the new node IDs', async () => {
    await orphan();
    await createAgain();
    const [member] = membersOf(world, 'head');
    const document = world.guest.document(podOf(world, 'head'));
    expect(document).toMatchObject({ cluster: { id: 'another' }, node: { id: String(member?.nodeID) } });
    expect(member?.stateDetail.lastConfigDataGeneration).toBe(statusOf(world).specGenerationToProcess);
  });

  test('has as many members as it asks for', async () => {
    const sets = names(world.statefulSets);
    await orphan();
    await createAgain((cluster) => {
      for (const role of cluster.spec.roles) if (role.id === 'work') role.members = 1;
    });
    expect(membersOf(world, 'work')).toHaveLength(1);
    expect(statusOf(world).state).toBe('configured');
    expect(names(world.statefulSets)).toEqual(sets);
  });
});

describe('another cluster of the same name', () => {
  const otherStorage = (cluster: KubeDirectorCluster): void => {
    for (const role of cluster.spec.roles) {
      if (role.id === 'head') role.blockStorage = { storageClassName: 'other', pathPrefix: '/dev/x', numDevices: 3 };
    }
  };

  test('makes nothing beside what it cannot take over, and says what to delete', async () => {
    const set = podOf(world, 'head').slice(0, -2);
    const before = names(world.statefulSets);
    await orphan();
    await createAgain(otherStorage);
    expect(names(world.statefulSets)).toEqual(before);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'OrphansFound' });
    expect(condition(world, 'Degraded')?.message).toContain(
      `${set} (role head: its storage differs from what the role asks for)`,
    );
    expect(condition(world, 'Ready')?.status).toBe('False');
    expect(membersOf(world, 'head')).toEqual([]);
  });

  test('is made when that has been deleted', async () => {
    const set = podOf(world, 'head').slice(0, -2);
    await orphan();
    await createAgain(otherStorage);
    world.statefulSets.direct.remove({ namespace: 'default', name: set });
    await world.settle(600_000);
    expect(theCluster(world).status?.state).toBe('configured');
    expect(condition(world, 'Degraded')?.status).toBe('False');
  });
});
