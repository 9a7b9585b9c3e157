/** Which changes of a cluster cause a reconcile. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import type { Stored } from '../../src/meta/object.ts';
import { sample } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

beforeEach(() => configured());

/** How many reconciles there were. */
async function reconciles(): Promise<number> {
  const text = await world.metrics.text();
  return Number(/^kubedirector_reconcile_total\{outcome="done"\} (\d+)$/m.exec(text)?.[1]);
}
async function costOf(change: (cluster: Stored<KubeDirectorCluster>) => void): Promise<number> {
  const before = await reconciles();
  world.clusters.direct.change(sample, change);
  await world.settle();
  return (await reconciles()) - before;
}

describe('a change of a cluster', () => {
  test('that plans do not depend on causes no reconcile', async () => {
    expect(
      await costOf(({ metadata }) => (metadata.annotations = { ...metadata.annotations, 'a.example/b': 'c' })),
    ).toBe(0);
    expect(await costOf(({ metadata }) => (metadata.labels = { ...metadata.labels, team: 'blue' }))).toBe(0);
  });

  test.each<[string, (cluster: Stored<KubeDirectorCluster>) => void]>([
    ['the spec', ({ spec }) => (spec.serviceType = 'ClusterIP')],
    ['the status', ({ status }) => status && (status.state = 'creating')],
    ['the finalizers', ({ metadata }) => (metadata.finalizers = [])],
    [
      "one of KubeDirector's annotations",
      ({ metadata }) => (metadata.annotations = { ...metadata.annotations, 'kubedirector.hpe.com/skip-notify': '*' }),
    ],
    [
      "one of KubeDirector's labels",
      ({ metadata }) => (metadata.labels = { ...metadata.labels, 'kubedirector.hpe.com/other': 'x' }),
    ],
  ])('in %s is looked at', async (_name, change) => {
    expect(await costOf(change)).toBeGreaterThan(0);
  });
});
