import { describe, expect, it } from 'vitest';
import type { Authenticator, Authorizer, Decision } from '../../../src/auth/contract.ts';
import {
  denyAll,
  mastersAuthorizer,
  meteredAuthorizer,
  publicInfoAuthorizer,
  unionAuthenticator,
} from '../../../src/auth/index.ts';
import { StatusError, unauthorized } from '../../../src/meta/status.ts';
import { anonymous } from '../../../src/meta/user.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createManualClock } from '../runtime/manual-clock.ts';

const jane = { name: 'jane', groups: ['dev'] };
const root = { name: 'root', groups: ['system:masters'] };
const pods = { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'default', name: '' };

describe('authorizers', () => {
  it('let system:masters do everything and ask the next about everybody else', () => {
    const readers: Authorizer = {
      authorize: ({ verb }) => (verb === 'get' ? { allowed: true } : { allowed: false, reason: 'read only' }),
    };
    const authorizer = mastersAuthorizer(readers);
    expect(authorizer.authorize({ user: root, verb: 'delete', resource: pods })).toEqual({ allowed: true });
    expect(authorizer.authorize({ user: jane, verb: 'get', resource: pods })).toEqual({ allowed: true });
    expect(authorizer.authorize({ user: jane, verb: 'delete', resource: pods })).toEqual({
      allowed: false,
      reason: 'read only',
    });
  });

  it('deny where nobody is left to ask', () => {
    expect(mastersAuthorizer().authorize({ user: jane, verb: 'get', resource: pods })).toMatchObject({
      allowed: false,
    });
    expect(denyAll.authorize({ user: root, verb: 'get' })).toMatchObject({ allowed: false });
  });

  it.each(['/healthz', '/livez', '/readyz', '/readyz/ping', '/version'])('let everybody read %s', (path) => {
    const authorizer = publicInfoAuthorizer(denyAll);
    expect(authorizer.authorize({ user: anonymous, verb: 'get', path })).toEqual({ allowed: true });
    expect(authorizer.authorize({ user: anonymous, verb: 'post', path })).toMatchObject({ allowed: false });
  });

  it.each(['/metrics', '/healthzz', '/apis', '/'])('do not let everybody read %s', (path) => {
    expect(publicInfoAuthorizer(denyAll).authorize({ user: anonymous, verb: 'get', path })).toMatchObject({
      allowed: false,
    });
  });
});

describe('several authenticators', () => {
  const nobody: Authenticator = { authenticate: () => undefined };
  const later: Authenticator = { authenticate: () => Promise.resolve(undefined) };
  const knowsJane: Authenticator = { authenticate: () => jane };
  const refuses: Authenticator = {
    authenticate: () => {
      throw unauthorized();
    },
  };
  const ask = (...all: Authenticator[]) => unionAuthenticator(all).authenticate({ headers: {}, rawHeaders: [] });

  it('are asked in turn until one knows the user', async () => {
    expect(ask(nobody, knowsJane, refuses)).toEqual(jane);
    expect(await ask(nobody, later, knowsJane, refuses)).toEqual(jane);
    expect(await ask(nobody, later)).toBeUndefined();
  });

  it('are not asked further once one refused', async () => {
    expect(() => ask(refuses, knowsJane)).toThrow(StatusError);
    await expect(ask(later, refuses, knowsJane)).rejects.toThrow(StatusError);
  });
});

describe('the metrics of authorization', () => {
  const request = { user: jane, verb: 'get', resource: pods };
  const refusedToAnswer = new StatusError(503, 'ServiceUnavailable', 'nobody could be asked', {});
  const answers: readonly [string, Decision | Error][] = [
    ['allowed', { allowed: true }],
    ['denied', { allowed: false, reason: '', denied: true }],
    ['no-opinion', { allowed: false, reason: '' }],
    ['error', refusedToAnswer],
  ];

  it.each(answers)(
    'count what is %s, at once or later, tell how long it took and let it pass',
    async (result, answer) => {
      const clock = createManualClock();
      const metrics = createMetrics();
      const give = (): Decision => {
        clock.advance(5);
        if (answer instanceof Error) throw answer;
        return answer;
      };
      const later = (): Promise<Decision> => new Promise((resolve) => resolve(give()));
      for (const authorize of [give, later]) {
        const asked = (async () => meteredAuthorizer({ authorize }, metrics, clock).authorize(request))();
        expect(await asked.catch((error: unknown) => error)).toBe(answer);
      }
      const text = await metrics.text();
      for (const [other] of answers) {
        const count = other === result ? 2 : 0;
        expect(text).toContain(`authorization_attempts_total{result="${other}"} ${count}`);
        expect(text).toContain(`authorization_duration_seconds_count{result="${other}"} ${count}`);
      }
      expect(text).toContain(`authorization_duration_seconds_bucket{result="${result}",le="0.004"} 0`);
      expect(text).toContain(`authorization_duration_seconds_bucket{result="${result}",le="0.008"} 2`);
    },
  );
});
