/** A role whose pods never ran can be corrected: its members are made anew. */
import { describe, expect, test } from 'vitest';
import { condition, membersOf, podOf, sample, sampleCluster, scale, statusOf } from './support/samples.ts';
import { eachInItsWorld, world } from './support/started.ts';
import type { ClusterRole } from '../../src/apis/kubedirector/types.ts';

eachInItsWorld();

/** A cluster whose first role has a member that is never scheduled; its name. */
async function stuck(edit: (role: ClusterRole) => void = () => undefined): Promise<string> {
  world.nodes.unschedulable.has = (name) => name.includes('-head-');
  const cluster = sampleCluster();
  for (const role of cluster.spec.roles) if (role.id === 'head') edit(role);
  world.clusters.direct.create(cluster);
  await world.settle();
  expect(membersOf(world, 'head').map(({ state }) => state)).toEqual(['create pending']);
  const first = podOf(world, 'head');
  const uid = uidOf(first);
  world.nodes.unschedulable.has = (name) => uidOf(name) === uid;
  return first;
}

const nowhere = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'nosuch', operator: 'Exists' as const }] }],
  },
};

const uidOf = (pod: string) => world.pods.get('default', pod)?.metadata.uid;

function change(edit: (role: ClusterRole) => void): void {
  world.clusters.direct.change(sample, ({ spec }) => {
    for (const role of spec.roles) if (role.id === 'head') edit(role);
  });
}

function claimsFor(pod: string): string[] {
  const role = world.clusters.get('default', 'sample')?.spec.roles.find(({ id }) => id === 'head');
  const devices = Array.from({ length: role?.blockStorage?.numDevices ?? 0 }, (_, index) => `b${index}-${pod}`);
  return [...(role?.storage === undefined ? [] : [`p-${pod}`]), ...devices];
}

const claims = () => world.claims.list().map(({ metadata }) => metadata.name);

describe('a role none of whose pods ever ran', () => {
  test.each<[string, (role: ClusterRole) => void]>([
    ['other resources', (role) => (role.resources = { limits: { cpu: '7m', memory: '8Mi' } })],
    ['smaller storage', (role) => (role.storage = { size: '1Mi', storageClassName: 'standard' })],
    ['no storage', (role) => Reflect.deleteProperty(role, 'storage')],
    ['block devices', (role) => (role.blockStorage = { numDevices: 2, pathPrefix: '/dev/x', storageClassName: 'raw' })],
  ])('gets %s, and nothing is left of its first members', async (_what, edit) => {
    const first = await stuck();
    const before = uidOf(first);
    change(edit);
    await world.settle();
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
    const now = podOf(world, 'head');
    expect(uidOf(now)).not.toBe(before);
    expect(world.statefulSets.list().filter(({ metadata }) => metadata.name.includes('-head-'))).toHaveLength(1);
    expect(claims().filter((name) => name.includes('-head-'))).toEqual(claimsFor(now));
    const devices = statusOf(world).roles?.find(({ id }) => id === 'head')?.members[0]?.blockDevicePaths;
    const role = world.clusters.get('default', 'sample')?.spec.roles.find(({ id }) => id === 'head');
    expect(devices?.length ?? 0).toBe(role?.blockStorage?.numDevices ?? 0);
    const claim = world.claims.get('default', `p-${now}`)?.spec?.resources?.requests?.['storage'];
    expect(claim).toBe(role?.storage?.size);
  });

  test.each<[string, (role: ClusterRole) => void]>([
    ['affinity', (role) => (role.affinity = { nodeAffinity: nowhere })],
    ['a GPU', (role) => (role.resources = { limits: { ...role.resources.limits, 'nvidia.com/gpu': '100' } })],
    ['a larger request', (role) => (role.resources = { ...role.resources, requests: { cpu: '1m' } })],
    ['a service account', (role) => (role.serviceAccountName = 'robot')],
    ['a storage class', (role) => (role.storage = { size: '1Mi', storageClassName: 'odd' })],
    ['the mode of a secret', (role) => (role.secret = { name: 's', mountPath: '/s', defaultMode: 0o400 })],
  ])('is made anew where %s is taken out again', async (_what, edit) => {
    const plain = (role: ClusterRole): void => {
      role.storage = { size: '1Mi' };
      role.secret = { name: 's', mountPath: '/s' };
    };
    const first = await stuck((role) => {
      plain(role);
      edit(role);
    });
    const before = uidOf(first);
    change((role) => {
      const { id, members, resources } = sampleCluster().spec.roles.find((one) => one.id === 'head') ?? role;
      for (const field of Object.keys(role)) Reflect.deleteProperty(role, field);
      Object.assign(role, { id, members, resources });
      plain(role);
    });
    await world.settle();
    expect(uidOf(podOf(world, 'head'))).not.toBe(before);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
  });

  test('keeps its members if the change does not concern them', async () => {
    const before = uidOf(await stuck());
    scale(world, 'work', 3);
    change((role) => (role.podLabels = { a: 'b' }));
    await world.settle();
    expect(uidOf(podOf(world, 'head'))).toBe(before);
    expect(membersOf(world, 'work')).toHaveLength(3);
  });
});
