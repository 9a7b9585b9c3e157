/** Clusters that do not fit their schema, as the server shows them to the controller. */
import { describe, expect, test } from 'vitest';
import { groupSchemas, kindSchema } from '../../src/apis/kubedirector/schemas.ts';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import { at, sampleCluster, statusOf } from './support/samples.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const schema = kindSchema('KubeDirectorCluster', groupSchemas());
const garbage: readonly unknown[] = [null, 7, 'text', true, [], [null], [[7]], {}, { roles: 'x' }];
const contents: readonly object[] = [
  {},
  ...garbage.flatMap((value) => [{ spec: value }, { spec: { app: 'sample', roles: [] }, status: value }]),
  ...garbage.flatMap((value) => [
    { spec: { app: 'sample', roles: value } },
    { spec: { app: value, roles: [{ id: value }, value, { id: 'head', members: value }] } },
    { spec: { app: 'sample', roles: [{ id: 'head', members: 1, resources: value, env: value, affinity: value }] } },
    { spec: sampleCluster().spec, status: { state: value, conditions: [value], roles: value, specGeneration: value } },
    {
      spec: sampleCluster().spec,
      status: { roles: [{ id: 'head', members: [value, { pod: value, state: value, stateDetail: value }] }, value] },
    },
  ]),
];
const name = (index: number): string => `hostile-${index}`;

/** What the server's cache shows of such an object: see ResourceSchema.readable. */
function shown(index: number, content: object): KubeDirectorCluster {
  const metadata = { name: name(index), namespace: 'default', uid: `u-${index}` };
  const { apiVersion, kind } = sampleCluster();
  return schema.readable({ apiVersion, kind, metadata, ...content } as unknown as KubeDirectorCluster);
}

function fill(): void {
  for (const [index, content] of contents.entries()) world.clusters.direct.create(shown(index, content));
}

describe('clusters that do not fit their schema', () => {
  test('do not keep others from being set up', async () => {
    fill();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });

  test('go when they are deleted, whatever finalizers the controller gave them', async () => {
    fill();
    await world.settle();
    for (const index of contents.keys()) world.clusters.direct.remove(at(name(index)));
    await world.settle(600_000);
    expect(world.clusters.list().map(({ metadata }) => metadata.name)).toEqual([]);
  });

  test('lead to a message, but not each second', async () => {
    fill();
    await world.settle(600_000);
    const before = world.events.length;
    await world.settle(600_000);
    expect(world.events.length - before).toBeLessThan(contents.length);
    for (const [index] of contents.entries()) {
      const cluster = world.clusters.get('default', name(index));
      expect([index, cluster?.status?.conditions?.map(({ type }) => type) ?? []]).toEqual([
        index,
        expect.arrayContaining(['Ready', 'Degraded']),
      ]);
    }
  });
});
