/** Updates that fail and are taken back by the controller (updateStrategy.autoRevert). */
import { describe, expect, test } from 'vitest';
import type { ClusterRole, ClusterSpec } from '../../src/apis/kubedirector/types.ts';
import { condition, membersOf, podOf, sample, statusOf, theCluster } from './support/samples.ts';
import { change, editSpec, envs, ordinals, roleStatus, setEnv, told, uids, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';
import { editApp, images, nextApp, statuses, upgradeInfo } from './support/upgrading.ts';

eachInItsWorld();

const autoReverting = (members: number, more: (spec: ClusterSpec) => void = () => undefined): Promise<void> =>
  workers(members, (spec) => {
    spec.updateStrategy = { autoRevert: true };
    more(spec);
  });
const env = (id = 'work') => theCluster(world).spec.roles.find((role) => role.id === id)?.env;
const reverted = () => condition(world, 'UpdateReverted');
const degraded = () => condition(world, 'Degraded')?.message;
/** The setup of this member fails as long as its container has the variable A with this value. */
function failsWith(value: string, ordinal: number): void {
  const pod = podOf(world, 'work', ordinal);
  world.guest.configureExit.get = (name) => {
    const { env: variables = [] } = world.pods.get('default', name)?.spec?.containers[0] ?? {};
    return name === pod && variables.some((one) => one.value === value) ? 3 : undefined;
  };
}
const writes = () => world.clusters.list()[0]?.metadata.generation ?? 0;

describe('a change that a member does not work with', () => {
  test('is taken back once, and members that never moved stay', async () => {
    await autoReverting(4);
    const before = uids();
    failsWith('b', 2);
    change(setEnv('b'));
    await world.settle();
    expect(env()).toBe(undefined);
    expect(envs()).toEqual([undefined, undefined, undefined, undefined]);
    expect(ordinals()).toEqual([3, 2, 2, 3]);
    expect(uids().slice(0, 2)).toEqual(before.slice(0, 2));
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
    expect(statusOf(world).beforeUpdate).toBe(undefined);
    expect(reverted()).toMatchObject({ status: 'True', reason: 'UpdateFailed' });
    expect(reverted()?.message).toContain(podOf(world, 'work', 2));
    expect(reverted()?.message).toContain('spec.roles[1].env');
    const said = world.events.filter(({ message }) => message.includes('autoRevert has put back'));
    expect(said).toHaveLength(1);
    expect(said[0]?.type).toBe('Warning');
  });

  test('stays where autoRevert is not set', async () => {
    await workers(2);
    failsWith('b', 1);
    change(setEnv('b'));
    await world.settle();
    expect(env()).toEqual([{ name: 'A', value: 'b' }]);
    expect(statusOf(world).beforeUpdate).toBe(undefined);
    expect(told()).toEqual(['False', 'UpdateFailed', 'True', 'UpdateFailed']);
    expect(degraded()).not.toContain('autoRevert');
  });

  test('is taken back where the same edit sets autoRevert, and the role has it for itself', async () => {
    await workers(2);
    failsWith('b', 1);
    change((role) => {
      role.updateStrategy = { autoRevert: true };
      setEnv('b')(role);
    });
    await world.settle();
    expect(envs()).toEqual([undefined, undefined]);
    expect(theCluster(world).spec.roles[1]?.updateStrategy).toEqual({ autoRevert: true });
    change((role) => {
      role.updateStrategy = { autoRevert: false };
      setEnv('b')(role);
    });
    await world.settle();
    expect(env()).toEqual([{ name: 'A', value: 'b' }]);
  });

  test('is not taken back a second time, whoever makes it again', async () => {
    await autoReverting(2);
    failsWith('b', 1);
    change(setEnv('b'));
    await world.settle();
    expect(env()).toBe(undefined);
    change(setEnv('b'));
    await world.settle();
    const generation = writes();
    expect(env()).toEqual([{ name: 'A', value: 'b' }]);
    expect(degraded()).toContain('autoRevert has taken this very change back before, and does not do it again');
    await world.settle(3_600_000);
    expect(writes()).toBe(generation);
    failsWith('c', 1);
    change(setEnv('c'));
    await world.settle();
    // What it began with before both.
    expect(env()).toBe(undefined);
    failsWith('', 1);
    change(setEnv('d'));
    await world.settle();
    expect(envs()).toEqual(['d', 'd']);
    expect([reverted(), statusOf(world).autoRevert]).toEqual([undefined, undefined]);
  });

  test('keeps what was changed besides: members, labels, strategies', async () => {
    await autoReverting(3);
    failsWith('b', 2);
    change((role, spec) => {
      setEnv('b')(role);
      role.members = 4;
      role.podLabels = { more: 'yes' };
      spec.updateStrategy = { autoRevert: true, maxUnavailable: 2 };
    });
    await world.settle();
    expect(theCluster(world).spec.roles[1]).toMatchObject({ members: 4, podLabels: { more: 'yes' } });
    expect(envs()).toEqual(Array(4).fill(undefined));
    expect(theCluster(world).spec.updateStrategy?.maxUnavailable).toBe(2);
  });

  test('goes back in all roles that the update changed', async () => {
    await autoReverting(2);
    failsWith('b', 1);
    const roles = ['head', 'work', 'bare'];
    const before = roles.map(env);
    editSpec((spec) => spec.roles.forEach(setEnv('b')));
    await world.settle();
    expect(roles.map(env)).toEqual(before);
    expect(envs('head')).toEqual([undefined]);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('that may end by itself has a minute for it', async () => {
    await autoReverting(2);
    const last = podOf(world, 'work', 1);
    const old = world.pods.get('default', last)?.metadata.uid;
    world.nodes.unschedulable.has = (name) => name === last && world.pods.get('default', name)?.metadata.uid !== old;
    change(setEnv('b'));
    await world.settle(50_000);
    expect(env()).toEqual([{ name: 'A', value: 'b' }]);
    expect(degraded()).toMatch(/autoRevert puts back spec\.roles\[1\]\.env at \S+Z, unless it works before/);
    await world.settle(60_000);
    expect(env()).toBe(undefined);
  });

  test('waits while the update is paused, and goes on as the user wants then', async () => {
    await autoReverting(2);
    failsWith('b', 1);
    change((role, spec) => {
      setEnv('b')(role);
      spec.updateStrategy = { autoRevert: true };
    });
    await pausedAtFailure();
    expect(env()).toEqual([{ name: 'A', value: 'b' }]);
    change((_role, spec) => (spec.updateStrategy = { autoRevert: true }));
    await world.settle();
    expect(env()).toBe(undefined);
  });
});

/** Pauses the update as soon as a member goes. */
async function pausedAtFailure(): Promise<void> {
  while (world.evicted.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    world.nodes.step();
  }
  change((_role, spec) => (spec.updateStrategy = { autoRevert: true, paused: true }));
  await world.settle();
}

describe('a user who edits meanwhile', () => {
  test('wins: what they write is tried, and taken back to the same beginning if it fails', async () => {
    await autoReverting(2);
    failsWith('b', 1);
    let isTried = false;
    world.gates.check = (verb, resource) => {
      if (isTried || verb !== 'patch' || resource !== 'kubedirectorclusters') return;
      if (statusOf(world).autoRevert?.fields === undefined) return;
      isTried = true;
      change(setEnv('c'));
    };
    change(setEnv('b'));
    await world.settle();
    expect(isTried).toBe(true);
    expect(envs()).toEqual(['c', 'c']);
    expect(reverted()).toBe(undefined);
  });

  test('of something else does not keep the update from being taken back', async () => {
    await autoReverting(2);
    failsWith('b', 1);
    let isTried = false;
    world.gates.check = (verb, resource) => {
      if (isTried || verb !== 'patch' || resource !== 'kubedirectorclusters') return;
      if (statusOf(world).autoRevert?.fields === undefined) return;
      isTried = true;
      change((role) => (role.podLabels = { more: 'yes' }));
    };
    change(setEnv('b'));
    await world.settle();
    expect(envs()).toEqual([undefined, undefined]);
    expect(theCluster(world).spec.roles[1]?.podLabels).toEqual({ more: 'yes' });
    expect(reverted()?.status).toBe('True');
  });
});

test('a controller that is killed before and after the write goes on', async () => {
  await autoReverting(2);
  failsWith('b', 1);
  for (const kills of [1, 2]) {
    let left = kills;
    world.gates.check = (verb, resource) => {
      if (left === 0 || verb !== 'patch' || resource !== 'kubedirectorclusters') return;
      if (statusOf(world).autoRevert?.fields === undefined) return;
      left -= 1;
      throw new Error('killed');
    };
    change(setEnv(kills === 1 ? 'b' : 'c'));
    failsWith(kills === 1 ? 'b' : 'c', 1);
    await world.settle(1_000);
    await world.stop();
    world.start();
    await world.settle();
    expect(envs()).toEqual([undefined, undefined]);
    expect(reverted()?.status).toBe('True');
  }
});

describe('an upgrade that fails', () => {
  const failing = (): void => {
    nextApp((app) => {
      for (const role of app.spec.roles) if (role.id === 'work') role.imageRepoTag = 'kd.test/none';
    });
    world.nodes.missingImages.add('kd.test/none');
  };

  test('goes back to the app of before, with the changed fields of the roles', async () => {
    await autoReverting(2);
    failing();
    const edit = (): void => {
      editSpec((spec) => {
        spec.app = 'golden-2';
        spec.roles.forEach((role: ClusterRole) => role.id === 'work' && setEnv('b')(role));
      });
    };
    edit();
    await world.settle(120_000);
    expect(theCluster(world).spec.app).toBe('golden');
    expect([images(), envs()]).toEqual([
      ['kd.test/app:1', 'kd.test/app:1'],
      [undefined, undefined],
    ]);
    expect([upgradeInfo(), statuses()]).toEqual([undefined, [undefined, undefined]]);
    expect(condition(world, 'Upgrading')).toMatchObject({ status: 'False', reason: 'Reverted' });
    expect(reverted()?.message).toContain('spec.app, spec.roles[1].env');
    edit();
    await world.settle(120_000);
    expect(theCluster(world).spec.app).toBe('golden-2');
  });

  test('stays where it is an app that was edited in place, and says so', async () => {
    await autoReverting(2);
    world.nodes.missingImages.add('kd.test/none');
    editApp('golden', ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.imageRepoTag = 'kd.test/none';
    });
    await world.settle(120_000);
    expect(told()).toEqual(['False', 'UpdateFailed', 'True', 'UpdateFailed']);
    expect(degraded()).toContain(
      "autoRevert has nothing to put back: app golden was edited in place, and is not the cluster's",
    );
    expect(roleStatus()).toMatchObject({ updatedReplicas: 1 });
    expect(membersOf(world, 'work')).toHaveLength(2);
    expect(world.clusters.get('default', sample.name)?.metadata.generation).toBe(1);
  });
});
