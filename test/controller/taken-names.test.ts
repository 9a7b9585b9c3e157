/** Names that were drawn for a cluster, and are another object's by the time its own is made. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/meta/object.ts';
import { condition, membersOf, sample, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

/** Somebody is faster by one object whose name passes `matches`. @returns the names that are taken so */
function takeFirst<T extends KubeObject>(
  kind: { create(object: T): Promise<unknown> },
  { put, matches = () => true }: { put: (object: T) => unknown; matches?: (name: string) => boolean },
): readonly string[] {
  const taken: string[] = [];
  const create = kind.create.bind(kind);
  kind.create = (object) => {
    const { name = '', namespace = '' } = object.metadata;
    if (taken.length === 0 && matches(name)) {
      taken.push(name);
      const owner = { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'other', controller: true };
      put({ ...object, metadata: { name, namespace, ownerReferences: [owner] } });
    }
    return create(object);
  };
  return taken;
}

const takeService = (matches: (name: string) => boolean) =>
  takeFirst(world.native.services, { put: (object) => world.services.direct.create(object), matches });
const takeSet = () =>
  takeFirst(world.native.statefulSets, { put: (object) => world.statefulSets.direct.create(object) });

/** Names of the cluster's StatefulSets as they exist. */
const sets = () => world.statefulSets.list().map(({ metadata, spec }) => [metadata.name, spec.serviceName]);

describe('a name that another object has', () => {
  test('of the headless Service: another one is used, by the StatefulSets too', async () => {
    const taken = takeService((name) => name.startsWith('kdhs-'));
    await configured(({ spec }) => (spec.namingScheme = 'UID'));
    const [service = ''] = taken;
    const { clusterService } = statusOf(world);
    expect(service).toMatch(/^kdhs-/);
    expect(clusterService).not.toBe(service);
    expect(world.services.get('default', clusterService ?? '')?.metadata.ownerReferences).toMatchObject([
      { name: 'sample' },
    ]);
    expect(new Set(sets().map(([, serviceName]) => serviceName))).toEqual(new Set([clusterService]));
    expect(world.events.map(({ message }) => message)).toContain(
      `service{${service}} exists and is not this cluster's; using the name ${clusterService ?? ''} instead`,
    );
    expect(world.services.get('default', service)?.metadata.ownerReferences?.[0]?.uid).toBe('other');
  });

  test('of a StatefulSet: its role is made under another one, with all that follows from it', async () => {
    const taken = takeSet();
    await configured();
    const [set = ''] = taken;
    const roles = statusOf(world).roles ?? [];
    expect(set).not.toBe('');
    expect(roles.map(({ statefulSet }) => statefulSet)).not.toContain(set);
    for (const { statefulSet, members } of roles) {
      for (const [ordinal, { pod, service, pvc }] of members.entries()) {
        expect(pod).toBe(`${statefulSet}-${ordinal}`);
        if (service !== 'n/a')
          expect(world.services.get('default', service)?.spec?.selector).toMatchObject({
            'statefulset.kubernetes.io/pod-name': pod,
          });
        if (pvc !== undefined) expect(pvc).toBe(`p-${pod}`);
      }
    }
    expect(membersOf(world, 'work').map(({ nodeID }) => nodeID)).toEqual([
      ...new Set(membersOf(world, 'work').map(({ nodeID }) => nodeID)),
    ]);
    expect(condition(world, 'Ready')?.status).toBe('True');
    const services = world.services.list().map(({ metadata }) => metadata.name);
    expect(services.filter((name) => name.includes(set))).toEqual([]);
  });

  test('stays with a cluster whose members have run: they are known by it', async () => {
    await configured();
    const { clusterService = '' } = statusOf(world);
    const roles = structuredClone(statusOf(world).roles);
    const service = world.services.get('default', clusterService);
    world.services.direct.remove({ ...sample, name: clusterService });
    takeService((name) => name === clusterService);
    await world.settle();
    expect(service).toBeDefined();
    expect(statusOf(world).clusterService).toBe(clusterService);
    expect(statusOf(world).roles?.map(({ statefulSet }) => statefulSet)).toEqual(
      roles?.map(({ statefulSet }) => statefulSet),
    );
    expect(condition(world, 'Degraded')?.message ?? '').toContain(clusterService);
  });

  test('is replaced by one of the same naming scheme', async () => {
    const taken = takeService((name) => !name.endsWith('-0'));
    await configured(({ spec }) => (spec.namingScheme = 'CrNameRole'));
    expect(taken).toHaveLength(1);
    expect(statusOf(world)).toMatchObject({
      state: 'configured',
      clusterService: expect.stringMatching(/^sample/) as string,
    });
    expect(statusOf(world).clusterService).not.toBe(taken[0]);
  });
});
