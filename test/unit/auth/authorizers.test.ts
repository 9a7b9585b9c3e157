import { describe, expect, it } from 'vitest';
import type { Authenticator, Authorizer } from '../../../src/auth/contract.ts';
import { denyAll, mastersAuthorizer, publicInfoAuthorizer, unionAuthenticator } from '../../../src/auth/index.ts';
import { StatusError, unauthorized } from '../../../src/meta/status.ts';
import { anonymous } from '../../../src/meta/user.ts';

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
