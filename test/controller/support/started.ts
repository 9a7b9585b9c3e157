/** A started world with the sample app for each test. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { sampleApp, sampleCluster, statusOf } from './samples.ts';
import { createWorld, type World } from './world.ts';

/** Of the test that runs. */
export let world: World;

/** Gives each test of the file that calls this a world of its own, which is stopped after it. */
export function eachInItsWorld(): void {
  beforeEach(() => {
    world = createWorld();
    world.apps.direct.create(sampleApp());
    world.start();
  });
  afterEach(async () => {
    await world.stop();
  });
}

/** Resolves once there is the sample cluster, with all its members set up. */
export async function configured(change?: (cluster: KubeDirectorCluster) => void): Promise<void> {
  world.clusters.direct.create(sampleCluster(change));
  await world.settle();
  expect(statusOf(world).state).toBe('configured');
}
