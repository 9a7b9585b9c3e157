import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { day, hour, secretTarget, ServingWorld } from './serving-fixture.ts';

let world: ServingWorld;
beforeEach(() => {
  world = new ServingWorld();
});
afterEach(() => {
  world.stop();
});

describe('A replica that does not lead', () => {
  it('renews nothing, and serves what the leader has renewed', async () => {
    world.register();
    const follower = await world.start({ follows: true });
    await world.idle();
    await world.advance(300 * day);
    expect(world.writes.secrets).toBe(1);
    expect(world.caBundle()).toBeUndefined();
    await world.start();
    await world.idle();
    expect(world.writes.secrets).toBe(2);
    expect(world.caBundle()).toBe(world.data('ca.crt'));
    expect(follower.running.credentials.cert).toBe(world.data('tls.crt'));
  });

  it('renews what is due as soon as it leads, and no longer than that', async () => {
    let isCurrent = true;
    const replica = await world.start({ follows: true });
    await world.idle();
    await world.advance(300 * day);
    expect(world.writes.secrets).toBe(1);
    replica.running.lead({ isCurrent: () => isCurrent });
    await world.idle();
    expect(world.writes.secrets).toBe(2);
    isCurrent = false;
    await world.advance(300 * day);
    expect(world.writes.secrets).toBe(2);
  });

  it('makes a certificate where it has none to start with', async () => {
    const follower = await world.start({ follows: true });
    expect(follower.running.credentials.cert).toBe(world.data('tls.crt'));
  });

  it('keeps what it serves where the Secret is lost, until the leader has made another one', async () => {
    world.register();
    const follower = await world.start({ follows: true });
    const before = follower.running.credentials.cert;
    world.secrets.direct.remove(secretTarget);
    await world.advance(hour);
    expect(world.writes.secrets).toBe(2);
    expect(follower.running.credentials.cert).toBe(before);
    await world.start();
    await world.idle();
    // kube-apiserver gets its time to learn of the new CA.
    await world.advance(hour);
    expect(follower.running.credentials.cert).toBe(world.data('tls.crt'));
    expect(follower.running.credentials.cert).not.toBe(before);
  });
});
