/** Which objects belong to a cluster, among those with its label or with a name from its status. */
import { beforeEach, describe, expect, test } from 'vitest';
import { clusterLabel } from '../../src/apis/kubedirector/well-known.ts';
import { at, condition, membersOf, podOf, sample, scale, theCluster } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const labels = { [clusterLabel]: 'sample' };
beforeEach(() => configured());

/** A user's own object, which has only the label in common with the cluster's. */
function createUsersOwn(): void {
  const metadata = (name: string) => ({ name, namespace: 'default', labels });
  world.claims.direct.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: metadata('precious') });
  world.services.direct.create({ apiVersion: 'v1', kind: 'Service', metadata: metadata('mine') });
  const selector = { matchLabels: { a: 'b' } };
  world.statefulSets.direct.create({
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: metadata('own') },
    spec: { replicas: 0, selector, serviceName: '', template: {} },
  });
}
const names = (objects: readonly { metadata: { name: string } }[]) => objects.map(({ metadata }) => metadata.name);

describe("a user's objects that carry the cluster's label", () => {
  test('outlive the cluster', async () => {
    createUsersOwn();
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect(names(world.claims.list())).toEqual(['precious']);
    expect(names(world.services.list())).toEqual(['mine']);
    expect(names(world.statefulSets.list())).toEqual(['own']);
  });

  test('are neither changed nor owned by the cluster', async () => {
    createUsersOwn();
    const claim = world.claims.get('default', 'precious');
    scale(world, 'work', 1);
    await world.settle();
    expect(world.claims.get('default', 'precious')).toBe(claim);
  });
});

test("a member's PVC that was never adopted goes with the cluster, one that another controls stays", async () => {
  const claim = `p-${podOf(world, 'head')}`;
  const strangers = `b7-${podOf(world, 'work')}`;
  const owner = { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'other', controller: true };
  world.claims.direct.create({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    metadata: { name: strangers, namespace: 'default', labels, ownerReferences: [owner] },
  });
  await world.settle();
  expect(world.claims.get('default', strangers)?.metadata.ownerReferences).toEqual([owner]);
  world.clusters.direct.remove(sample);
  world.claims.direct.change(at(claim), ({ metadata }) => {
    delete metadata.ownerReferences;
  });
  await world.settle();
  expect(world.clusters.list()).toEqual([]);
  expect(names(world.claims.list())).toEqual([strangers]);
});

test('a StatefulSet that loses its owner while the cluster is being deleted delays nothing', async () => {
  const set = podOf(world, 'work').slice(0, -2);
  world.clusters.direct.remove(sample);
  world.statefulSets.direct.change(at(set), ({ metadata }) => {
    delete metadata.ownerReferences;
  });
  await world.settle();
  expect(world.clusters.list()).toEqual([]);
  expect(names(world.statefulSets.list())).toEqual([set]);
});

describe('an object without its label', () => {
  const unlabel = (): { set: string; service: string } => {
    const service = podOf(world, 'work');
    const set = service.slice(0, -2);
    world.statefulSets.direct.change(at(set), ({ metadata }) => delete metadata.labels?.[clusterLabel]);
    world.services.direct.change(at(service), ({ metadata }) => delete metadata.labels?.[clusterLabel]);
    return { set, service };
  };

  test('gets the label back, and the cluster continues', async () => {
    const created = [world.statefulSets.created.length, world.services.created.length];
    const { set, service } = unlabel();
    await world.settle();
    expect(world.statefulSets.get('default', set)?.metadata.labels).toMatchObject(labels);
    expect(world.services.get('default', service)?.metadata.labels).toMatchObject(labels);
    expect([world.statefulSets.created.length, world.services.created.length]).toEqual(created);
    scale(world, 'work', 3);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(3);
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(world.events.filter(({ type, reason }) => type === 'Warning' && reason !== 'Config')).toEqual([]);
  });

  test('is deleted with the cluster if it is a StatefulSet: its pods would block the deletion', async () => {
    world.clusters.direct.remove(sample);
    unlabel();
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect(world.statefulSets.list()).toEqual([]);
  });

  test('is read by name; there are no such reads while the view shows everything', async () => {
    let reads = 0;
    world.native.services.read = (target) => {
      reads += 1;
      return Promise.resolve(world.services.get(target.namespace, target.name));
    };
    world.clusters.direct.change(sample, ({ spec }) => (spec.serviceType = 'ClusterIP'));
    await world.settle();
    expect(reads).toBe(0);
    unlabel();
    await world.settle();
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(10);
  });
});

test('a name that somebody else uses is reported, their object is not touched, and the name is used once it is free', async () => {
  const name = podOf(world, 'work');
  world.gates.check = (verb, resource) => {
    if (verb === 'create' && resource === 'services') throw new Error('not yet');
  };
  world.services.direct.remove(at(name));
  const theirs = world.services.direct.create({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' } },
    spec: { selector: { theirs: 'yes' } },
  });
  world.gates.check = () => undefined;
  await world.settle();
  expect(world.services.get('default', name)).toBe(theirs);
  const message = `Service ${name} exists and is not this cluster's`;
  expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'ReconcileError', message });
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'Warning', message: `will retry: ${message}` }));
  world.services.direct.remove(at(name));
  await world.settle(300_000);
  expect(world.services.get('default', name)?.metadata.ownerReferences?.[0]?.uid).toBe(theCluster(world).metadata.uid);
  expect(condition(world, 'Degraded')?.status).toBe('False');
  expect(condition(world, 'Ready')?.status).toBe('True');
});

test('a key that somebody adds to the selector of a Service is removed: no pod has it', async () => {
  const name = podOf(world, 'work');
  const wanted = world.services.get('default', name)?.spec?.selector;
  world.services.direct.change(at(name), (service) => {
    service.spec = { ...service.spec, selector: { ...service.spec?.selector, foreign: 'yes' } };
  });
  await world.settle();
  expect(world.services.get('default', name)?.spec?.selector).toEqual(wanted);
});
