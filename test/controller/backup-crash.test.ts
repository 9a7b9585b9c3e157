/** A controller that is killed after any number of writes amid a backup, a restoration or the end of one. */
import { describe, expect, test } from 'vitest';
import type { KubeDirectorBackup, KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import { at, sampleApp, sampleCluster } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

class Dead extends Error {}

/** After this many writes every further one fails, until `revive`. */
function dieAfter(world: World, writes: number): { died: () => boolean; revive: () => void } {
  let left = writes;
  let died = false;
  world.gates.check = () => {
    died ||= left === 0;
    if (left === 0) throw new Dead('killed');
    left -= 1;
  };
  return { died: () => died, revive: () => void (world.gates.check = () => undefined) };
}

const backup = (name: string, spec: object = {}): KubeDirectorBackup => ({
  ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorBackup' },
  metadata: { name, namespace: 'default' },
  spec: { cluster: 'sample', ...spec },
});

function withVolumes({ spec }: KubeDirectorCluster): void {
  for (const role of spec.roles) role.storage ??= { size: '1Gi', storageClassName: 'standard' };
}

async function applied(world: World): Promise<void> {
  const app = sampleApp();
  for (const role of app.spec.roles) {
    if (role.configPackage !== null) role.eventList = ['configure', 'addnodes', 'delnodes', 'backup', 'restore'];
  }
  world.apps.direct.create(app);
  world.clusters.direct.create(sampleCluster(withVolumes));
  world.start();
  await world.settle();
}

async function backedUp(world: World): Promise<void> {
  await applied(world);
  world.backups.direct.create(backup('first'));
  await world.settle();
}

function copy(world: World): void {
  world.clusters.direct.create(
    sampleCluster((one) => {
      withVolumes(one);
      one.metadata = { name: 'copy', namespace: 'default', uid: 'uid-of-copy' };
      one.spec.restoreFrom = { backup: 'first' };
    }),
  );
}

interface Scenario {
  readonly name: string;
  prepare(world: World): Promise<void>;
  change(world: World): void;
  /** How long the controller that dies has at most, in milliseconds; 3000 where absent. */
  readonly withinMs?: number;
}

const scenarios: readonly Scenario[] = [
  { name: 'making a backup', prepare: applied, change: (world) => world.backups.direct.create(backup('first')) },
  {
    name: 'making a backup that fails',
    prepare: applied,
    change: (world) => {
      world.snapshots.driver = 'refused';
      world.backups.direct.create(backup('first', { freezeTimeoutSeconds: 20 }));
    },
  },
  { name: 'deleting a backup', prepare: backedUp, change: (world) => world.backups.direct.remove(at('first')) },
  { name: 'making a cluster of a backup', prepare: backedUp, change: copy },
  {
    name: 'making a cluster of a backup that is deleted',
    prepare: backedUp,
    change: (world) => {
      copy(world);
      world.backups.direct.remove(at('first'));
    },
  },
  {
    name: 'following a schedule',
    withinMs: 70_000,
    prepare: applied,
    change: (world) => world.backups.direct.create(backup('often', { schedule: '5 3 * * *' })),
  },
];

/** The end of it, without names and ids; and what must be so at any end. */
function summary(world: World): object {
  const told = new Map<string, string>();
  for (const { pod, step, args } of world.guest.runs) {
    if (step === 'kd-notify' && args.includes('--backup')) told.set(pod, args.at(-1) ?? '');
  }
  expect([...told.values()].filter((word) => word !== 'end')).toEqual([]);
  const members = world.clusters.list().flatMap(({ status }) => status?.roles?.flatMap((role) => role.members) ?? []);
  expect(members.flatMap(({ stateDetail }) => stateDetail.backup ?? [])).toEqual([]);
  return {
    backups: world.backups.list().map(({ status }) => [status?.phase, status?.reason, status?.members?.length]),
    snapshots: world.snapshots.resource.list().map(({ spec }) => spec.source.persistentVolumeClaimName?.slice(0, 13)),
    clusters: world.clusters
      .list()
      .map(({ status }) => [
        status?.state,
        status?.conditions?.find(({ type }) => type === 'Restored')?.reason,
        status?.restoredFrom?.backup,
      ]),
    claims: world.claims.list().map(({ spec }) => spec?.dataSource?.name !== undefined),
    restored: world.pods
      .list()
      .map(
        ({ metadata }) => world.guest.notified(metadata.name).filter((args) => args.startsWith('--restore')).length > 0,
      ),
  };
}

async function run(scenario: Scenario, writes: number): Promise<{ world: World; died: boolean }> {
  const world = createWorld();
  await scenario.prepare(world);
  await world.stop();
  const death = dieAfter(world, writes);
  scenario.change(world);
  world.start();
  await world.settle(scenario.withinMs ?? 3_000);
  await world.stop();
  death.revive();
  world.start();
  await world.settle(120_000);
  await world.stop();
  return { world, died: death.died() };
}

describe.each(scenarios)('a controller killed while $name', (scenario) => {
  test('after any of its writes is followed by one that reaches the same end, with nobody frozen', async () => {
    const wanted = summary((await run(scenario, Number.POSITIVE_INFINITY)).world);
    let killed = 0;
    for (let writes = 0; ; writes++) {
      const { world, died } = await run(scenario, writes);
      expect(summary(world), `killed after ${writes} writes`).toEqual(wanted);
      if (!died) break;
      killed += 1;
    }
    expect(killed).toBeGreaterThan(1);
  });
});
