/** Rights by kube-apiserver's answers (SubjectAccessReview), which are kept for a short time. */
import type { AccessRequest, AccessReviewer } from '../clients/contract.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { createAccessKey } from './access-key.ts';
import type { Authorizer, Decision } from './contract.ts';
import { createDelegation } from './delegation.ts';
import { createReviewCache, type Answer } from './review-cache.ts';

interface AccessReviewAuthorizerOptions {
  readonly reviewer: AccessReviewer;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Milliseconds for which a yes is kept; 10,000 if absent. */
  readonly allowedTtlMs?: number;
  /** Milliseconds for which a no is kept; 10,000 if absent. */
  readonly refusedTtlMs?: number;
  /** How many decisions are kept; 8,192 if absent. */
  readonly maxEntries?: number;
}

/**
 * Both ways of asking share what is kept; the second is for rights that are checked besides the request's own.
 * Failures to ask are StatusErrors as of Delegation: nobody is allowed anything meanwhile, nothing of it is kept.
 */
export function createAccessReviewAuthorizer(options: AccessReviewAuthorizerOptions): Authorizer & AccessReviewer {
  const { reviewer, clock, maxEntries = 8_192, allowedTtlMs = 10_000, refusedTtlMs = 10_000 } = options;
  const decisions = createReviewCache<Decision>({ clock, maxEntries });
  const delegate = createDelegation('authz', options);
  const keyOf = createAccessKey();
  async function ask(request: AccessRequest): Promise<Answer<Decision>> {
    const verdict = await delegate((signal) => reviewer.review(request, signal));
    return { value: verdict, ttlMs: verdict.allowed ? allowedTtlMs : refusedTtlMs };
  }
  const authorize = (request: AccessRequest): Decision | Promise<Decision> =>
    decisions.get(keyOf(request), () => ask(request));
  return {
    authorize,
    review: async (request) => ({ reason: '', ...(await authorize(request)) }),
  };
}
