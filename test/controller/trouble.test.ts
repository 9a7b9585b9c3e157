/** What the controller does where something goes wrong. */
import { describe, expect, test } from 'vitest';
import {
  condition,
  membersOf,
  podOf,
  sampleApp,
  sampleCluster,
  scale,
  statusOf,
  theCluster,
  at,
} from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

describe('what goes wrong', () => {
  test('a failing configure run is a config error with its output, and deleting the pod tries again', async () => {
    world.clusters.direct.create(sampleCluster());
    const isHead = /head/;
    world.pods.onChange(({ object, old }) => {
      if (old === undefined && object !== undefined && isHead.test(object.metadata.name)) {
        world.guest.configureExit.set(object.metadata.name, 3);
      }
    });
    await world.settle();
    const [head] = membersOf(world, 'head');
    expect(head).toMatchObject({
      state: 'config error',
      stateDetail: { startScriptStdoutMessage: 'out', startScriptStderrMessage: 'err' },
    });
    expect(head?.stateDetail.configErrorDetail).toContain('exit status 3');
    expect(statusOf(world)).toMatchObject({ state: 'configured', memberStateRollup: { configErrors: true } });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'ConfigError' });
    expect(condition(world, 'Degraded')?.status).toBe('True');

    const pod = podOf(world, 'head');
    world.pods.direct.remove(at(pod));
    world.guest.configureExit.clear();
    const end = world.pods.onChange(() => world.guest.configureExit.clear());
    await world.settle();
    end();
    expect(membersOf(world, 'head')[0]).toMatchObject({ state: 'configured' });
    expect(membersOf(world, 'head')[0]?.stateDetail).not.toHaveProperty('configErrorDetail');
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  test('a container that was replaced is set up anew without being announced', async () => {
    await configured();
    const pod = podOf(world, 'work');
    const told = world.guest.notified(podOf(world, 'head')).length;
    world.guest.runs.length = 0;
    world.nodes.restart('default', pod);
    await world.settle();
    expect(world.guest.runs.filter((run) => run.pod === pod).map(({ step }) => step)).toContain('kd-setup');
    expect(world.guest.notified(podOf(world, 'head'))).toHaveLength(0);
    expect(told).toBeGreaterThanOrEqual(0);
    expect(membersOf(world, 'work')[0]?.state).toBe('configured');
  });

  test('with persistent storage a finished configure run is not repeated', async () => {
    world.pods.onChange(({ object }) => {
      if (object !== undefined) world.guest.persistent.add(object.metadata.name);
    });
    await configured();
    const pod = podOf(world, 'head');
    world.guest.runs.length = 0;
    world.nodes.restart('default', pod);
    await world.settle();
    const steps = world.guest.runs.filter((run) => run.pod === pod).map(({ step }) => step);
    expect(steps).toEqual(['kd-setup']);
    expect(membersOf(world, 'head')[0]?.state).toBe('configured');
  });

  test('a deleted Service, StatefulSet or pod comes back under its name', async () => {
    await configured();
    const pod = podOf(world, 'work');
    const set = pod.slice(0, -2);
    world.services.direct.remove(at(pod));
    world.services.direct.remove(at(statusOf(world).clusterService ?? ''));
    world.statefulSets.direct.remove(at(set));
    await world.settle();
    expect(world.services.get('default', pod)).toBeDefined();
    expect(world.services.get('default', statusOf(world).clusterService ?? '')).toBeDefined();
    expect(world.statefulSets.get('default', set)).toBeDefined();
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['configured', 'configured']);
    expect(world.statefulSets.list()).toHaveLength(3);
  });

  test('a removed ownerReference and changed fields are repaired', async () => {
    await configured();
    const pod = podOf(world, 'work');
    const set = pod.slice(0, -2);
    world.statefulSets.direct.change(at(set), (object) => {
      delete object.metadata.ownerReferences;
      object.spec.replicas = 7;
      const [container] = object.spec.template.spec?.containers ?? [];
      if (container !== undefined) container.image = 'evil';
    });
    world.services.direct.change(at(pod), (service) => {
      service.spec = { ...service.spec, selector: {} };
    });
    await world.settle();
    const repaired = world.statefulSets.get('default', set);
    expect(repaired?.metadata.ownerReferences?.[0]?.uid).toBe(theCluster(world).metadata.uid);
    expect(repaired?.spec.replicas).toBe(2);
    expect(repaired?.spec.template.spec?.containers[0]?.image).toBe('kd.test/app:1');
    expect(world.services.get('default', pod)?.spec?.selector).toEqual({ 'statefulset.kubernetes.io/pod-name': pod });
  });

  test('an unschedulable member is shown as such, and can be removed again', async () => {
    await configured();
    const set = podOf(world, 'work').slice(0, -2);
    world.nodes.unschedulable.add(`${set}-2`);
    scale(world, 'work', 3);
    await world.settle();
    expect(membersOf(world, 'work')[2]).toMatchObject({
      state: 'create pending',
      stateDetail: { lastKnownContainerState: 'absent', schedulingErrorMessage: '0/2 nodes' },
    });
    expect(statusOf(world)).toMatchObject({
      state: 'updating',
      memberStateRollup: { membersNotScheduled: true, membersWaiting: true, membershipChanging: true },
    });
    scale(world, 'work', 2);
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });

  test('a missing app is reported, and used when it appears', async () => {
    world.apps.direct.remove(at('golden'));
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'AppNotFound' });
    world.apps.direct.create(sampleApp());
    await world.settle();
    expect(statusOf(world).state).toBe('configured');
  });
});
