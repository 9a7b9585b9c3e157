import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CoreEvent } from '../../../src/apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import { createGroupEvents } from '../../../src/playground/index.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { admin, startCluster, testSchema, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const events = (): ResourceRegistry<CoreEvent> =>
  cluster.registries.find(({ definition }) => definition.plural === 'events') as unknown as ResourceRegistry<CoreEvent>;
const recorded = (reason: string): Stored<CoreEvent>[] =>
  events()
    .cache.list({})
    .objects.map((one) => one.object)
    .filter((event) => event.reason === reason);

async function something(): Promise<Stored<KubeObject>> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'it', namespace: 'default' } } as const;
  return (await cluster.native.configMaps.create(admin, 'default', object)).object;
}

describe('Events of the playground', () => {
  it('are written about an object, with a count of repeats', async () => {
    cluster = await startCluster();
    const about = await something();
    for (let time = 0; time < 3; time++) cluster.playground.events.record(about, 'Warning', 'Odd', 'this again');
    cluster.playground.events.record(about, 'Warning', 'Odd', 'and that');
    await until(() => {
      expect(
        recorded('Odd')
          .map((event) => [event.message, event.count])
          .sort(),
      ).toEqual([
        ['and that', 1],
        ['this again', 3],
      ]);
    });
    expect(recorded('Odd')[0]).toMatchObject({
      involvedObject: { kind: 'ConfigMap', name: 'it', namespace: 'default', uid: about.metadata.uid },
      source: { component: 'kubedirector' },
      type: 'Warning',
    });
  });

  it('are deleted an hour after their last occurrence', async () => {
    let ahead = 0;
    const timers: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      now: () => new Date(Date.now() + ahead),
      after: (ms, callback) => {
        if (ms < 600_000) return systemClock.after(ms, callback);
        timers.push(callback);
        return () => undefined;
      },
    };
    cluster = await startCluster({ clock });
    cluster.playground.events.record(await something(), 'Normal', 'Old', 'news');
    await until(() => {
      expect(recorded('Old')).toHaveLength(1);
      expect(timers.length).toBeGreaterThan(0);
    });
    ahead = 3_700_000;
    for (const fire of timers.splice(0)) fire();
    await until(() => {
      expect(recorded('Old')).toHaveLength(0);
    });
  });

  it('are also available in the group events.k8s.io, until they are deleted', async () => {
    let view: ReturnType<typeof createGroupEvents> | undefined;
    cluster = await startCluster({
      compose(hub, registries) {
        const { cache } = registries.find(({ definition }) => definition.plural === 'events')!;
        const core = cache as unknown as ResourceRegistry<CoreEvent>['cache'];
        view = createGroupEvents({ schema: testSchema, events: core, metrics: createMetrics(), hub });
      },
    });
    const { definition, registry } = view!;
    const about = await something();
    cluster.playground.events.record(about, 'Normal', 'Told', 'a tale');
    const shown = () => registry.cache.list({ namespace: 'default' }).objects.map((one) => one.object);
    await until(() => {
      expect(shown().filter((one) => (one as { reason?: string }).reason === 'Told')).toMatchObject([
        {
          apiVersion: 'events.k8s.io/v1',
          note: 'a tale',
          regarding: { name: 'it' },
          deprecatedCount: 1,
          reportingController: 'kubedirector',
        },
      ]);
    });
    const one = shown().find((each) => (each as { reason?: string }).reason === 'Told')!;
    const cells = definition.columns.map((column) => column.value(one, new Date()));
    expect(cells.slice(1, 7)).toEqual(['Normal', 'Told', 'configmap/it', '', 'kubedirector', 'a tale']);
    await events().delete(admin, { namespace: 'default', name: one.metadata.name });
    await until(() => {
      expect(shown().find((each) => each.metadata.uid === one.metadata.uid)).toBeUndefined();
    });
    await expect(registry.delete(admin, { namespace: 'default', name: 'x' })).rejects.toMatchObject({ code: 405 });
  });
});
