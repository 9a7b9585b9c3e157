import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { at, membersOf, podOf, sampleApp, sampleCluster, statusOf } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

const key = 'kubedirector.hpe.com/kd-auth-token';
let world: World;

beforeEach(() => {
  world = createWorld();
  world.apps.direct.create(sampleApp());
});
afterEach(() => world.stop());

const annotations = () => world.services.get('default', podOf(world, 'head'))?.metadata.annotations;

describe("a service's token", () => {
  test('is in the annotation of its member’s Service', async () => {
    world.start();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const token = membersOf(world, 'head')[0]?.authToken;
    expect(token).toMatch(/^\d{32}$/);
    expect(annotations()?.[key]).toBe(token);
  });

  test('is in no Service if Services must not show it, but still in the status and in containers', async () => {
    world.start({ serviceAuthTokenAnnotation: false });
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const token = membersOf(world, 'head')[0]?.authToken ?? '';
    expect(token).toMatch(/^\d{32}$/);
    expect(JSON.stringify(world.services.list())).not.toContain(token);
    expect(JSON.stringify(world.guest.document(podOf(world, 'head')))).toContain(token);
  });

  test('is removed from Services that show it, and comes back unchanged', async () => {
    world.start();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const token = membersOf(world, 'head')[0]?.authToken;
    await world.stop();
    world.start({ serviceAuthTokenAnnotation: false });
    await world.settle();
    expect(annotations()).not.toHaveProperty([key]);
    expect(annotations()).toMatchObject({ note: 'hello' });
    expect(statusOf(world).state).toBe('configured');
    await world.stop();
    world.start();
    await world.settle();
    expect(annotations()?.[key]).toBe(token);
  });

  test('is not changed by what a user wrote into the annotation', async () => {
    world.start({ serviceAuthTokenAnnotation: false });
    world.clusters.direct.create(
      sampleCluster(({ spec }) => {
        for (const role of spec.roles) role.serviceAnnotations = { [key]: 'mine' };
      }),
    );
    await world.settle();
    expect(annotations()?.[key]).toBe('mine');
    const writes: string[] = [];
    world.gates.check = (verb, resource) => void writes.push(`${verb} ${resource}`);
    world.services.direct.change(
      at(podOf(world, 'head')),
      (service) => (service.metadata.labels = { ...service.metadata.labels, other: 'x' }),
    );
    await world.settle();
    expect(writes).toEqual([]);
  });
});
