import { describe, expect, it } from 'vitest';
import type { Authenticator } from '../../../src/auth/contract.ts';
import { authenticatedGroup, meteredAuthenticator } from '../../../src/auth/index.ts';
import { unauthorized } from '../../../src/meta/status.ts';
import { anonymous, type UserInfo } from '../../../src/meta/user.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { bearer, credentials } from './credentials.ts';

const of = (user: UserInfo | undefined): Authenticator => ({ authenticate: () => user });
const ask = (authenticator: Authenticator) => authenticator.authenticate(credentials());

describe('the group system:authenticated', () => {
  it('is given to every authenticated user, whether the answer comes at once or later', async () => {
    const jane = { name: 'jane', uid: '7', groups: ['dev'], extra: { a: ['b'] } };
    const expected = { ...jane, groups: ['dev', 'system:authenticated'] };
    expect(ask(authenticatedGroup(of(jane)))).toEqual(expected);
    expect(await ask(authenticatedGroup({ authenticate: () => Promise.resolve(jane) }))).toEqual(expected);
    expect(ask(authenticatedGroup(of(undefined)))).toBeUndefined();
  });

  it('is not given to those whom a front proxy does not know', () => {
    expect(ask(authenticatedGroup(of(anonymous)))).toBe(anonymous);
    const unnamed = { name: 'system:anonymous', groups: [] };
    expect(ask(authenticatedGroup(of(unnamed)))).toBe(unnamed);
    const joe = { name: 'joe', groups: ['system:unauthenticated'] };
    expect(ask(authenticatedGroup(of(joe)))).toBe(joe);
  });

  it('leaves a user the same object from one request to the next', () => {
    const authenticator = authenticatedGroup(of({ name: 'jane', groups: [] }));
    expect(ask(authenticator)).toBe(ask(authenticator));
    const settled = { name: 'jane', groups: ['system:authenticated'] };
    expect(ask(authenticatedGroup(of(settled)))).toBe(settled);
  });
});

describe('the metrics of authentication', () => {
  const counted = async (...authenticators: [Authenticator, ReturnType<typeof credentials>][]): Promise<string> => {
    const metrics = createMetrics();
    for (const [authenticator, given] of authenticators) {
      await Promise.allSettled([
        (async () => meteredAuthenticator(authenticator, metrics, createManualClock()).authenticate(given))(),
      ]);
    }
    return metrics.text();
  };

  it('count users only by a few useful names', async () => {
    const users = ['kubelet', 'jane@example.com', 'jane', 'system:serviceaccount:ns:sa'];
    const text = await counted(
      ...users.map((name): [Authenticator, ReturnType<typeof credentials>] => [
        of({ name, groups: [] }),
        credentials(),
      ]),
    );
    expect(text).toContain('authenticated_user_requests{username="kubelet"} 1');
    expect(text).toContain('authenticated_user_requests{username="email_id"} 1');
    expect(text).toContain('authenticated_user_requests{username="other"} 2');
    expect(text).toContain('authentication_attempts{result="success"} 4');
    expect(text).not.toContain('jane');
  });

  it('count errors and unknown credentials, but not requests without credentials', async () => {
    const refuses: Authenticator = {
      authenticate: () => {
        throw unauthorized();
      },
    };
    const refusesLater: Authenticator = { authenticate: () => Promise.reject(unauthorized()) };
    const text = await counted(
      [refuses, bearer('x')],
      [refusesLater, bearer('x')],
      [of(undefined), bearer('x')],
      [of(undefined), credentials()],
    );
    expect(text).toContain('authentication_attempts{result="error"} 2');
    expect(text).toContain('authentication_attempts{result="failure"} 1');
  });

  it('tell how long it took, for each result by itself', async () => {
    const clock = createManualClock();
    const metrics = createMetrics();
    const slow = (user: UserInfo | undefined): Authenticator => ({
      authenticate: () => {
        clock.advance(30);
        return Promise.resolve(user);
      },
    });
    await meteredAuthenticator(slow({ name: 'jane', groups: [] }), metrics, clock).authenticate(credentials());
    await meteredAuthenticator(slow(undefined), metrics, clock).authenticate(bearer('x'));
    const text = await metrics.text();
    for (const result of ['success', 'failure']) {
      expect(text).toContain(`authentication_duration_seconds_bucket{result="${result}",le="0.016"} 0`);
      expect(text).toContain(`authentication_duration_seconds_bucket{result="${result}",le="0.032"} 1`);
      expect(text).toContain(`authentication_duration_seconds_sum{result="${result}"} 0.03`);
    }
    expect(text).toContain('authentication_duration_seconds_bucket{result="success",le="16.384"} 1');
    expect(text).toContain('authentication_duration_seconds_count{result="error"} 0');
  });

  it('do not change what they count', async () => {
    const jane = { name: 'jane', groups: [] };
    expect(ask(meteredAuthenticator(of(jane), createMetrics(), createManualClock()))).toBe(jane);
    const refusesLater: Authenticator = { authenticate: () => Promise.reject(unauthorized()) };
    await expect(ask(meteredAuthenticator(refusesLater, createMetrics(), createManualClock()))).rejects.toMatchObject({
      code: 401,
    });
  });
});
