import { SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTokenAuthenticator } from '../../../src/auth/token.ts';
import type { Authenticator } from '../../../src/auth/contract.ts';
import type { TokenReviewer } from '../../../src/clients/contract.ts';
import { StatusError } from '../../../src/meta/status.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';
import { bearer, credentials } from './credentials.ts';
import { createSigningKey, Issuer, issuerName, signToken, type SigningKey } from './tokens.ts';

const account: UserInfo = { name: 'system:serviceaccount:ns:sa', groups: ['system:serviceaccounts'] };
let key: SigningKey;
let nextKey: SigningKey;
let clock: ManualClock;
let metrics: Metrics;
let issuer: Issuer;
let reviewed: { token: string; audiences: readonly string[] | undefined }[];
let signals: (AbortSignal | undefined)[];
let verdict: () => Promise<UserInfo | undefined>;
let authenticator: Authenticator;
const reviewer: TokenReviewer = {
  review: (token, audiences, signal) => {
    reviewed.push({ token, audiences });
    signals.push(signal);
    return verdict();
  },
};

beforeAll(async () => {
  key = await createSigningKey('one');
  nextKey = await createSigningKey('two');
});
beforeEach(() => {
  clock = createManualClock();
  metrics = createMetrics();
  issuer = new Issuer(key);
  [reviewed, signals] = [[], []];
  verdict = () => Promise.resolve(account);
  authenticator = createTokenAuthenticator({
    ...{ reviewer, issuer, audiences: ['api'], clock, metrics, logger: silentLogger, maxEntries: 100 },
  });
});

const ask = async (token: string): Promise<UserInfo | undefined> => authenticator.authenticate(bearer(token));
const refused = async (token: string): Promise<void> => {
  await expect(ask(token)).rejects.toMatchObject({ code: 401 });
};
const sign = (claims = {}, by = key, kid = by.id) => signToken(by, clock.now(), claims, kid);
const seconds = () => Math.floor(clock.now().getTime() / 1000);

describe('a service account token', () => {
  it('that is valid is still sent to kube-apiserver, with the audiences', async () => {
    const token = await sign();
    expect(await ask(token)).toBe(account);
    expect(reviewed).toEqual([{ token, audiences: ['api'] }]);
    verdict = () => Promise.resolve(undefined);
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
    authenticator = createTokenAuthenticator({ reviewer, issuer, clock, metrics, logger: silentLogger });
    expect(await ask(await sign({ aud: ['vault'] }))).toBe(account);
    expect(reviewed).toMatchObject([{ audiences: undefined }]);
    await refused(await sign({ exp: seconds() - 60 }));
  });
});

describe('a verdict on a token', () => {
  it('is kept for 10 s, whether positive or negative', async () => {
    const token = await sign();
    for (let count = 0; count < 3; count++) expect(await ask(token)).toBe(account);
    verdict = () => Promise.resolve(undefined);
    for (let count = 0; count < 3; count++) await refused('other');
    expect(reviewed).toHaveLength(2);
    clock.advance(9_999);
    expect(await ask(token)).toBe(account);
    clock.advance(1);
    await refused(token);
    await refused('other');
    expect(reviewed).toHaveLength(4);
  });

  it('is given at once when it is known', async () => {
    await ask('opaque');
    expect(authenticator.authenticate(bearer('opaque'))).toBe(account);
  });

  it('is not kept beyond the end of the token', async () => {
    const token = await sign({ exp: seconds() + 3 });
    expect(await ask(token)).toBe(account);
    verdict = () => Promise.resolve(undefined);
    clock.advance(2_999);
    expect(await ask(token)).toBe(account);
    clock.advance(1);
    await refused(token);
    expect(reviewed).toHaveLength(2);
  });

  it('is asked for once by all who wait for it', async () => {
    const users = await Promise.all([ask('opaque'), ask('opaque'), ask('opaque')]);
    expect(users).toEqual([account, account, account]);
    expect(reviewed).toHaveLength(1);
  });

  it('is not mixed up with that on another token', async () => {
    await ask('opaque');
    verdict = () => Promise.resolve(undefined);
    await refused('opaquE');
    expect(await ask('opaque')).toBe(account);
  });

  it('is forgotten where there are too many', async () => {
    await ask('first');
    for (let count = 0; count < 100; count++) await ask(`token-${count}`);
    await ask('first');
    await ask('token-99');
    expect(reviewed).toHaveLength(102);
  });

  it('is negative if the review names no user', async () => {
    verdict = () => Promise.resolve({ name: '', groups: ['system:masters'] });
    await refused('opaque');
  });

  it('is a 503, never a user and never kept, where kube-apiserver cannot be reached', async () => {
    verdict = () => Promise.reject(new Error('ECONNREFUSED'));
    await expect(ask('opaque')).rejects.toMatchObject({ code: 503, cause: expect.any(Error) as unknown });
    verdict = () => Promise.reject(new StatusError(429, 'TooManyRequests', 'slow down'));
    await expect(ask('opaque')).rejects.toMatchObject({ code: 503 });
    verdict = () => Promise.resolve(account);
    expect(await ask('opaque')).toBe(account);
    expect(await metrics.text()).toMatch(/apiserver_delegated_authn_request_total\{code="<error>"\} 1/);
    expect(await metrics.text()).toMatch(/apiserver_delegated_authn_request_total\{code="201"\} 1/);
  });

  it('is a 500 where this server may not ask, and does not tell the client why', async () => {
    verdict = () => Promise.reject(new StatusError(403, 'Forbidden', 'User "kubedirector" cannot create tokenreviews'));
    await expect(ask('opaque')).rejects.toMatchObject({ code: 500, message: 'Internal error occurred' });
  });

  it('is a 503 where it does not come within 10 s', async () => {
    verdict = () => new Promise(() => undefined);
    const answer = expect(ask('opaque')).rejects.toMatchObject({ code: 503 });
    await settled();
    clock.advance(9_999);
    expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
    clock.advance(1);
    await answer;
    // Its slot is free for the next token.
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    verdict = () => Promise.resolve(account);
    expect(await ask('opaque')).toBe(account);
  });
});

describe('more tokens than kube-apiserver is asked about', () => {
  /** Reviews that are under way until they are answered. */
  let answers: ((user: UserInfo | undefined) => void)[];
  beforeEach(() => {
    answers = [];
    verdict = () => new Promise((resolve) => answers.push(resolve));
  });
  const many = (count: number): Promise<unknown>[] =>
    Array.from({ length: count }, (_, at) => ask(`invented-${at}`).catch((error: unknown) => error));

  it('wait in a queue, and where that is full are told to come back', async () => {
    const outcomes = many(100);
    await settled();
    expect(reviewed).toHaveLength(16);
    const refusals = await Promise.all(outcomes.slice(80));
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 429, status: { details: { retryAfterSeconds: 1 } } });
    }
    // A review under way is not asked for again.
    const same = ask('invented-0');
    while (answers.length > 0) {
      for (const answer of answers.splice(0)) answer(account);
      await settled();
    }
    expect(await Promise.all(outcomes.slice(0, 80))).toEqual(Array.from({ length: 80 }, () => account));
    expect(await same).toBe(account);
    expect(reviewed).toHaveLength(80);
  });

  it('do not keep those waiting that were accepted before', async () => {
    const first = ask('opaque');
    await settled();
    answers.splice(0).forEach((answer) => answer(account));
    expect(await first).toBe(account);
    // Longer than a verdict holds.
    clock.advance(11_000);
    const outcomes = many(100);
    await settled();
    const again = ask('opaque');
    await settled();
    expect(reviewed.at(-1)?.token).toBe('opaque');
    answers.at(-1)?.(account);
    expect(await again).toBe(account);
    while (answers.length > 0) {
      for (const answer of answers.splice(0)) answer(undefined);
      await settled();
    }
    await Promise.all(outcomes);
  });

  it('do not keep those waiting that the issuer signed', async () => {
    const outcomes = many(100);
    const user = ask(await sign());
    await expect.poll(() => reviewed).toHaveLength(17);
    answers.at(-1)?.(account);
    expect(await user).toBe(account);
    while (answers.length > 0) {
      for (const answer of answers.splice(0)) answer(undefined);
      await settled();
    }
    await Promise.all(outcomes);
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

/** Lets everything happen that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
