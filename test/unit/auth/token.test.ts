import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createTokenAuthenticator } from '../../../src/auth/token.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { credentials } from './credentials.ts';
import { issuerName } from './tokens.ts';
import {
  account,
  ask,
  authenticator,
  clock,
  eachWithIssuer,
  issuer,
  key,
  metrics,
  nextKey,
  refused,
  reviewed,
  reviewer,
  seconds,
  setAuthenticator,
  settled,
  setVerdict,
  sign,
} from './token-fixture.ts';

eachWithIssuer();

/** Whoever the user is, the signature stays. */
function changed(token: string): string {
  const [head, body, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) as object;
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:root' }));
  return [head, other.toString('base64url'), signature].join('.');
}

function signedWithPublicKey(): Promise<string> {
  const secret = new TextEncoder().encode(JSON.stringify(key.publicKey));
  return new SignJWT({ iss: issuerName, aud: 'api' }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
}

describe('a service account token', () => {
  it('that is valid is still sent to kube-apiserver, with the audiences', async () => {
    const token = await sign();
    expect(await ask(token)).toBe(account);
    expect(reviewed).toEqual([{ token, audiences: ['api'] }]);
    setVerdict(() => Promise.resolve(undefined));
    await refused(await sign({ jti: 'whose pod is gone' }));
  });

  it.each([
    ['too late', () => sign({ exp: seconds() - 60 })],
    ['too early', () => sign({ nbf: seconds() + 60 })],
    ['for somebody else', () => sign({ aud: ['vault'] })],
    ['for nobody', () => sign({ aud: undefined })],
    ['signed with another key of the same name', () => sign({}, nextKey, 'one')],
    ['changed', async () => changed(await sign())],
    ['without a readable head', async () => (await sign()).replace(/^[^.]+/, 'nonsense')],
    ['without a signature', () => Promise.resolve(new UnsecuredJWT({ iss: issuerName, aud: 'api' }).encode())],
    ['signed with a public key as a secret', () => signedWithPublicKey()],
  ])('that is %s is refused without asking kube-apiserver', async (_, make) => {
    await refused(await make());
    expect(reviewed).toEqual([]);
  });

  it('may be a few seconds off, since clocks are', async () => {
    expect(await ask(await sign({ nbf: seconds() + 5 }))).toBe(account);
  });

  it('is judged by kube-apiserver if another issuer made it', async () => {
    const foreign = await sign({ iss: 'kubernetes/serviceaccount', exp: seconds() - 60 });
    expect(await ask(foreign)).toBe(account);
    expect(await ask('opaque')).toBe(account);
    expect(await ask('a.b.c')).toBe(account);
    expect(reviewed.map(({ token }) => token)).toEqual([foreign, 'opaque', 'a.b.c']);
  });

  it('is judged by kube-apiserver if the keys cannot be read, which are not asked for again at once', async () => {
    issuer.fail();
    expect(await ask(await sign())).toBe(account);
    expect(await ask(await sign({ exp: seconds() - 60 }))).toBe(account);
    expect([issuer.asked, reviewed.length]).toEqual([1, 2]);
    issuer.publish([key]);
    clock.advance(10_000);
    await refused(await sign({ exp: seconds() - 61 }));
    expect([issuer.asked, reviewed.length]).toEqual([2, 2]);
  });

  it('does not wait for keys that do not come', async () => {
    issuer.read = () => new Promise(() => undefined);
    const answer = ask(await sign());
    await settled();
    clock.advance(3_000);
    expect(await answer).toBe(account);
  });

  it('makes the keys be read again where it names one that is not known, but not more often than every 10 s', async () => {
    expect(await ask(await sign())).toBe(account);
    issuer.publish([key, nextKey]);
    clock.advance(10_000);
    await refused(await sign({ aud: ['vault'] }, nextKey));
    expect([issuer.asked, reviewed.length]).toEqual([2, 1]);
    // A key that is published nowhere may still be one of kube-apiserver's.
    for (const kid of ['three', 'four', 'five']) expect(await ask(await sign({}, nextKey, kid))).toBe(account);
    expect([issuer.asked, reviewed.length]).toEqual([2, 4]);
  });

  it('is judged by keys that are refreshed meanwhile', async () => {
    expect(await ask(await sign())).toBe(account);
    clock.advance(5 * 60_000);
    expect(await ask(await sign({ jti: 'a' }))).toBe(account);
    expect(await ask(await sign({ jti: 'b' }))).toBe(account);
    expect(issuer.asked).toBe(2);
    issuer.fail();
    clock.advance(5 * 60_000);
    expect(await ask(await sign({ jti: 'c' }))).toBe(account);
    await refused(await sign({ aud: ['vault'] }));
  });

  it('may be for any audience if none is configured here', async () => {
    setAuthenticator(createTokenAuthenticator({ reviewer, issuer, clock, metrics, logger: silentLogger }));
    expect(await ask(await sign({ aud: ['vault'] }))).toBe(account);
    expect(reviewed).toMatchObject([{ audiences: undefined }]);
    await refused(await sign({ exp: seconds() - 60 }));
  });
});

describe('where a request carries its token', () => {
  const prefix = 'base64url.bearer.authorization.k8s.io.';
  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  const upgrading: [string, string][] = [
    ['Connection', 'keep-alive, Upgrade'],
    ['Upgrade', 'websocket'],
  ];
  const socket = async (protocols: string) =>
    authenticator.authenticate(credentials(undefined, [...upgrading, ['Sec-WebSocket-Protocol', protocols]]));
  const header = async (value: string) =>
    authenticator.authenticate(credentials(undefined, [['Authorization', value]]));

  it.each(['Bearer opaque', 'bearer opaque', '  BEARER opaque  ', 'Bearer opaque and more'])('is %j', async (value) => {
    expect(await header(value)).toBe(account);
    expect(reviewed).toMatchObject([{ token: 'opaque' }]);
  });

  it.each(['', 'Bearer', 'Bearer ', 'Bearer  opaque', 'Basic b3BhcXVl', 'opaque', 'Bearer\topaque'])(
    'is not %j',
    async (value) => {
      expect(await header(value)).toBeUndefined();
      expect(reviewed).toEqual([]);
    },
  );

  it('is a subprotocol of a WebSocket beside another one', async () => {
    expect(await socket(`${prefix}${encoded('opaqué')}, binary.k8s.io`)).toBe(account);
    expect(await socket(`binary.k8s.io,${prefix}${encoded('other')}`)).toBe(account);
    expect(reviewed.map(({ token }) => token)).toEqual(['opaqué', 'other']);
  });

  it.each([
    ['alone', `${prefix}${encoded('opaque')}`],
    ['there twice', `${prefix}${encoded('a')}, ${prefix}${encoded('b')}, binary.k8s.io`],
    ['padded', `${prefix}YQ==, binary.k8s.io`],
    ['not base64url', `${prefix}a+b/, binary.k8s.io`],
    ['cut off', `${prefix}YWJjZ, binary.k8s.io`],
    ['not UTF-8', `${prefix}${Buffer.from([0xff, 0xfe]).toString('base64url')}, binary.k8s.io`],
  ])('is refused as a subprotocol that is %s', async (_, protocols) => {
    await expect(socket(protocols)).rejects.toMatchObject({ code: 401 });
    expect(reviewed).toEqual([]);
  });

  it('is not a subprotocol of anything but a WebSocket', async () => {
    const lines: [string, string][] = [['Sec-WebSocket-Protocol', `${prefix}${encoded('opaque')}, binary.k8s.io`]];
    expect(await authenticator.authenticate(credentials(undefined, lines))).toBeUndefined();
    expect(await socket('binary.k8s.io')).toBeUndefined();
    expect(await socket(`${prefix}, binary.k8s.io`)).toBeUndefined();
  });
});
