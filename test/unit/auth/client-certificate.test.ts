import type { PeerCertificate } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClientCertificateAuthenticator } from '../../../src/auth/index.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { createAuthority, type Authority } from '../../support/certificates.ts';
import { at, peer } from './credentials.ts';

let ca: Authority;
let other: Authority;
beforeAll(async () => {
  ca = await createAuthority();
  other = await createAuthority('CN=other-ca');
});

const authenticator = (clock: Clock = systemClock) =>
  createClientCertificateAuthenticator({ authorities: ca.cert, clock });
const authenticate = (certificate: PeerCertificate, clock?: Clock) =>
  authenticator(clock).authenticate({ headers: {}, rawHeaders: [], peerCertificate: certificate });

describe('client certificates', () => {
  it('name the user by CN and the groups by O, however many', async () => {
    const one = await ca.issue('CN=jane,O=dev');
    expect(authenticate(peer(one))).toEqual({ name: 'jane', groups: ['dev'] });
    const two = await ca.issue('O=dev,O=system:masters,CN=jane');
    expect(authenticate(peer(two))).toEqual({ name: 'jane', groups: ['dev', 'system:masters'] });
    const none = await ca.issue('CN=jane');
    expect(authenticate(peer(none))).toEqual({ name: 'jane', groups: [] });
  });

  it('authenticate nobody without a certificate, without a CN, or from an untrusted CA', async () => {
    expect(authenticator().authenticate({ headers: {}, rawHeaders: [] })).toBeUndefined();
    expect(authenticate(peer(await ca.issue('O=system:masters')))).toBeUndefined();
    expect(authenticate(peer(await other.issue('CN=jane,O=system:masters')))).toBeUndefined();
  });

  it('do not count where only the name of the CA is right', async () => {
    const impostor = await createAuthority('CN=test-ca');
    expect(authenticate(peer(await impostor.issue('CN=jane,O=system:masters')))).toBeUndefined();
  });

  it('are refused before and after their time', async () => {
    const from = new Date('2026-01-01T00:00:00Z');
    const until = new Date('2026-02-01T00:00:00Z');
    const brief = peer(await ca.issue('CN=jane', { from, until }));
    expect(() => authenticate(brief, at(new Date('2026-03-01T00:00:00Z')))).toThrow(StatusError);
    expect(() => authenticate(brief, at(new Date('2025-12-01T00:00:00Z')))).toThrow(StatusError);
  });

  it('are refused where they were made for servers', async () => {
    const server = peer(await ca.issue('CN=jane', { usage: 'serverAuth' }));
    expect(() => authenticate(server)).toThrow(StatusError);
    expect(authenticate(peer(await ca.issue('CN=jane', { usage: 'none' })))).toMatchObject({ name: 'jane' });
  });

  it('must not have more CAs above them than each of these allows', async () => {
    const strict = await createAuthority('CN=strict', { pathLength: 0 });
    const wide = await createAuthority('CN=wide', { pathLength: 1 });
    const by = (authorities: string, certificate: PeerCertificate) =>
      createClientCertificateAuthenticator({ authorities, clock: systemClock }).authenticate({
        ...{ headers: {}, rawHeaders: [], peerCertificate: certificate },
      });
    expect(by(strict.cert, peer(await strict.issue('CN=jane')))).toMatchObject({ name: 'jane' });
    const belowStrict = await strict.intermediate('CN=below');
    expect(by(strict.cert, peer(await belowStrict.issue('CN=jane'), belowStrict))).toBeUndefined();
    const below = await wide.intermediate('CN=below', { pathLength: 0 });
    expect(by(wide.cert, peer(await below.issue('CN=jane'), below))).toMatchObject({ name: 'jane' });
    const bottom = await below.intermediate('CN=bottom');
    expect(by(wide.cert, peer(await bottom.issue('CN=jane'), bottom, below))).toBeUndefined();
  });

  it('may come through an intermediate CA that is sent along, if it is one', async () => {
    const below = await ca.intermediate('CN=below');
    const leaf = await below.issue('CN=jane');
    expect(authenticate(peer(leaf, below))).toMatchObject({ name: 'jane' });
    expect(authenticate(peer(leaf))).toBeUndefined();
    const notCa = await ca.intermediate('CN=mallory', { ca: false });
    expect(authenticate(peer(await notCa.issue('CN=jane'), notCa))).toBeUndefined();
  });

  it('are looked at anew when the CAs change', async () => {
    const certificate = peer(await other.issue('CN=jane'));
    const changing = authenticator();
    const credentials = { headers: {}, rawHeaders: [], peerCertificate: certificate };
    expect(changing.authenticate(credentials)).toBeUndefined();
    changing.update(`${ca.cert}\n${other.cert}`);
    expect(changing.authenticate(credentials)).toMatchObject({ name: 'jane' });
    changing.update(ca.cert);
    expect(changing.authenticate(credentials)).toBeUndefined();
    expect(() => {
      changing.update('nonsense');
    }).toThrow('holds no certificate');
  });

  it('are taken as long as one of their CAs is in date, where it was renewed with its key', async () => {
    const old = { from: new Date('2020-01-01T00:00:00Z'), until: new Date('2021-01-01T00:00:00Z') };
    const ended = await createAuthority('CN=renewed-ca', old);
    const renewed = await ended.renewed({});
    const credentials = { headers: {}, rawHeaders: [], peerCertificate: peer(await ended.issue('CN=jane')) };
    const renewing = createClientCertificateAuthenticator({ authorities: ended.cert, clock: systemClock });
    expect(() => renewing.authenticate(credentials)).toThrow('Unauthorized');
    renewing.update(ended.cert + renewed.cert);
    expect(renewing.authenticate(credentials)).toMatchObject({ name: 'jane' });
  });

  it('are refused below a CA that may sign for servers only', async () => {
    const servers = await ca.intermediate('CN=servers', { usage: 'serverAuth' });
    const leaf = await servers.issue('CN=jane');
    expect(() => authenticate(peer(leaf, servers))).toThrow('Unauthorized');
  });

  it('are nobody while there is no CA', async () => {
    const without = createClientCertificateAuthenticator({ clock: systemClock });
    const peerCertificate = peer(await ca.issue('CN=jane'));
    expect(without.authenticate({ headers: {}, rawHeaders: [], peerCertificate })).toBeUndefined();
    without.update(ca.cert);
    expect(without.authenticate({ headers: {}, rawHeaders: [], peerCertificate })).toMatchObject({ name: 'jane' });
    without.update(undefined);
    expect(without.authenticate({ headers: {}, rawHeaders: [], peerCertificate })).toBeUndefined();
  });
});
