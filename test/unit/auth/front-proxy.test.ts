import type { PeerCertificate } from 'node:tls';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestHeaderConfig } from '../../../src/auth/authentication-config.ts';
import { createFrontProxyAuthenticator, type FrontProxyAuthenticator } from '../../../src/auth/front-proxy.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createAuthority, type Authority } from '../../support/certificates.ts';
import { at, credentials, peer } from './credentials.ts';

let ca: Authority;
let other: Authority;
let config: RequestHeaderConfig;
let front: PeerCertificate;
let proxy: FrontProxyAuthenticator;
beforeAll(async () => {
  ca = await createAuthority('CN=front-proxy-ca');
  other = await createAuthority('CN=client-ca');
  front = peer(await ca.issue('CN=front-proxy-client'));
  config = {
    authorities: ca.cert,
    allowedNames: ['front-proxy-client'],
    usernameHeaders: ['x-remote-user'],
    uidHeaders: ['x-remote-uid'],
    groupHeaders: ['x-remote-group'],
    extraHeaderPrefixes: ['x-remote-extra-'],
  };
});
beforeEach(() => {
  proxy = createFrontProxyAuthenticator(systemClock);
  proxy.update(config);
});

const says = (...lines: [string, string][]) => proxy.authenticate(credentials(front, lines));
const jane: [string, string] = ['X-Remote-User', 'jane'];
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('the front proxy', () => {
  it('names the user, uid, groups and extra', () => {
    const user = says(
      ...[jane, ['X-Remote-Uid', '7'], ['X-Remote-Group', 'dev'], ['X-Remote-Group', 'ops, really']].map(
        ([name, value]): [string, string] => [name ?? '', value ?? ''],
      ),
      ['X-Remote-Extra-Scopes', 'a'],
      ['X-Remote-Extra-scopes', 'b'],
      ['X-Remote-Extra-Example.com%2FKey', 'c'],
    );
    expect(user).toEqual({
      name: 'jane',
      uid: '7',
      groups: ['dev', 'ops, really'],
      extra: { scopes: ['a', 'b'], 'example.com/key': ['c'] },
    });
  });

  it('is told apart from users who only send its headers', async () => {
    let proxied = 0;
    const onFrontProxy = (): void => void (proxied += 1);
    for (let time = 0; time < 2; time++) await proxy.authenticate({ ...credentials(front, [jane]), onFrontProxy });
    expect(proxied).toBe(2);
    await proxy.authenticate({ ...credentials(front, []), onFrontProxy });
    await proxy.authenticate({ ...credentials(undefined, [jane]), onFrontProxy });
    await proxy.authenticate({
      ...credentials(peer(await other.issue('CN=front-proxy-client')), [jane]),
      onFrontProxy,
    });
    expect(proxied).toBe(2);
  });

  it('is understood whatever the case of its headers', () => {
    expect(says(['x-REMOTE-user', 'jane'], ['x-remote-GROUP', 'Dev'])).toEqual({ name: 'jane', groups: ['Dev'] });
  });

  it('may name users in all languages', () => {
    expect(says(['X-Remote-User', bytes('jürgen')], ['X-Remote-Group', bytes('开发')])).toEqual({
      name: 'jürgen',
      groups: ['开发'],
    });
  });

  it('is believed only the first of several names', () => {
    expect(says(jane, ['X-Remote-User', 'root'])).toMatchObject({ name: 'jane' });
  });

  it('names nobody without a name, or with an empty one', () => {
    expect(says(['X-Remote-Group', 'system:masters'])).toBeUndefined();
    expect(says(['X-Remote-User', ''], ['X-Remote-Group', 'system:masters'])).toBeUndefined();
  });

  it('leaves empty groups out', () => {
    expect(says(jane, ['X-Remote-Group', ''], ['X-Remote-Group', 'dev'])).toEqual({ name: 'jane', groups: ['dev'] });
  });

  it('keeps the key of an extra as it is where it is not properly encoded', () => {
    expect(says(jane, ['X-Remote-Extra-100%', 'a'], ['X-Remote-Extra-__proto__', 'b'])).toMatchObject({
      extra: Object.fromEntries([
        ['100%', ['a']],
        ['__proto__', ['b']],
      ]),
    });
  });

  it.each([
    ['X_Remote_User', 'X_Remote_Group'],
    ['X-Remote_User', 'X-Remote_Group'],
    ['X-Remote-Users', 'X-Remote-Groups'],
    ['XX-Remote-User', 'XX-Remote-Group'],
    ['Remote-User', 'Remote-Group'],
  ])('has no say in headers that only look like its own: %s', (name, group) => {
    expect(says([name, 'root'], [group, 'system:masters'])).toBeUndefined();
    expect(says(jane, [name, 'root'], [group, 'system:masters'])).toEqual({ name: 'jane', groups: [] });
  });

  it('is not confused by values that look like headers', () => {
    const value = 'jane x-remote-group system:masters';
    expect(says(['X-Remote-User', value])).toEqual({ name: value, groups: [] });
    expect(says(['User-Agent', 'x-remote-user'], ['Accept', 'root'])).toBeUndefined();
  });

  it('takes the first of the configured headers that is set', () => {
    proxy.update({
      ...config,
      usernameHeaders: ['x-remote-user', 'x-user'],
      groupHeaders: ['x-group', 'x-remote-group'],
    });
    expect(says(['X-User', 'joe'], ['X-Remote-Group', 'b'], ['X-Group', 'a'])).toEqual({
      name: 'joe',
      groups: ['a', 'b'],
    });
    expect(says(['X-User', 'joe'], jane)).toMatchObject({ name: 'jane' });
    expect(says(['X-User', 'joe'], ['X-Remote-User', ''])).toMatchObject({ name: 'joe' });
  });

  it('gives the same object for the same user, and another for another', () => {
    const first = says(jane, ['X-Remote-Group', 'dev'], ['Accept', '*/*']);
    expect(says(jane, ['Accept', 'text/plain'], ['X-Remote-Group', 'dev'])).toBe(first);
    expect(says(jane, ['X-Remote-Group', 'ops'])).toEqual({ name: 'jane', groups: ['ops'] });
    // The texts would be the same if they were joined without separators.
    expect(says(jane, ['X-Remote-Group', 'dev'], ['X-Remote-Group', 'ops'])).toMatchObject({ groups: ['dev', 'ops'] });
    expect(says(jane, ['X-Remote-Group', 'dev, ops'])).toMatchObject({ groups: ['dev, ops'] });
  });

  it('can have any number of users', () => {
    for (let count = 0; count < 3_000; count++) {
      expect(says(['X-Remote-User', `user-${count}`])).toEqual({ name: `user-${count}`, groups: [] });
    }
    expect(says(['X-Remote-User', 'user-0'])).toEqual({ name: 'user-0', groups: [] });
    const many = Array.from({ length: 2_000 }, (_, count): [string, string] => ['X-Remote-Group', `group-${count}`]);
    expect(says(jane, ...many)).toMatchObject({ name: 'jane', groups: many.map(([, group]) => group) });
  });
});

describe('headers of a front proxy', () => {
  const root: [string, string][] = [
    ['X-Remote-User', 'root'],
    ['X-Remote-Group', 'system:masters'],
  ];
  const from = (certificate?: PeerCertificate) => proxy.authenticate(credentials(certificate, root));

  it('mean nothing without a certificate', () => {
    expect(from()).toBeUndefined();
  });

  it('mean nothing with a certificate of another CA, or of one that has only its name', async () => {
    expect(from(peer(await other.issue('CN=front-proxy-client')))).toBeUndefined();
    const impostor = await createAuthority('CN=front-proxy-ca');
    expect(from(peer(await impostor.issue('CN=front-proxy-client')))).toBeUndefined();
    expect(from(peer(await impostor.issue('CN=front-proxy-client'), impostor, ca))).toBeUndefined();
  });

  it('mean nothing with a certificate of a name that is not allowed', async () => {
    expect(from(peer(await ca.issue('CN=somebody')))).toBeUndefined();
    expect(from(peer(await ca.issue('CN=Front-Proxy-Client')))).toBeUndefined();
    expect(from(peer(await ca.issue('O=front-proxy-client')))).toBeUndefined();
    expect(from(peer(await ca.issue('CN=front-proxy-client,CN=somebody')))).toBeUndefined();
    expect(from(front)).toMatchObject({ name: 'root' });
  });

  it('are believed for every name if none is required', async () => {
    proxy.update({ ...config, allowedNames: [] });
    expect(from(peer(await ca.issue('CN=somebody')))).toMatchObject({ name: 'root' });
    expect(from(peer(await other.issue('CN=somebody')))).toBeUndefined();
  });

  it('mean nothing with a certificate that is not for clients', async () => {
    expect(from(peer(await ca.issue('CN=front-proxy-client', { usage: 'serverAuth' })))).toBeUndefined();
    expect(from(peer(await ca.issue('CN=front-proxy-client', { usage: 'none' })))).toMatchObject({ name: 'root' });
  });

  it('mean nothing before and after the time of the certificate, on an open connection too', async () => {
    const fromDate = new Date('2026-01-01T00:00:00Z');
    const brief = peer(
      await ca.issue('CN=front-proxy-client', { from: fromDate, until: new Date('2026-02-01T00:00:00Z') }),
    );
    let now = new Date('2025-12-31T23:59:59Z');
    proxy = createFrontProxyAuthenticator({ ...at(now), now: () => now });
    const eternal = await ca.renewed({
      from: new Date('2020-01-01T00:00:00Z'),
      until: new Date('2030-01-01T00:00:00Z'),
    });
    proxy.update({ ...config, authorities: eternal.cert });
    expect(from(brief)).toBeUndefined();
    now = new Date('2026-01-15T00:00:00Z');
    expect(from(brief)).toMatchObject({ name: 'root' });
    now = new Date('2026-02-01T00:00:01Z');
    expect(from(brief)).toBeUndefined();
  });

  it('mean nothing before there is a configuration, and after there is none any more', () => {
    proxy = createFrontProxyAuthenticator(systemClock);
    expect(from(front)).toBeUndefined();
    proxy.update(config);
    expect(from(front)).toMatchObject({ name: 'root' });
    proxy.update(undefined);
    expect(from(front)).toBeUndefined();
  });

  it('follow a change of CA and names on open connections', async () => {
    const next = peer(await other.issue('CN=front-proxy-client'));
    expect([from(front), from(next)]).toEqual([expect.objectContaining({ name: 'root' }), undefined]);
    proxy.update({ ...config, authorities: ca.cert + other.cert });
    expect([from(front), from(next)].map((user) => user !== undefined)).toEqual([true, true]);
    proxy.update({ ...config, authorities: other.cert });
    expect([from(front), from(next)].map((user) => user !== undefined)).toEqual([false, true]);
    proxy.update({ ...config, authorities: other.cert, allowedNames: ['another'] });
    expect([from(front), from(next)]).toEqual([undefined, undefined]);
  });

  it('are read anew when other headers tell of users', () => {
    expect(from(front)).toMatchObject({ name: 'root', groups: ['system:masters'] });
    proxy.update({ ...config, usernameHeaders: ['x-remote-group'], groupHeaders: ['x-remote-user'] });
    expect(from(front)).toMatchObject({ name: 'system:masters', groups: ['root'] });
  });

  it('stay as they were if an update is invalid', () => {
    expect(() => {
      proxy.update({ ...config, authorities: 'nonsense', allowedNames: [] });
    }).toThrow('holds no certificate');
    expect(from(front)).toMatchObject({ name: 'root' });
  });
});
