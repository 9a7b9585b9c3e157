/** A cluster whose objects were orphaned, and a later one of the same name. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import type { FakeResource } from './support/fake-resource.ts';
import type { KubeObject } from '../../src/meta/object.ts';
import { condition, membersOf, podOf, sample, sampleCluster, statusOf, theCluster } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

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
  test('takes over the orphaned objects: no second StatefulSet or Service, members continue in their pods', async () => {
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

  test('does not configure members again that are configured, and tells them the new node IDs', async () => {
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

describe('the same cluster created again with other pods', () => {
  const term = { matchExpressions: [{ key: 'disk', operator: 'Exists' }] };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
  const onDisks = { nodeAffinity };
  const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'rack' }] };
  const workers = () => membersOf(world, 'work').map(({ pod }) => pod);
  const setOf = (role: string) => {
    const set = world.statefulSets.get('default', podOf(world, role).slice(0, -2));
    if (set === undefined) throw new Error(`there is no StatefulSet of ${role}`);
    return set;
  };
  const podSpec = (role: string) => setOf(role).spec.template.spec;
  const changeSet = (role: string, change: (spec: NonNullable<ReturnType<typeof podSpec>>) => void): void => {
    world.statefulSets.direct.change({ namespace: 'default', name: setOf(role).metadata.name }, ({ spec }) => {
      if (spec.template.spec !== undefined) change(spec.template.spec);
    });
  };
  const withAffinity = (affinity: object) => (cluster: KubeDirectorCluster) => {
    for (const role of cluster.spec.roles) if (role.id === 'work') role.affinity = affinity;
  };
  const uids = () => world.pods.list().map(({ metadata }) => metadata.uid);

  test('gives the StatefulSet the affinity of the spec, and nothing else remains there', async () => {
    changeSet('work', (spec) => {
      spec.affinity = { podAffinity };
      spec.nodeSelector = { disk: 'ssd' };
      spec.tolerations = [{ key: 'gpu', operator: 'Exists' }];
    });
    await orphan();
    await createAgain(withAffinity(onDisks));
    expect(podSpec('work')).toMatchObject({ affinity: onDisks });
    expect(podSpec('work')?.affinity).toEqual(onDisks);
    expect(podSpec('work')).not.toHaveProperty('nodeSelector');
    expect(podSpec('work')).not.toHaveProperty('tolerations');
  });

  test.each<[what: string, change: (spec: NonNullable<ReturnType<typeof podSpec>>) => void]>([
    ['an affinity', (spec) => (spec.affinity = { podAffinity })],
    ['a node selector', (spec) => (spec.nodeSelector = { disk: 'ssd' })],
    ['a GPU', ({ containers }) => Object.assign(containers[0]?.resources?.limits ?? {}, { 'nvidia.com/gpu': '1' })],
  ])('takes %s that it does not ask for out of the StatefulSet', async (_what, change) => {
    const before = structuredClone(podSpec('work'));
    changeSet('work', change);
    await orphan();
    await createAgain();
    expect(podSpec('work')).toEqual(before);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'PodsOutdated' });
  });

  test('restarts no pod, and names those that differ from the spec until they are made anew', async () => {
    const pods = workers();
    const before = uids();
    await orphan();
    world.events.length = 0;
    await createAgain(withAffinity(onDisks));
    expect(uids()).toEqual(before);
    const message =
      `${pods.join(', ')}: made by an earlier cluster of this name, and not as the spec asks for; ` +
      'delete the pod to have it made anew';
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'PodsOutdated', message });
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(world.events.filter(({ type, reason }) => type === 'Warning' && reason === 'Role')).toEqual([
      { type: 'Warning', reason: 'Role', message: `pods of role{work}: ${message}` },
    ]);
    const ofRoles = statusOf(world).roles?.map(
      ({ conditions = [] }) => conditions.find(({ type }) => type === 'Degraded')?.reason,
    );
    expect(ofRoles?.toSorted()).toEqual(['AsExpected', 'AsExpected', 'PodsOutdated']);
    const [first = '', second = ''] = pods;
    world.pods.direct.remove({ namespace: 'default', name: first });
    await world.settle();
    expect(condition(world, 'Degraded')?.message).toMatch(new RegExp(`^${second}: made by`));
    world.pods.direct.remove({ namespace: 'default', name: second });
    await world.settle();
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'False', reason: 'AsExpected' });
    expect(world.pods.get('default', first)?.spec?.affinity).toEqual(onDisks);
    expect(statusOf(world).state).toBe('configured');
  });

  test('keeps what others add to the StatefulSet after that', async () => {
    await orphan();
    await createAgain();
    changeSet('work', (spec) => (spec.tolerations = [{ key: 'gpu', operator: 'Exists' }]));
    await world.settle();
    expect(podSpec('work')).toHaveProperty('tolerations');
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'False' });
  });
});

describe('another cluster of the same name', () => {
  const otherStorage = (cluster: KubeDirectorCluster): void => {
    for (const role of cluster.spec.roles) {
      if (role.id === 'head') role.blockStorage = { storageClassName: 'other', pathPrefix: '/dev/x', numDevices: 3 };
    }
  };

  test('creates nothing beside objects that it cannot take over, and says what to delete', async () => {
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

  test('is created when those have been deleted', async () => {
    const set = podOf(world, 'head').slice(0, -2);
    await orphan();
    await createAgain(otherStorage);
    world.statefulSets.direct.remove({ namespace: 'default', name: set });
    await world.settle(600_000);
    expect(theCluster(world).status?.state).toBe('configured');
    expect(condition(world, 'Degraded')?.status).toBe('False');
  });
});
