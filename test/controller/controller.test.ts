import { describe, expect, test } from 'vitest';
import { at, podOf, sample, sampleCluster, scale, statusOf, theCluster } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

describe('connected clusters', () => {
  test('are passed on with their members, and members are notified of changes', async () => {
    world.clusters.direct.create(
      sampleCluster(({ metadata }) => {
        metadata.name = 'other';
        metadata.uid = 'other-uid';
      }),
    );
    world.clusters.direct.create(sampleCluster(({ spec }) => (spec.connections = { clusters: ['other'] })));
    await world.settle();
    const fqdns = (): unknown => {
      const document = world.guest.document(podOf(world, 'head')) as {
        connections: { clusters: { other?: { nodegroups: { 1: { roles: { work: { fqdns: string[] } } } } } } };
      };
      return document.connections.clusters.other?.nodegroups[1].roles.work.fqdns.length;
    };
    expect(fqdns()).toBe(2);
    world.guest.runs.length = 0;
    world.clusters.direct.change(at('other'), ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.members = 3;
    });
    await world.settle();
    expect(fqdns()).toBe(3);
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--reconnect']);
  });
});

describe('the controller', () => {
  test('creates a cluster although another one cannot be created', async () => {
    world.gates.check = (verb, resource, name) => {
      if (verb === 'create' && resource === 'statefulsets' && name.startsWith('bad')) throw new Error('quota');
    };
    world.clusters.direct.create(
      sampleCluster(({ metadata }) => {
        metadata.name = 'bad';
        metadata.uid = 'bad-uid';
      }),
    );
    await configured();
    expect(world.clusters.get('default', 'bad')?.status?.state).toBe('creating');
    expect(world.events).toContainEqual({ type: 'Warning', reason: 'Cluster', message: 'will retry: quota' });
    // Other work is done all the same.
    expect(world.services.list().filter(({ metadata }) => metadata.name.startsWith('bad'))).toHaveLength(4);
  });

  test('counts members by state and reconciles by outcome', async () => {
    await configured();
    const text = await world.metrics.text();
    expect(text).toContain('kubedirector_members{state="configured"} 4');
    expect(text).toMatch(/kubedirector_reconcile_total\{outcome="done"\} \d+/);
    world.clusters.direct.remove(sample);
    await world.settle();
    expect(await world.metrics.text()).toContain('kubedirector_members{state="configured"} 0');
  });

  test('deletes a cluster although its connected objects cannot be read', async () => {
    await configured();
    world.native.secrets.read = () => Promise.reject(new Error('forbidden'));
    await world.stop();
    world.clusters.direct.remove(sample);
    world.start();
    await world.settle();
    expect(world.clusters.list()).toEqual([]);
  });

  test('tries again at once if somebody else wrote in between', async () => {
    world.clusters.direct.create(sampleCluster());
    let wrote = false;
    world.gates.check = (verb) => {
      if (verb !== 'status' || wrote) return;
      wrote = true;
      world.clusters.direct.change(sample, ({ metadata }) => (metadata.annotations = { by: 'user' }));
    };
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
    expect(theCluster(world).metadata.annotations).toMatchObject({ by: 'user' });
    expect(await world.metrics.text()).toContain('kubedirector_reconcile_total{outcome="conflict"} 1');
    expect(world.events.filter(({ type, reason }) => type === 'Warning' && reason !== 'Config')).toEqual([]);
  });

  test('does nothing before its caches are filled', async () => {
    await configured();
    scale(world, 'work', 1);
    await new Promise((resolve) => setImmediate(resolve));
    await world.stop();
    let synced = false;
    world.native.pods.synced = () => synced;
    const { resourceVersion } = theCluster(world).metadata;
    world.start();
    await world.settle(1_000);
    expect(theCluster(world).metadata.resourceVersion).toBe(resourceVersion);
    synced = true;
    await world.settle();
    expect(statusOf(world)).toMatchObject({ state: 'configured', observedGeneration: 2 });
  });

  test('has no timer running once everything is done', async () => {
    await configured();
    await world.settle(24 * 3_600_000);
    expect(world.clock.next(Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});

describe('the copying of persisted directories', () => {
  test('is shown while the init container runs, and forgotten after', async () => {
    world.clusters.direct.create(sampleCluster());
    world.pods.onChange(({ object, old }) => {
      if (old !== undefined || object === undefined || !object.metadata.name.includes('head')) return;
      world.pods.direct.change(at(object.metadata.name), (pod) => {
        const init = {
          name: 'init',
          containerID: 'containerd://init',
          image: 'i',
          imageID: 'i',
          ready: false,
          restartCount: 0,
        };
        pod.status = { phase: 'Pending', initContainerStatuses: [{ ...init, state: { running: {} } }] };
      });
    });
    world.guest.progress = '1,024 42%';
    await world.settle(5_000);
    const detail = () => statusOf(world).roles?.[0]?.members[0]?.stateDetail;
    expect(detail()).toMatchObject({ lastKnownContainerState: 'initializing', storageInitProgress: '1,024 42%' });
    expect(statusOf(world).memberStateRollup?.membersInitializing).toBe(true);
    world.nodes.restart('default', podOf(world, 'head'));
    await world.settle();
    expect(detail()).not.toHaveProperty('storageInitProgress');
    expect(statusOf(world).state).toBe('configured');
  });
});
