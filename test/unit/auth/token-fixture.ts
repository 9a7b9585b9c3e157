/** An authenticator of service account tokens, with an issuer and a reviewer that a test answers for. */
import { beforeAll, beforeEach, expect } from 'vitest';
import { createTokenAuthenticator } from '../../../src/auth/token.ts';
import type { Authenticator } from '../../../src/auth/contract.ts';
import type { TokenReviewer } from '../../../src/clients/contract.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';
import { bearer } from './credentials.ts';
import { createSigningKey, Issuer, signToken, type SigningKey } from './tokens.ts';

export const account: UserInfo = { name: 'system:serviceaccount:ns:sa', groups: ['system:serviceaccounts'] };
export let key: SigningKey;
export let nextKey: SigningKey;
export let clock: ManualClock;
export let metrics: Metrics;
export let issuer: Issuer;
export let reviewed: { token: string; audiences: readonly string[] | undefined }[];
export let signals: (AbortSignal | undefined)[];
let verdict: () => Promise<UserInfo | undefined>;

export function setVerdict(next: () => Promise<UserInfo | undefined>): void {
  verdict = next;
}

export let authenticator: Authenticator;

export function setAuthenticator(next: Authenticator): void {
  authenticator = next;
}

export const reviewer: TokenReviewer = {
  review: (token, audiences, signal) => {
    reviewed.push({ token, audiences });
    signals.push(signal);
    return verdict();
  },
};

export const ask = async (token: string): Promise<UserInfo | undefined> => authenticator.authenticate(bearer(token));
export const refused = async (token: string): Promise<void> => {
  await expect(ask(token)).rejects.toMatchObject({ code: 401 });
};
export const sign = (claims = {}, by = key, kid = by.id) => signToken(by, clock.now(), claims, kid);
export const seconds = () => Math.floor(clock.now().getTime() / 1000);

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Gives each test of the file that calls this an authenticator of its own. */
export function eachWithIssuer(): void {
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
}
