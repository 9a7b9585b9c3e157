/** A controller that is killed after any number of writes: the next one reaches the same result as an undisturbed one. */
import { describe, expect, test } from 'vitest';
import { withBeforeUpdate } from '../../src/apis/kubedirector/before-update.ts';
import { at, podOf, sample, sampleApp, sampleCluster, scale, statusOf } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

class Dead extends Error {}

/** After this many writes every further one fails, until `revive`. */
function dieAfter(world: World, writes: number): { died: () => boolean; revive: () => void } {
  let left = writes;
  let died = false;
  world.gates.check = () => {
    if (left === 0) {
      died = true;
      throw new Dead('killed');
    }
    left -= 1;
  };
  return {
    died: () => died,
    revive: () => {
      world.gates.check = () => undefined;
    },
  };
}

/** The objects at the end, without names and ids. */
function summary(world: World): object {
  const status = world.clusters.list().length === 0 ? undefined : statusOf(world);
  return {
    objects: {
      statefulSets: world.statefulSets.list().length,
      services: world.services.list().length,
      pods: world.pods.list().length,
      budgets: world.podDisruptionBudgets
        .list()
        .map(({ spec }) => [spec?.maxUnavailable, spec?.selector?.matchExpressions]),
      claims: world.claims
        .list()
        .map(({ metadata, spec }) => [
          metadata.ownerReferences?.[0]?.kind,
          metadata.annotations?.['kubedirector.hpe.com/retained'] !== undefined,
          spec?.resources?.requests?.['storage'],
        ]),
    },
    updated: status?.roles?.map(({ id, updatedReplicas, readyReplicas }) => [id, updatedReplicas, readyReplicas]),
    env: world.pods.list().map(({ spec }) => spec?.containers[0]?.env?.find(({ name }) => name === 'A')?.value),
    devices: world.pods.list().map(({ spec }) => spec?.containers[0]?.volumeDevices?.length),
    images: world.pods.list().map(({ spec }) => spec?.containers[0]?.image),
    upgrade: [status?.app, status?.upgradeInfo, status?.conditions?.find(({ type }) => type === 'Upgrading')?.reason],
    state: status?.state,
    reverted: [status?.autoRevert?.fields, status?.beforeUpdate],
    rollup: status?.memberStateRollup,
    members: status?.roles?.map(({ id, members }) => [id, members.map(({ state, nodeID }) => [state, nodeID])]),
    documents: status?.roles?.flatMap(({ members }) =>
      members.map(({ pod }) => {
        const text = JSON.stringify(world.guest.document(pod));
        return members.every((other) => text.includes(`${other.pod}.`));
      }),
    ),
    ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  };
}

interface Scenario {
  readonly name: string;
  /** Before the controller that dies. */
  prepare(world: World): void | Promise<void>;
  /** What that controller is to react to. */
  change(world: World): void;
}

const applied = async (world: World): Promise<void> => {
  world.clusters.direct.create(sampleCluster());
  world.start();
  await world.settle();
  await world.stop();
};

/** Another app of the same kind, with other images and packages. */
function nextApp(world: World): void {
  const app = sampleApp();
  for (const role of app.spec.roles) {
    role.imageRepoTag = 'kd.test/app:2';
    role.configPackage = { packageURL: 'file:///opt/configscripts/next.tgz', useNewSetupLayout: true };
  }
  world.apps.direct.create({ ...app, metadata: { name: 'golden-2', namespace: 'default', uid: 'uid of golden-2' } });
}

/** All claims stay from now on. */
function keep(world: World): void {
  world.clusters.direct.change(sample, ({ spec }) => {
    spec.persistentVolumeClaimRetentionPolicy = { whenScaled: 'Retain', whenDeleted: 'Retain' };
  });
}

const scenarios: readonly Scenario[] = [
  {
    name: 'creating a cluster',
    prepare: () => undefined,
    change: (world) => world.clusters.direct.create(sampleCluster()),
  },
  { name: 'growing a role', prepare: applied, change: (world) => scale(world, 'work', 4) },
  { name: 'shrinking a role', prepare: applied, change: (world) => scale(world, 'work', 1) },
  {
    name: 'taking back an update that has failed',
    prepare: applied,
    change(world) {
      const pod = podOf(world, 'work', 1);
      const has = (name: string) => world.pods.get('default', name)?.spec?.containers[0]?.env?.at(0)?.value === 'b';
      world.guest.configureExit.get = (name) => (name === pod && has(name) ? 3 : undefined);
      world.clusters.direct.change(sample, (cluster) => {
        const old = structuredClone(cluster);
        cluster.spec.updateStrategy = { autoRevert: true };
        for (const role of cluster.spec.roles) if (role.id === 'work') role.env = [{ name: 'A', value: 'b' }];
        Object.assign(cluster, withBeforeUpdate(cluster, old));
      });
    },
  },
  {
    name: 'giving the members of a role a device',
    prepare: applied,
    change: (world) =>
      world.clusters.direct.change(sample, ({ spec }) => {
        const blockStorage = { numDevices: 1, pathPrefix: '/dev/x', storageClassName: 'fast' };
        for (const role of spec.roles) if (role.id === 'work') Object.assign(role, { blockStorage });
      }),
  },
  {
    name: 'updating the members of a role',
    prepare: applied,
    change: (world) =>
      world.clusters.direct.change(sample, ({ spec }) => {
        for (const role of spec.roles) if (role.id === 'work') role.env = [{ name: 'A', value: 'b' }];
      }),
  },
  {
    name: 'upgrading to another app',
    prepare: async (world) => {
      await applied(world);
      nextApp(world);
    },
    change: (world) => world.clusters.direct.change(sample, ({ spec }) => (spec.app = 'golden-2')),
  },
  {
    name: 'going back to the app before',
    prepare: async (world) => {
      await applied(world);
      nextApp(world);
      const head = statusOf(world).roles?.find(({ id }) => id === 'work')?.members[1]?.pod ?? '';
      world.guest.configureExit.set(head, 3);
      world.clusters.direct.change(sample, ({ spec }) => (spec.app = 'golden-2'));
      world.start();
      await world.settle();
      await world.stop();
      world.guest.configureExit.clear();
    },
    change: (world) => world.clusters.direct.change(sample, ({ spec }) => (spec.app = 'golden')),
  },
  { name: 'removing a role', prepare: applied, change: (world) => scale(world, 'bare', 0) },
  {
    name: 'repairing what was deleted',
    prepare: applied,
    change: (world) => {
      for (const { metadata } of world.services.list()) world.services.direct.remove(at(metadata.name));
      for (const { metadata } of world.statefulSets.list()) world.statefulSets.direct.remove(at(metadata.name));
    },
  },
  {
    name: 'suspending',
    prepare: applied,
    change: (world) => world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true)),
  },
  {
    name: 'starting again',
    prepare: async (world) => {
      await applied(world);
      world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
      world.start();
      await world.settle();
      await world.stop();
    },
    change: (world) => world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false)),
  },
  {
    name: 'shrinking a role whose volumes stay',
    prepare: async (world) => {
      await applied(world);
      keep(world);
    },
    change: (world) => scale(world, 'head', 0),
  },
  {
    name: 'making volumes larger',
    prepare: async (world) => {
      await applied(world);
      for (const { metadata } of world.claims.list()) {
        world.claims.direct.change(at(metadata.name), (claim) => (claim.status = { phase: 'Bound' }));
      }
    },
    change: (world) =>
      world.clusters.direct.change(sample, ({ spec }) => {
        for (const { storage } of spec.roles) if (storage !== undefined) storage.size = '2Gi';
      }),
  },
  {
    name: 'deleting a cluster whose volumes stay',
    prepare: async (world) => {
      await applied(world);
      keep(world);
    },
    change: (world) => world.clusters.direct.remove(sample),
  },
  { name: 'deleting the cluster', prepare: applied, change: (world) => world.clusters.direct.remove(sample) },
];

async function run(scenario: Scenario, writes: number): Promise<{ world: World; died: boolean }> {
  const world = createWorld();
  world.apps.direct.create(sampleApp());
  await scenario.prepare(world);
  world.statefulSets.created.length = 0;
  world.services.created.length = 0;
  const death = dieAfter(world, writes);
  scenario.change(world);
  world.start();
  await world.settle(1_000);
  await world.stop();
  death.revive();
  world.start();
  await world.settle();
  await world.stop();
  return { world, died: death.died() };
}

describe.each(scenarios)('a controller killed while $name', (scenario) => {
  test('after any of its writes is followed by one that reaches the same state, with nothing made twice', async () => {
    const { world: undisturbed } = await run(scenario, Number.POSITIVE_INFINITY);
    const wanted = summary(undisturbed);
    const made = [undisturbed.statefulSets.created.length, undisturbed.services.created.length];
    let killed = 0;
    for (let writes = 0; ; writes++) {
      const { world, died } = await run(scenario, writes);
      expect(summary(world), `killed after ${writes} writes`).toEqual(wanted);
      expect([world.statefulSets.created.length, world.services.created.length]).toEqual(made);
      if (!died) break;
      killed += 1;
    }
    expect(killed).toBeGreaterThan(1);
  });
});
