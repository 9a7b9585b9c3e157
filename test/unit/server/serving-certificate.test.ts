import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCertificates, validity } from '../../../src/pki/key-pair.ts';
import { forbiddenRequest, serviceUnavailable } from '../../../src/meta/status.ts';
import { ConfigurationError } from '../../../src/server/configuration-error.ts';
import { day, hour, secretTarget, ServingWorld, trusts, type Line } from './serving-fixture.ts';

let world: ServingWorld;
beforeEach(() => {
  world = new ServingWorld();
});
afterEach(() => {
  world.stop();
});

const warnings = (lines: readonly Line[]): string[] =>
  lines.filter(({ level }) => level === 'warn').map(({ message, error }) => `${message} (${error})`);

describe("A server's own certificate", () => {
  it('is created in a Secret, for the names of the Service and the extra names', async () => {
    const replica = await world.start({
      certificate: { extraNames: ['kd.example.com', '*.kd.example.com', 'fd00::1'] },
    });
    const leaf = replica.leaf();
    expect(leaf.checkHost('kubedirector.kd.svc')).toBeDefined();
    expect(leaf.subjectAltName?.split(', ')).toEqual([
      'DNS:kubedirector.kd.svc',
      'DNS:kubedirector.kd.svc.cluster.local',
      'DNS:kubedirector.kd',
      'DNS:localhost',
      'DNS:kd.example.com',
      'DNS:*.kd.example.com',
      'IP Address:127.0.0.1',
      'IP Address:FD00:0:0:0:0:0:0:1',
    ]);
    expect(validity(leaf).to - world.clock.now().getTime()).toBe(365 * day);
    const [authority] = parseCertificates(world.data('ca.crt'));
    expect(validity(authority!).to - world.clock.now().getTime()).toBe(3650 * day);
    expect(trusts(world.data('ca.crt'), leaf)).toBe(true);
    expect(world.secret()).toMatchObject({ type: 'kubernetes.io/tls', metadata: { namespace: 'kd' } });
    expect(world.data('tls.crt')).toBe(replica.running.credentials.cert);
    expect(await replica.metrics.text()).toContain(
      `kubedirector_serving_certificate_expiration_timestamp_seconds ${validity(leaf).to / 1000}`,
    );
  });

  it('is trusted by a TLS client that has the caBundle and calls the Service', async () => {
    world.register();
    // TLS uses the clock of the system.
    const clock = { ...world.clock, now: () => new Date() };
    const { running } = await world.start({ clock });
    await world.idle();
    const server = createServer(running.credentials).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, servername: 'kubedirector.kd.svc', ca: world.caBundle() ?? '' });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });

  it('is the same for all replicas that start at the same time', async () => {
    const [one, other, third] = await Promise.all([world.start(), world.start(), world.start()]);
    await world.idle();
    expect(world.secrets.created).toEqual([secretTarget.name]);
    for (const replica of [one, other, third]) {
      expect(replica.running.credentials.cert).toBe(world.data('tls.crt'));
    }
    expect((await world.start()).running.credentials.cert).toBe(world.data('tls.crt'));
    expect(world.writes.secrets).toBe(1);
  });

  it('is renewed by one of the replicas, with the same CA, when a third of its validity is left', async () => {
    world.register();
    const replicas = [await world.start(), await world.start()];
    await world.idle();
    const [first, authority] = [replicas[0]!.leaf(), world.data('ca.crt')];
    await world.advance(243 * day);
    expect(replicas[0]!.leaf().raw).toEqual(first.raw);
    await world.advance(day);
    expect(world.writes.secrets).toBe(2);
    expect(world.data('ca.crt')).toBe(authority);
    for (const replica of replicas) {
      expect(replica.leaf().raw).not.toEqual(first.raw);
      expect(replica.running.credentials.cert).toBe(world.data('tls.crt'));
      expect(validity(replica.leaf()).to - world.clock.now().getTime()).toBe(365 * day);
      expect(replica.updates()).toBe(1);
      expect(trusts(world.caBundle(), replica.leaf())).toBe(true);
    }
  });

  it('gets the names of all running replicas, which do not replace it in turns', async () => {
    const one = await world.start({ certificate: { extraNames: ['one.example.com'] } });
    const other = await world.start({ certificate: { extraNames: ['other.example.com', '::1'] } });
    await world.advance(10 * hour);
    await world.advance(10 * hour);
    for (const { leaf } of [one, other]) {
      expect(leaf().checkHost('one.example.com')).toBeDefined();
      expect(leaf().checkHost('other.example.com')).toBeDefined();
      expect(leaf().checkIP('::1')).toBeDefined();
    }
    expect(world.writes.secrets).toBe(2);
    one.stop();
    await world.advance(250 * day);
    expect(other.leaf().checkHost('one.example.com')).toBeUndefined();
  });

  it('is trusted at every moment while its CA is replaced', async () => {
    world.register();
    const replicas = [await world.start(), await world.start()];
    await world.idle();
    const authorities = () => parseCertificates(world.caBundle() ?? '').map(({ subject }) => subject.split('@')[1]);
    const [old] = authorities();
    await world.advance((3650 - 730) * day - hour);
    expect(authorities()).toEqual([old]);

    const seen: string[] = [];
    for (let step = 0; step < 60; step++) {
      const before = world.caBundle();
      await world.advance(hour);
      const restarted = await world.start();
      await world.idle();
      for (const { leaf } of [...replicas, restarted]) {
        // A kube-apiserver may not have seen the last change yet.
        for (const bundle of [before, world.caBundle()]) expect(trusts(bundle, leaf())).toBe(true);
      }
      restarted.stop();
      const by = replicas.map(({ leaf }) => (leaf().issuer.endsWith(`@${old}`) ? 'old' : 'new')).join();
      const state = `${by} of ${authorities()
        .map((one) => (one === old ? 'old' : 'new'))
        .join()}`;
      if (seen.at(-1) !== state) seen.push(state);
    }
    expect(seen).toEqual(['old,old of old', 'old,old of old,new', 'new,new of new,old', 'new,new of new']);
    expect(world.secret()?.data).not.toHaveProperty('next-ca.key');
  });

  it('is created again with a new CA if no server has renewed the old CA', async () => {
    (await world.start()).stop();
    const before = world.data('ca.crt');
    await world.advance(3649 * day);
    const replica = await world.start();
    expect(replica.leaf().issuer).not.toBe(parseCertificates(before)[0]?.subject);
    expect(validity(replica.leaf()).to).toBeGreaterThan(world.clock.now().getTime() + 364 * day);
    expect(trusts(world.data('ca.crt'), replica.leaf())).toBe(true);
  });

  it('is created again if it was made by a clock that was years ahead', async () => {
    const ahead = () => new Date(world.clock.now().getTime() + 3 * 365 * day);
    (await world.start({ clock: { ...world.clock, now: ahead } })).stop();
    expect(validity((await world.start()).leaf()).from).toBeLessThan(world.clock.now().getTime());
  });

  it('is created again if the Secret was deleted, and is served ten seconds later, when its CA is known', async () => {
    world.register();
    const replicas = [await world.start(), await world.start()];
    await world.idle();
    const first = replicas[0]!.leaf();
    world.secrets.direct.remove(secretTarget);
    await world.idle();
    expect(world.secrets.created).toHaveLength(2);
    for (const { leaf } of replicas) expect(leaf().raw).toEqual(first.raw);
    expect(trusts(world.caBundle(), first)).toBe(true);
    expect(trusts(world.caBundle(), parseCertificates(world.data('tls.crt'))[0]!)).toBe(true);
    await world.advance(9_999);
    for (const { leaf } of replicas) expect(leaf().raw).toEqual(first.raw);
    await world.advance(1);
    for (const { running } of replicas) expect(running.credentials.cert).toBe(world.data('tls.crt'));
    expect(trusts(world.caBundle(), first)).toBe(true);
    await world.advance(day);
    expect(trusts(world.caBundle(), first)).toBe(false);
    for (const { leaf } of replicas) expect(trusts(world.caBundle(), leaf())).toBe(true);
  });

  it.each([
    ['no key', 'tls.key', undefined, 'it has no tls.key'],
    ['a text that is not a certificate', 'tls.crt', 'nonsense', 'its tls.crt holds no certificate'],
    [
      'a truncated certificate',
      'tls.crt',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      'its tls.crt cannot be read as certificates',
    ],
    ['a key that cannot be read', 'ca.key', 'nonsense', 'its ca.key cannot be read as a key'],
    ['no CA', 'ca.crt', 'nonsense', 'its ca.key is of none of the CAs in its ca.crt'],
  ])('is created again, with a warning, if the Secret has %s', async (_, key, text, problem) => {
    const replica = await world.start();
    world.secrets.direct.change(secretTarget, (secret) => {
      const rest = Object.entries({ ...secret.data, mine: 'a2VwdA==' }).filter(([name]) => name !== key);
      secret.data = Object.fromEntries(rest);
      if (text !== undefined) secret.data[key] = Buffer.from(text).toString('base64');
    });
    await world.idle();
    await world.advance(10_000);
    expect(warnings(replica.log)).toEqual([
      `the Secret with the serving certificate is damaged: all of it is made anew (${problem})`,
    ]);
    expect(replica.running.credentials.cert).toBe(world.data('tls.crt'));
    expect(trusts(world.data('ca.crt'), replica.leaf())).toBe(true);
    expect(world.data('mine')).toBe('kept');
  });

  it.each(['tls.key', 'tls.crt and tls.key'])(
    'is created again if %s in the Secret came from another pair',
    async (which) => {
      const replica = await world.start();
      const other = new ServingWorld();
      await other.start();
      other.stop();
      world.secrets.direct.change(secretTarget, ({ data = {} }) => {
        for (const key of which.split(' and ')) data[key] = other.secret()?.data?.[key] ?? '';
      });
      await world.idle();
      expect(warnings(replica.log)[0]).toContain(
        which === 'tls.key'
          ? 'its tls.key is not that of its tls.crt'
          : 'its tls.crt was not issued by the CA of its ca.key',
      );
      expect(trusts(world.data('ca.crt'), parseCertificates(world.data('tls.crt'))[0]!)).toBe(true);
    },
  );

  it('is not written to a Secret that cert-manager manages', async () => {
    const metadata = { ...secretTarget, annotations: { 'cert-manager.io/certificate-name': 'kubedirector' } };
    const data = { 'tls.crt': '', 'tls.key': '' };
    world.secrets.direct.create({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data });
    await expect(world.start()).rejects.toThrow(ConfigurationError);
    expect(world.secret()?.data).toEqual(data);
    expect(world.clock.pending).toBe(0);
  });

  it.each(['no name', '-.example.com', 'a.*.example.com', '10.0.0.300', ''])(
    'cannot be created for the name %j',
    async (name) => {
      await expect(world.start({ certificate: { extraNames: [name] } })).rejects.toThrow(
        `${JSON.stringify(name)} is neither a DNS name nor an IP address`,
      );
    },
  );

  it('is requested until kube-apiserver answers', async () => {
    world.gate = () => {
      throw serviceUnavailable('not yet');
    };
    const log: Line[] = [];
    const started = world.start({}, log);
    await world.idle();
    await world.advance(1_000);
    await world.advance(2_000);
    expect(warnings(log)).toHaveLength(3);
    world.gate = () => undefined;
    await vi.waitFor(() => {
      expect(world.clock.pending).toBe(1);
    });
    world.clock.advance(4_000);
    expect((await started).leaf().checkHost('kubedirector.kd.svc')).toBeDefined();
  });

  it('is no longer requested after the start is aborted', async () => {
    world.gate = () => {
      throw serviceUnavailable('not yet');
    };
    const abort = new AbortController();
    const started = world.start({ signal: abort.signal });
    const reason = new Error('stop');
    setImmediate(() => abort.abort(reason));
    await expect(started).rejects.toBe(reason);
    await world.idle();
    expect(world.clock.pending).toBe(0);
  });

  it('is still served while the Secret cannot be written, and is renewed later', async () => {
    const replica = await world.start();
    const first = replica.leaf();
    world.gate = (verb) => {
      if (verb === 'update') throw forbiddenRequest({ group: '', resource: 'secrets' }, secretTarget.name, 'no');
    };
    await world.advance(300 * day);
    expect(replica.leaf().raw).toEqual(first.raw);
    expect(warnings(replica.log)).toHaveLength(1);
    world.gate = () => undefined;
    await world.advance(1_000);
    expect(replica.leaf().raw).not.toEqual(first.raw);
  });
});
