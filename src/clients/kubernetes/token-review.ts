/** Source: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/ */
import type { UserInfo } from '../../meta/user.ts';
import type { TokenReviewer } from '../contract.ts';
import { createReview } from './review-request.ts';
import type { ApiTransport } from './transport.ts';

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly audiences?: readonly string[];
}

/**
 * Where audiences are asked for, an answer that names none of them does not count: whoever gave it did not look.
 * `review` throws StatusError 503 where there is no answer.
 */
export function createTokenReviewer(transport: ApiTransport): TokenReviewer {
  const ask = createReview(transport, 'authentication.k8s.io', 'TokenReview');
  return {
    async review(token, audiences = [], signal) {
      const spec = { token, ...(audiences.length === 0 ? {} : { audiences }) };
      const status = await ask<TokenReviewStatus>(spec, signal);
      if (status.authenticated !== true) return undefined;
      if (audiences.length > 0 && !status.audiences?.some((one) => audiences.includes(one))) return undefined;
      return userOf(status);
    },
  };
}

/** Undefined for an answer that names nobody. */
function userOf({ user = {} }: TokenReviewStatus): UserInfo | undefined {
  const { username = '', uid = '', groups = [], extra } = user;
  if (username === '') return undefined;
  return { name: username, ...(uid === '' ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}
