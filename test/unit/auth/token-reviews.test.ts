/** What becomes of kube-apiserver's verdicts on tokens. */
import { beforeEach, describe, expect, it } from 'vitest';
import { StatusError } from '../../../src/meta/status.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { bearer } from './credentials.ts';
import {
  account,
  ask,
  authenticator,
  clock,
  eachWithIssuer,
  metrics,
  refused,
  reviewed,
  seconds,
  settled,
  setVerdict,
  sign,
  signals,
} from './token-fixture.ts';

eachWithIssuer();

describe('a verdict on a token', () => {
  it('is kept for 10 s, whether positive or negative', async () => {
    const token = await sign();
    for (let count = 0; count < 3; count++) expect(await ask(token)).toBe(account);
    setVerdict(() => Promise.resolve(undefined));
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
    setVerdict(() => Promise.resolve(undefined));
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
    setVerdict(() => Promise.resolve(undefined));
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
    setVerdict(() => Promise.resolve({ name: '', groups: ['system:masters'] }));
    await refused('opaque');
  });

  it('is a 503, never a user and never kept, where kube-apiserver cannot be reached', async () => {
    setVerdict(() => Promise.reject(new Error('ECONNREFUSED')));
    await expect(ask('opaque')).rejects.toMatchObject({ code: 503, cause: expect.any(Error) as unknown });
    setVerdict(() => Promise.reject(new StatusError(429, 'TooManyRequests', 'slow down')));
    await expect(ask('opaque')).rejects.toMatchObject({ code: 503 });
    setVerdict(() => Promise.resolve(account));
    expect(await ask('opaque')).toBe(account);
    expect(await metrics.text()).toMatch(/apiserver_delegated_authn_request_total\{code="<error>"\} 1/);
    expect(await metrics.text()).toMatch(/apiserver_delegated_authn_request_total\{code="201"\} 1/);
  });

  it('is a 500 where this server may not ask, and does not tell the client why', async () => {
    setVerdict(() =>
      Promise.reject(new StatusError(403, 'Forbidden', 'User "kubedirector" cannot create tokenreviews')),
    );
    await expect(ask('opaque')).rejects.toMatchObject({ code: 500, message: 'Internal error occurred' });
  });

  it('is a 503 where it does not come within 10 s', async () => {
    setVerdict(() => new Promise(() => undefined));
    const answer = expect(ask('opaque')).rejects.toMatchObject({ code: 503 });
    await settled();
    clock.advance(9_999);
    expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
    clock.advance(1);
    await answer;
    // Its slot is free for the next token.
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    setVerdict(() => Promise.resolve(account));
    expect(await ask('opaque')).toBe(account);
  });
});

describe('more tokens than kube-apiserver is asked about', () => {
  /** Reviews that are under way until they are answered. */
  let answers: ((user: UserInfo | undefined) => void)[];
  beforeEach(() => {
    answers = [];
    setVerdict(() => new Promise((resolve) => answers.push(resolve)));
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
