/** The app of a cluster changes under its name, and what follows an upgrade. */
import { describe, expect, test } from 'vitest';
import { at, condition, membersOf, podOf } from './support/samples.ts';
import { afterEvictions, podsOf, roleStatus, uids } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';
import { callsOf, editApp, images, moveTo, nextApp, persistent, toldOf } from './support/upgrading.ts';

eachInItsWorld();

const upgrading = () => condition(world, 'Upgrading');

describe('an app that changes while a cluster uses it', () => {
  test('reaches the members as another app would', async () => {
    await persistent(2);
    editApp('golden', ({ spec }) => {
      for (const role of spec.roles) if (role.id === 'work') role.imageRepoTag = 'kd.test/app:1.1';
    });
    await world.settle();
    expect(images()).toEqual(['kd.test/app:1.1', 'kd.test/app:1.1']);
    expect(podsOf('work').map(callsOf)).toEqual([['--pod_upgraded'], ['--pod_upgraded']]);
    expect(callsOf(podOf(world, 'head'))).toEqual([]);
    expect(toldOf(podOf(world, 'head'))).toEqual(['--role_upgraded --role work', '--cluster_upgraded']);
    expect(upgrading()).toMatchObject({ status: 'False', reason: 'Upgraded' });
  });

  test('and is put back midway, has those go back that have moved', async () => {
    await persistent(3);
    const before = uids();
    world.guest.configureExit.clear();
    const image = (tag: string) => {
      editApp('golden', ({ spec }) => {
        for (const role of spec.roles) if (role.id === 'work') role.imageRepoTag = tag;
      });
    };
    image('kd.test/app:1.1');
    await afterEvictions(1);
    image('kd.test/app:1');
    await world.settle();
    expect(images()).toEqual(Array(3).fill('kd.test/app:1'));
    expect(uids().slice(0, 2)).toEqual(before.slice(0, 2));
    expect(upgrading()).toMatchObject({ status: 'False', reason: 'Reverted' });
  });

  test('in words only is told to packages, and restarts nobody', async () => {
    await persistent(2);
    const before = uids();
    editApp('golden', ({ spec }) => (spec.version = '1.3'));
    await world.settle();
    expect(uids()).toEqual(before);
    expect(JSON.stringify(world.guest.document(podOf(world, 'work')))).toContain('"catalog_entry_version":"1.3"');
    expect(upgrading()).toBe(undefined);
  });

  test('and gives a role its first port, gives its members Services', async () => {
    await persistent(1);
    editApp('golden', ({ spec }) => {
      for (const one of spec.config.roleServices) if (one.roleID === 'bare') one.serviceIDs = ['web'];
    });
    await world.settle();
    const [member] = membersOf(world, 'bare');
    expect(world.services.get('default', member?.service ?? '')?.spec?.ports?.[0]?.port).toBe(8080);
    expect(member?.authToken).toBeDefined();
  });

  test('and takes a role its last port, takes its members their Services, and gives them back later', async () => {
    await persistent(1);
    const service = membersOf(world, 'head')[0]?.service ?? '';
    expect(world.services.get('default', service)?.spec?.ports).not.toEqual([]);
    let endpoints: (object | undefined)[] = [];
    editApp('golden', ({ spec }) => {
      endpoints = (spec.services ?? []).map(({ endpoint }) => endpoint);
      for (const one of spec.services ?? []) delete one.endpoint;
    });
    await world.settle();
    expect(membersOf(world, 'head')[0]?.service).toBe('n/a');
    expect(world.services.get('default', service)).toBe(undefined);
    expect(world.services.list().filter(({ spec }) => spec?.ports?.length === 0)).toEqual([]);
    expect(condition(world, 'Degraded')?.status).toBe('False');
    editApp('golden', ({ spec }) => {
      for (const [index, one] of (spec.services ?? []).entries()) Object.assign(one, { endpoint: endpoints[index] });
    });
    await world.settle();
    expect(membersOf(world, 'head')[0]?.service).toBe(service);
    expect(world.services.get('default', service)?.spec?.ports).not.toEqual([]);
  });
});

describe('after an upgrade', () => {
  test('a StatefulSet that is made again finds its pods by the label of the new app', async () => {
    nextApp();
    await persistent(2);
    moveTo('golden-2');
    await world.settle();
    const before = uids();
    const name = roleStatus()?.statefulSet ?? '';
    const labels = () =>
      podsOf('work').map((pod) => world.pods.get('default', pod)?.metadata.labels?.['kubedirector.hpe.com/kdapp']);
    expect(labels()).toEqual(['golden', 'golden']);
    const { uid } = world.statefulSets.get('default', name)?.metadata ?? {};
    world.nodes.orphan(uid ?? '');
    world.statefulSets.direct.remove(at(name));
    await world.settle();
    expect(world.statefulSets.get('default', name)?.spec.selector.matchLabels).toMatchObject({
      'kubedirector.hpe.com/kdapp': 'golden-2',
    });
    expect([labels(), uids()]).toEqual([['golden-2', 'golden-2'], before]);
  });
});
