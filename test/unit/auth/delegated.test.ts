import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuthenticationConfig, RequestHeaderConfig } from '../../../src/auth/authentication-config.ts';
import type { Authenticator, Credentials } from '../../../src/auth/contract.ts';
import { createDelegatedAuthenticator, type DelegatedConfig } from '../../../src/auth/index.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createAuthority, type Authority, type Pair } from '../../support/certificates.ts';
import { credentials, peer } from './credentials.ts';

let frontCa: Authority;
let clientCa: Authority;
let front: Pair;
let jane: Pair;
let requestHeader: RequestHeaderConfig;
let loaded: AuthenticationConfig;
let config: TestConfig;
let reviewed: string[];
let authenticator: Authenticator;

class TestConfig implements DelegatedConfig {
  readonly #listeners: ((config: AuthenticationConfig) => void)[] = [];
  #current: AuthenticationConfig | undefined;

  constructor(current?: AuthenticationConfig) {
    this.#current = current;
  }

  current = () => this.#current;
  loaded = () => this.#current !== undefined;
  start = () => Promise.resolve();

  onChange(listener: (config: AuthenticationConfig) => void): () => void {
    this.#listeners.push(listener);
    return () => undefined;
  }

  set(next: AuthenticationConfig): void {
    this.#current = next;
    for (const listener of this.#listeners) listener(next);
  }
}

beforeAll(async () => {
  frontCa = await createAuthority('CN=front-proxy-ca');
  clientCa = await createAuthority('CN=client-ca');
  front = await frontCa.issue('CN=front-proxy-client,O=system:masters');
  jane = await clientCa.issue('CN=jane,O=dev');
  requestHeader = {
    ...{ authorities: frontCa.cert, allowedNames: ['front-proxy-client'] },
    ...{ usernameHeaders: ['x-remote-user'], uidHeaders: [], groupHeaders: ['x-remote-group'] },
    extraHeaderPrefixes: ['x-remote-extra-'],
  };
  loaded = { clientAuthorities: clientCa.cert, requestHeader };
});
beforeEach(() => {
  reviewed = [];
  delegate(new TestConfig(loaded));
});

function delegate(to: TestConfig): void {
  config = to;
  authenticator = createDelegatedAuthenticator({
    ...{ config, clock: systemClock, logger: silentLogger, metrics: createMetrics() },
    reviewer: {
      review: (token): Promise<UserInfo | undefined> => {
        reviewed.push(token);
        return Promise.resolve(token === 'good' ? { name: 'token-user', groups: [] } : undefined);
      },
    },
  });
}

const forged: [string, string][] = [
  ['X-Remote-User', 'root'],
  ['X-Remote-Group', 'system:masters'],
];
const token = (value: string): [string, string] => ['Authorization', `Bearer ${value}`];
const ask = async (given: Credentials) => authenticator.authenticate(given);

describe('delegated authentication', () => {
  it('believes the front proxy before anything else', async () => {
    expect(await ask(credentials(peer(front), [...forged, token('good')]))).toEqual({
      name: 'root',
      groups: ['system:masters'],
    });
    expect(reviewed).toEqual([]);
  });

  it('takes the user from the certificate, whatever headers and tokens say', async () => {
    const given = credentials(peer(jane), [...forged, token('good')]);
    expect(await ask(given)).toEqual({ name: 'jane', groups: ['dev'] });
    expect(reviewed).toEqual([]);
  });

  it('takes a token’s user for nobody else', async () => {
    expect(await ask(credentials(undefined, [...forged, token('good')]))).toMatchObject({ name: 'token-user' });
    await expect(ask(credentials(undefined, [...forged, token('bad')]))).rejects.toMatchObject({ code: 401 });
  });

  it('authenticates nobody by headers alone', async () => {
    expect(await ask(credentials(undefined, forged))).toBeUndefined();
    expect(await ask(credentials())).toBeUndefined();
  });

  it('does not take the front proxy for a client of that name', async () => {
    expect(await ask(credentials(peer(front)))).toBeUndefined();
  });

  it('knows nobody by a front proxy CA’s certificate of another name, or by one of a CA it was not told of', async () => {
    const somebody = await frontCa.issue('CN=somebody,O=system:masters');
    expect(await ask(credentials(peer(somebody), forged))).toBeUndefined();
    const strange = await createAuthority('CN=client-ca');
    expect(await ask(credentials(peer(await strange.issue('CN=jane')), forged))).toBeUndefined();
    expect(await ask(credentials(peer(somebody), [...forged, token('good')]))).toMatchObject({ name: 'token-user' });
  });

  it('tells clients and front proxy of one common CA apart by name', async () => {
    config.set({
      clientAuthorities: frontCa.cert,
      requestHeader: { ...requestHeader, allowedNames: ['front-proxy-client'] },
    });
    const client = await frontCa.issue('CN=joe');
    expect(await ask(credentials(peer(client), forged))).toEqual({ name: 'joe', groups: [] });
    expect(await ask(credentials(peer(front), forged))).toMatchObject({ name: 'root' });
  });

  it('follows the configuration, on open connections too', async () => {
    const [byFront, byJane] = [credentials(peer(front), forged), credentials(peer(jane))];
    expect([await ask(byFront), await ask(byJane)]).toMatchObject([{ name: 'root' }, { name: 'jane' }]);
    const next = await createAuthority('CN=next-ca');
    config.set({
      clientAuthorities: clientCa.cert + next.cert,
      requestHeader: { ...requestHeader, authorities: next.cert },
    });
    expect(await ask(byFront)).toBeUndefined();
    expect(await ask(byJane)).toMatchObject({ name: 'jane' });
    expect(await ask(credentials(peer(await next.issue('CN=front-proxy-client')), forged))).toMatchObject({
      name: 'root',
    });
    config.set({ clientAuthorities: next.cert });
    expect(await ask(byJane)).toBeUndefined();
    expect(await ask(credentials(peer(await next.issue('CN=front-proxy-client')), forged))).toEqual({
      name: 'front-proxy-client',
      groups: [],
    });
    config.set({});
    expect([await ask(byFront), await ask(byJane)]).toEqual([undefined, undefined]);
  });

  it('checks no certificates before it is configured, but checks tokens', async () => {
    delegate(new TestConfig());
    await expect(ask(credentials(peer(front), forged))).rejects.toMatchObject({ code: 503 });
    await expect(ask(credentials(peer(jane)))).rejects.toMatchObject({ code: 503 });
    expect(await ask(credentials(undefined, [token('good')]))).toMatchObject({ name: 'token-user' });
    expect(await ask(credentials(undefined, forged))).toBeUndefined();
    config.set(loaded);
    expect(await ask(credentials(peer(front), forged))).toMatchObject({ name: 'root' });
    expect(await ask(credentials(peer(jane)))).toMatchObject({ name: 'jane' });
  });
});
