import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleApp, sampleCluster } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
  world.apps.direct.create(sampleApp());
});
afterEach(() => world.stop());

test('a cluster in a namespace that is not served is left alone', async () => {
  world.start({ namespaces: ['elsewhere'] });
  const made = world.clusters.direct.create(sampleCluster());
  await world.settle();
  expect(world.native.statefulSets.list()).toEqual([]);
  const { name, namespace = '' } = made.metadata;
  expect(world.clusters.get(namespace, name)).toEqual(made);
});

test('a cluster in a served namespace is worked on', async () => {
  world.start({ namespaces: ['elsewhere', 'default'] });
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  expect(world.native.statefulSets.list()).not.toEqual([]);
});
