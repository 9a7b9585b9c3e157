/** Users by bearer token. It is checked here as far as possible, then by kube-apiserver (TokenReview). */
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import type { ServiceAccountIssuerSource, TokenReviewer } from '../clients/contract.ts';
import { unauthorized } from '../meta/status.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { bearerToken } from './bearer-token.ts';
import type { Authenticator } from './contract.ts';
import { createDelegation } from './delegation.ts';
import { createReviewCache, type Answer } from './review-cache.ts';
import { createReviewGate } from './review-gate.ts';
import { claims, createServiceAccountTokenCheck } from './service-account-token.ts';

/** What token authentication needs, and its limits. */
export interface TokenOptions {
  readonly reviewer: TokenReviewer;
  /** Absent: kube-apiserver alone checks all tokens. */
  readonly issuer?: ServiceAccountIssuerSource;
  /** The audiences of which a token must name one; absent: those of kube-apiserver. */
  readonly audiences?: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds for which a verdict holds (one in favour not beyond the token's end); 10,000 where absent. */
  readonly ttlMs?: number;
  /** How many verdicts are kept; 4,096 if absent. */
  readonly maxEntries?: number;
}

/**
 * Reviews at a time, and in the queue. Anybody can invent tokens, so nobody may hold a place in the queue for longer
 * than a request may take: a review is given up after 10 s.
 */
const invented = { parallel: 16, waiting: 64 };
/** The issuer's signature cannot be invented: who has it does not wait behind those who have none. */
const signed = { parallel: 32, waiting: 256 };
/** The same is true for a token that kube-apiserver has accepted before. It is reviewed again all the same. */
const known = { parallel: 32, waiting: 256 };

/**
 * A token that is not valid is refused (StatusError 401). Verdicts are kept by the token's SHA-256, never the token;
 * requests with the same token share one review. Failures to ask are StatusErrors as of Delegation, or 429 as of
 * ReviewGate.
 */
export function createTokenAuthenticator(options: TokenOptions): Authenticator {
  const { maxEntries = 4_096, clock } = options;
  const verdicts = createReviewCache<UserInfo | undefined>({ clock, maxEntries });
  const judge = createJudge(options);
  return {
    authenticate({ headers }) {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const key = hash('sha256', token, 'base64');
      const found = verdicts.get(key, () => judge(token, key));
      return found instanceof Promise ? found.then(orRefuse) : orRefuse(found);
    },
  };
}

function orRefuse(user: UserInfo | undefined): UserInfo {
  if (user === undefined) throw unauthorized();
  return user;
}

/** @returns the judge of a token; `key` is what the token is remembered by */
function createJudge(options: TokenOptions): (token: string, key: string) => Promise<Answer<UserInfo | undefined>> {
  const { reviewer, issuer, audiences, clock, logger, ttlMs = 10_000 } = options;
  const delegate = createDelegation('authn', options);
  const gates = {
    signed: createReviewGate(signed),
    known: createReviewGate(known),
    others: createReviewGate(invented),
  };
  const accepted = new LRUCache<string, true>({ max: options.maxEntries ?? 4_096 });
  const check =
    issuer === undefined
      ? undefined
      : createServiceAccountTokenCheck({
          ...{ source: issuer, clock, logger },
          ...(audiences === undefined ? {} : { audiences }),
        });
  return async (token, key) => {
    const verdict = await check?.(token);
    if (verdict === 'bad') return { value: undefined, ttlMs };
    const gate = verdict === 'good' ? gates.signed : accepted.has(key) ? gates.known : gates.others;
    const user = await gate(() => delegate((signal) => reviewer.review(token, audiences, signal)));
    if (user === undefined || user.name === '') {
      accepted.delete(key);
      return { value: undefined, ttlMs };
    }
    accepted.set(key, true);
    const { exp = Infinity } = claims(token);
    return { value: user, ttlMs: Math.min(ttlMs, exp * 1000 - clock.now().getTime()) };
  };
}
