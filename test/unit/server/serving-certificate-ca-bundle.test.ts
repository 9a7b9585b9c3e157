import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forbiddenRequest } from '../../../src/meta/status.ts';
import { registration, ServingWorld } from './serving-fixture.ts';

let world: ServingWorld;
beforeEach(() => {
  world = new ServingWorld();
});
afterEach(() => {
  world.stop();
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('The caBundle of the APIService', () => {
  it('is the CA of the certificate that the server created', async () => {
    world.register();
    await Promise.all([world.start(), world.start()]);
    await world.idle();
    expect(world.caBundle()).toBe(world.data('ca.crt'));
    expect(world.apiServices.get('', registration.name)?.spec.service?.port).toBe(443);
  });

  it('is not written again if it is right', async () => {
    world.register();
    await world.start();
    await world.idle();
    const before = world.writes.apiServices;
    await world.start();
    await world.idle();
    world.apiServices.direct.change(registration, ({ metadata }) => {
      metadata.labels = { any: 'thing' };
    });
    await world.idle();
    expect(world.writes.apiServices).toBe(before + 1);
  });

  it('is set as soon as the APIService exists', async () => {
    const { log } = await world.start();
    await world.idle();
    expect(log.at(-1)).toMatchObject({
      level: 'info',
      message: expect.stringContaining('no APIService yet') as unknown,
    });
    world.register();
    await world.idle();
    expect(world.caBundle()).toBe(world.data('ca.crt'));
  });

  it.each([undefined, base64('another'), ''])('is set again if somebody changed it to %j', async (caBundle) => {
    world.register();
    await world.start();
    await world.idle();
    world.apiServices.direct.change(registration, ({ spec }) => {
      delete spec.caBundle;
      if (caBundle !== undefined) spec.caBundle = caBundle;
    });
    await world.idle();
    expect(world.caBundle()).toBe(world.data('ca.crt'));
  });

  it.each([
    ['is managed by cert-manager', {}, { 'cert-manager.io/inject-ca-from': 'kd/kubedirector' }, 'left to cert-manager'],
    [
      'refers to another Service',
      { service: { namespace: 'other', name: 'kubedirector' } },
      {},
      'not to kd/kubedirector',
    ],
    ['skips the verification of TLS', { insecureSkipTLSVerify: true }, {}, 'insecureSkipTLSVerify'],
  ])('is not changed if the APIService %s', async (_, spec, annotations, said) => {
    world.register({ ...spec, caBundle: base64('theirs') }, annotations);
    const { log } = await world.start();
    await world.idle();
    expect(world.caBundle()).toBe('theirs');
    expect(log.at(-1)?.message).toContain(said);
    await world.advance(3_600_000);
    expect(log.filter(({ message }) => message.includes(said))).toHaveLength(1);
  });

  it('is not changed if the APIService belongs to CRDs', async () => {
    world.register();
    world.apiServices.direct.change(registration, ({ spec }) => {
      delete spec.service;
    });
    const { log } = await world.start();
    await world.idle();
    expect(world.caBundle()).toBeUndefined();
    expect(log.at(-1)?.message).toContain('are there CRDs of this group?');
  });

  it('is set as soon as the APIService no longer has insecureSkipTLSVerify', async () => {
    world.register({ insecureSkipTLSVerify: true });
    await world.start();
    await world.idle();
    world.apiServices.direct.change(registration, ({ spec }) => {
      delete spec.insecureSkipTLSVerify;
    });
    await world.idle();
    expect(world.caBundle()).toBe(world.data('ca.crt'));
  });

  it('does not stop the server from serving if it cannot be written, and is tried again', async () => {
    world.register();
    world.gate = (verb) => {
      if (verb === 'patch') throw forbiddenRequest({ group: '', resource: 'apiservices' }, registration.name, 'no');
    };
    const { log, leaf } = await world.start();
    await world.idle();
    expect(leaf().checkHost('kubedirector.kd.svc')).toBeDefined();
    expect(log.at(-1)).toMatchObject({ level: 'warn', error: expect.stringContaining('is forbidden') as unknown });
    world.gate = () => undefined;
    await world.advance(1_000);
    expect(world.caBundle()).toBe(world.data('ca.crt'));
  });

  it('is no longer set by a server that has stopped', async () => {
    world.register();
    const { stop } = await world.start();
    await world.idle();
    stop();
    world.apiServices.direct.change(registration, ({ spec }) => {
      spec.caBundle = base64('another');
    });
    await world.advance(3_600_000);
    expect(world.caBundle()).toBe('another');
    expect(world.clock.pending).toBe(0);
  });
});
