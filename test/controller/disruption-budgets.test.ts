/** The PodDisruptionBudgets of roles. See docs/adr/0048-health-and-disruption-budgets.md. */
import { describe, expect, test } from 'vitest';
import { labelSelectorFrom } from '../../src/meta/labels.ts';
import { at, membersOf, podOf, sample, statusOf, theCluster } from './support/samples.ts';
import { afterEvictions, change, envs, ordinals, podsOf, setEnv, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const nameOf = (role = 'work'): string => statusOf(world).roles?.find(({ id }) => id === role)?.statefulSet ?? '';
const budget = (role = 'work') => world.podDisruptionBudgets.get('default', nameOf(role));
const names = () => world.podDisruptionBudgets.list().map(({ metadata }) => metadata.name);

/** Pods of the role that Kubernetes protects. */
function protectedPods(role = 'work'): number[] {
  const selector = labelSelectorFrom(budget(role)?.spec?.selector ?? {});
  return membersOf(world, role).flatMap(({ pod }, ordinal) =>
    selector.matches(world.pods.get('default', pod)?.metadata.labels ?? {}) ? [ordinal] : [],
  );
}

const usersBudget = (name: string, role: string) => ({
  ...{ apiVersion: 'policy/v1' as const, kind: 'PodDisruptionBudget' as const },
  metadata: { name, namespace: 'default' },
  spec: { minAvailable: 1, selector: { matchLabels: { 'kubedirector.hpe.com/role': role } } },
});

describe('the PodDisruptionBudget of a role', () => {
  test('lets one member go at a time, and is the cluster’s', async () => {
    await workers(5);
    expect(names().toSorted()).toEqual(['head', 'bare', 'work'].map(nameOf).toSorted());
    expect(budget()).toMatchObject({
      metadata: {
        labels: { 'kubedirector.hpe.com/kdcluster': 'sample', 'kubedirector.hpe.com/role': 'work' },
        ownerReferences: [{ kind: 'KubeDirectorCluster', uid: theCluster(world).metadata.uid, controller: true }],
      },
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
    expect(protectedPods()).toEqual([0, 1, 2, 3, 4]);
  });

  test('lets as many go as updateStrategy says, or as the role says in either word', async () => {
    await workers(5, (spec) => (spec.updateStrategy = { maxUnavailable: '40%' }));
    const amounts = (): unknown[] => [budget()?.spec?.maxUnavailable, budget()?.spec?.minAvailable];
    expect(amounts()).toEqual(['40%', undefined]);
    change((role) => (role.updateStrategy = { maxUnavailable: 2 }));
    await world.settle();
    expect(amounts()).toEqual([2, undefined]);
    change((role) => (role.podDisruptionBudget = { minAvailable: '80%' }));
    await world.settle();
    expect(amounts()).toEqual([undefined, '80%']);
    change((role) => (role.podDisruptionBudget = { maxUnavailable: 0 }));
    await world.settle();
    expect(amounts()).toEqual([0, undefined]);
    expect(world.evicted).toEqual([]);
  });

  test('is repaired where somebody has changed or deleted it, and costs no write at rest', async () => {
    await workers(2);
    const name = nameOf();
    world.podDisruptionBudgets.direct.change(at(name), (object) => {
      object.spec = { minAvailable: 0, selector: {} };
      delete object.metadata.labels;
    });
    await world.settle();
    expect(budget()?.spec).toMatchObject({ maxUnavailable: 1 });
    expect(budget()?.spec).not.toHaveProperty('minAvailable');
    expect(protectedPods()).toEqual([0, 1]);
    world.podDisruptionBudgets.direct.change(at(name), ({ spec }) => {
      Object.assign(spec?.selector?.matchLabels ?? {}, { other: 'pods' });
    });
    await world.settle();
    expect(protectedPods()).toEqual([0, 1]);
    world.podDisruptionBudgets.direct.remove(at(name));
    await world.settle();
    expect(protectedPods()).toEqual([0, 1]);
    const version = budget()?.metadata.resourceVersion;
    world.pods.direct.change(at(podOf(world, 'work')), ({ metadata }) => (metadata.annotations = { by: 'somebody' }));
    await world.settle();
    expect(budget()?.metadata.resourceVersion).toBe(version);
  });

  test('does not protect a member that is being set up, although its pod runs', async () => {
    await workers(3);
    const pod = podOf(world, 'work', 1);
    world.guest.configureExit.set(pod, 'running');
    world.nodes.restart('default', pod);
    await world.settle(5_000);
    expect(protectedPods()).toEqual([0, 2]);
    world.guest.configureExit.delete(pod);
    await world.settle();
    expect(protectedPods()).toEqual([0, 1, 2]);
  });

  test('does not protect a member whose set-up has failed: it never blocks a drain', async () => {
    await workers(3);
    const pod = podOf(world, 'work', 2);
    world.guest.configureExit.set(pod, 1);
    world.nodes.restart('default', pod);
    await world.settle();
    expect(membersOf(world, 'work')[2]?.state).toBe('config error');
    expect(protectedPods()).toEqual([0, 1]);
  });

  test('goes with its role, while the cluster is stopped, and with the cluster', async () => {
    await workers(2);
    const [head, bare] = ['head', 'bare'].map(nameOf);
    world.clusters.direct.change(sample, ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.members = 0;
    });
    await world.settle();
    expect(names().toSorted()).toEqual([head, bare].toSorted());
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await world.settle();
    expect(names()).toEqual([]);
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false));
    await world.settle();
    expect(names().toSorted()).toEqual([head, bare].toSorted());
    world.clusters.direct.remove(sample);
    await world.settle();
    expect([names(), world.clusters.list()]).toEqual([[], []]);
  });

  test('gives way to one of a user that selects its pods, and comes back after it', async () => {
    await workers(2);
    const ours = nameOf();
    world.podDisruptionBudgets.direct.create(usersBudget('mine', 'work'));
    await world.settle();
    expect(names()).not.toContain(ours);
    expect(names()).toContain('mine');
    expect(world.events.map(({ message }) => message)).toContain(
      'poddisruptionbudget{mine} replaces that of role{work}',
    );
    world.podDisruptionBudgets.direct.remove(at('mine'));
    await world.settle();
    expect(names()).toContain(ours);
  });

  test('is left alone in a paused cluster', async () => {
    await workers(2);
    world.clusters.direct.change(sample, ({ metadata }) => {
      metadata.annotations = { 'kubedirector.hpe.com/paused': 'true' };
    });
    await world.settle();
    world.podDisruptionBudgets.direct.change(at(nameOf()), (object) => (object.spec = { maxUnavailable: 2 }));
    await world.settle();
    expect(budget()?.spec).toEqual({ maxUnavailable: 2 });
  });
});

describe('an update', () => {
  test('goes on with each member as soon as Kubernetes knows the budget, and is never refused by it', async () => {
    await workers(4);
    const asked: (boolean | undefined)[] = [];
    const { pods } = world.native;
    const evict = pods.evict.bind(pods);
    world.native.pods.evict = (pod) => {
      const { metadata, status } = budget() ?? {};
      asked.push(status?.observedGeneration === metadata?.generation && protectedPods().length === 4);
      return evict(pod);
    };
    change(setEnv('new'));
    await world.settle();
    expect(envs()).toEqual(['new', 'new', 'new', 'new']);
    expect(ordinals()).toEqual([3, 2, 1, 0]);
    expect(asked).toEqual([true, true, true, true]);
  });

  test('changes no budget’s number of members, and restarts nobody for a changed budget', async () => {
    await workers(3);
    const uids = podsOf().map((pod) => world.pods.get('default', pod)?.metadata.uid);
    change((role) => (role.podDisruptionBudget = { minAvailable: 2 }));
    await world.settle();
    expect(podsOf().map((pod) => world.pods.get('default', pod)?.metadata.uid)).toEqual(uids);
    change(setEnv('new'));
    await afterEvictions(1);
    expect(budget()?.spec?.minAvailable).toBe(2);
    await world.settle();
    expect(envs()).toEqual(['new', 'new', 'new']);
  });
});
