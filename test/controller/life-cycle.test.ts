import { describe, expect, test } from 'vitest';
import type { ClusterRole } from '../../src/apis/kubedirector/types.ts';
import {
  condition,
  membersOf,
  podOf,
  sample,
  sampleCluster,
  scale,
  statusOf,
  theCluster,
  at,
} from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

describe('a new cluster', () => {
  test('goes from creating to configured with all its members', async () => {
    const states: (string | undefined)[] = [];
    world.clusters.onChange(({ object }) => states.push(object?.status?.state));
    await configured();
    expect([...new Set(states)]).toEqual([undefined, 'creating', 'configured']);
    expect(membersOf(world, 'work').map(({ state, nodeID }) => [state, nodeID])).toEqual([
      ['configured', 2],
      ['configured', 3],
    ]);
    expect(statusOf(world)).toMatchObject({ lastNodeID: 4, observedGeneration: 1, specGenerationToProcess: 1 });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True', observedGeneration: 1 });
    expect(condition(world, 'Progressing')?.status).toBe('False');
    expect(Object.values(statusOf(world).memberStateRollup ?? {})).not.toContain(true);
  });

  test('carries the finalizer before anything is made for it', async () => {
    world.gates.check = (verb, resource) => {
      if (verb === 'create' && resource !== 'kubedirectorclusters') {
        expect(theCluster(world).metadata.finalizers).toContain('kubedirector.hpe.com/cleanup');
      }
    };
    await configured();
  });

  test('creates each native object once, and writes nothing more when everything is as it should be', async () => {
    await configured();
    expect(world.statefulSets.created).toHaveLength(3);
    expect(world.services.created).toHaveLength(4);
    const { resourceVersion } = theCluster(world).metadata;
    const writes: string[] = [];
    world.gates.check = (verb, resource) => void writes.push(`${verb} ${resource}`);
    world.pods.direct.change(
      at(podOf(world, 'head')),
      (pod) => (pod.metadata.annotations = { a: 'b', ...pod.metadata.annotations }),
    );
    await world.settle();
    expect(writes).toEqual([]);
    expect(theCluster(world).metadata.resourceVersion).toBe(resourceVersion);
  });
});

describe('scaling', () => {
  async function withStorage(members: number): Promise<void> {
    const storage = { size: '1Gi', storageClassName: 'standard' };
    const change = (role: ClusterRole) => (role.id === 'work' ? { ...role, members, storage } : role);
    world.clusters.direct.create(sampleCluster(({ spec }) => (spec.roles = spec.roles.map(change))));
    await world.settle();
  }

  test('up: the new member is set up after all others know it, and is announced', async () => {
    await configured();
    world.guest.runs.length = 0;
    scale(world, 'work', 3);
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['configured', 'configured', 'configured']);
    expect(membersOf(world, 'work')[2]?.nodeID).toBe(5);
    const fresh = podOf(world, 'work', 2);
    const begun = world.guest.runs.findIndex(({ pod }) => pod === fresh);
    const rewritten = world.guest.runs.slice(0, begun).filter(({ step }) => step === 'kd-write-configmeta');
    expect(new Set(rewritten.map(({ pod }) => pod)).size).toBe(4);
    expect(world.guest.notified(podOf(world, 'head')).at(-1)).toMatch(
      new RegExp(`^--addnodes --nodegroup 1 --role work --fqdns ${fresh}\\..*svc\\.cluster\\.local$`),
    );
  });

  test('up: a new member of a role without package is announced, too', async () => {
    world.apps.direct.change(at('golden'), ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'bare') role.configPackage = null;
    });
    await configured();
    scale(world, 'bare', 2);
    await world.settle();
    expect(world.guest.notified(podOf(world, 'head')).at(-1)).toContain(
      `--addnodes --nodegroup 1 --role bare --fqdns ${podOf(world, 'bare', 1)}.`,
    );
    expect(world.guest.runs.filter(({ pod }) => pod.startsWith(podOf(world, 'bare').slice(0, -1)))).toEqual([]);
  });

  test('up again while members are being created is taken in at once', async () => {
    world.guest.configureExit.set('never', 0);
    await configured();
    scale(world, 'work', 3);
    await new Promise((resolve) => setImmediate(resolve));
    scale(world, 'work', 5);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(5);
    expect(new Set(membersOf(world, 'work').map(({ pod }) => pod)).size).toBe(5);
  });

  test('down: the others are told first, then pod, Service and status entry go', async () => {
    await configured();
    const leaving = podOf(world, 'work', 1);
    scale(world, 'work', 1);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(1);
    expect(world.pods.get('default', leaving)).toBeUndefined();
    expect(world.services.get('default', leaving)).toBeUndefined();
    expect(world.guest.notified(podOf(world, 'head')).at(-1)).toContain(
      `--delnodes --nodegroup 1 --role work --fqdns ${leaving}.`,
    );
    // Role work listens to addnodes only.
    expect(world.guest.notified(podOf(world, 'work')).join()).not.toContain('--delnodes');
    expect(statusOf(world).state).toBe('configured');
  });

  test('down deletes the PVC of a member that had one, and node IDs are not used again', async () => {
    await withStorage(2);
    expect(world.claims.list()).toHaveLength(3);
    scale(world, 'work', 1);
    await world.settle();
    expect(world.claims.list().map(({ metadata }) => metadata.name)).toEqual([
      `p-${podOf(world, 'head')}`,
      `p-${podOf(world, 'work')}`,
    ]);
    scale(world, 'work', 2);
    await world.settle();
    expect(membersOf(world, 'work')[1]).toMatchObject({ nodeID: 5, state: 'configured' });
  });

  test('down waits for pods and PVCs that the StatefulSet controller is about to create, and removes them', async () => {
    await withStorage(1);
    const claims = () => world.claims.list().map(({ metadata }) => metadata.name);
    const before = claims();
    const release = world.nodes.stall(podOf(world, 'work').slice(0, -2));
    scale(world, 'work', 4);
    await world.settle();
    scale(world, 'work', 1);
    await world.settle();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual([
      'configured',
      'deleting',
      'deleting',
      'deleting',
    ]);
    release();
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(1);
    expect(claims()).toEqual(before);
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('to 0 removes the StatefulSet and the status entry; up again makes a new one', async () => {
    await configured();
    const before = statusOf(world).roles?.find(({ id }) => id === 'bare')?.statefulSet;
    scale(world, 'bare', 0);
    await world.settle();
    expect(statusOf(world).roles?.map(({ id }) => id)).toEqual(['head', 'work']);
    expect(world.statefulSets.list()).toHaveLength(2);
    scale(world, 'bare', 1);
    await world.settle();
    expect(membersOf(world, 'bare')[0]).toMatchObject({ state: 'configured', nodeID: 5 });
    expect(statusOf(world).roles?.find(({ id }) => id === 'bare')?.statefulSet).not.toBe(before);
  });

  test('a role that is removed from the spec disappears', async () => {
    await configured();
    world.clusters.direct.change(sample, ({ spec }) => {
      spec.roles = spec.roles.filter(({ id }) => id !== 'bare');
    });
    await world.settle();
    expect(statusOf(world).roles?.map(({ id }) => id)).toEqual(['head', 'work']);
    expect(world.pods.list()).toHaveLength(3);
    expect(statusOf(world).state).toBe('configured');
  });

  test('down continues although a member rejects its notification', async () => {
    await configured();
    world.guest.refusals.set(podOf(world, 'head'), 4);
    scale(world, 'work', 1);
    await world.settle();
    expect(membersOf(world, 'work')).toHaveLength(1);
    expect(world.events.some(({ type, message }) => type === 'Warning' && message.includes('exit status 10'))).toBe(
      true,
    );
    await world.settle(600_000);
    expect(statusOf(world).state).toBe('configured');
  });
});

describe('deletion', () => {
  test('removes PVCs, Services and StatefulSets, then the finalizer; without the app too', async () => {
    await configured();
    world.apps.direct.remove(at('golden'));
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect(world.statefulSets.list()).toEqual([]);
    expect(world.services.list()).toEqual([]);
    expect(world.claims.list()).toEqual([]);
    expect(world.pods.list()).toEqual([]);
  });

  test("leaves a namesake's objects alone", async () => {
    await configured();
    world.services.direct.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'other',
        namespace: 'default',
        labels: { 'kubedirector.hpe.com/kdcluster': 'sample' },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'KubeDirectorCluster', name: 'sample', uid: 'else', controller: true },
        ],
      },
    });
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
    expect(world.services.list().map(({ metadata }) => metadata.name)).toEqual(['other']);
  });
});
