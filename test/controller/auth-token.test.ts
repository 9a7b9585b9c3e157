import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { at, membersOf, podOf, sample, sampleApp, sampleCluster, statusOf } from './support/samples.ts';
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

describe('authTokensRenewedAt', () => {
  const tokens = () => membersOf(world, 'head').map(({ authToken }) => authToken ?? '');
  const renew = (time: string) => world.clusters.direct.change(sample, ({ spec }) => (spec.authTokensRenewedAt = time));
  const inContainers = (text: string) =>
    ['head', 'work'].every((role) => JSON.stringify(world.guest.document(podOf(world, role)) ?? '').includes(text));
  const uids = () => world.pods.list().map(({ metadata }) => metadata.uid);

  test('gives members other tokens, which all members and Services have, and restarts nobody', async () => {
    world.start();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const [before = ''] = tokens();
    const pods = uids();
    expect(inContainers(before)).toBe(true);
    renew('2026-01-01T00:00:00Z');
    await world.settle();
    const [after = ''] = tokens();
    expect(after).toMatch(/^\d{32}$/);
    expect(after).not.toBe(before);
    expect([inContainers(after), inContainers(before), annotations()?.[key]]).toEqual([true, false, after]);
    expect(world.guest.notified(podOf(world, 'head'))).toContain('--reconnect');
    expect(uids()).toEqual(pods);
    await world.settle(3_600_000);
    expect(tokens()).toEqual([after]);
  });

  test('renews once where it changes twice within a second, also to what it was', async () => {
    world.start();
    world.clusters.direct.create(sampleCluster(({ spec }) => (spec.authTokensRenewedAt = '2026-01-01T00:00:00Z')));
    await world.settle();
    const [before = ''] = tokens();
    renew('2026-01-02T00:00:00Z');
    renew('2026-01-01T00:00:00Z');
    await world.settle();
    expect(tokens()).toEqual([before]);
    renew('2026-01-02T00:00:00Z');
    await world.stop();
    world.start();
    await world.settle();
    expect(tokens()).not.toEqual([before]);
    expect(annotations()?.[key]).toBe(tokens()[0]);
  });

  test('in a cluster that is stopped gives members other tokens, which they have after the start', async () => {
    world.start();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const [before = ''] = tokens();
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = true));
    await world.settle();
    renew('2026-01-01T00:00:00Z');
    await world.settle();
    world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = false));
    await world.settle();
    expect(tokens()).not.toEqual([before]);
    expect([inContainers(tokens()[0] ?? ''), statusOf(world).state]).toEqual([true, 'configured']);
  });

  test.each([0, 1, 2, 3, 4])('comes to its end after a crash behind write %i', async (writes) => {
    world.start();
    world.clusters.direct.create(sampleCluster());
    await world.settle();
    const [before = ''] = tokens();
    let left = writes;
    world.gates.check = () => {
      if (left === 0) throw new Error('crashed');
      left -= 1;
    };
    renew('2026-01-01T00:00:00Z');
    await world.settle(1_000);
    await world.stop();
    world.gates.check = () => undefined;
    world.start();
    await world.settle();
    const [after = ''] = tokens();
    expect(after).not.toBe(before);
    expect([inContainers(after), annotations()?.[key], statusOf(world).state]).toEqual([true, after, 'configured']);
  });
});

test('a member tells how often its container was restarted, and the cpu and memory that it has', async () => {
  world.start();
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  const head = podOf(world, 'head');
  expect(membersOf(world, 'head')[0]?.restarts).toBe(0);
  world.pods.direct.change(at(head), ({ status }) => {
    for (const container of status?.containerStatuses ?? []) {
      container.restartCount = 3;
      container.resources = { limits: { cpu: '2', memory: '1Gi', 'nvidia.com/gpu': '1' }, requests: { cpu: '1' } };
    }
  });
  await world.settle();
  expect(membersOf(world, 'head')[0]).toMatchObject({
    restarts: 3,
    resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } },
  });
});
