/** Source: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/ */
import type { AccessRequest, AccessReviewer } from '../contract.ts';
import { createReview } from './review-request.ts';
import type { ApiTransport } from './transport.ts';

interface AccessReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
}

/** `review` throws StatusError 503 where there is no answer. */
export function createAccessReviewer(transport: ApiTransport): AccessReviewer {
  const ask = createReview(transport, 'authorization.k8s.io', 'SubjectAccessReview');
  return {
    async review(request, signal) {
      const status = await ask<AccessReviewStatus>(specOf(request), signal);
      const { allowed, denied, reason, evaluationError } = status;
      return {
        allowed: allowed === true && denied !== true,
        reason: reason || (evaluationError ?? ''),
        ...(denied === true ? { denied } : {}),
      };
    },
  };
}

function specOf({ user, verb, resource, path }: AccessRequest): object {
  const { name, uid, groups, extra } = user;
  return {
    user: name,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
    ...(resource === undefined
      ? { nonResourceAttributes: { verb, path: path ?? '' } }
      : { resourceAttributes: { verb, ...resource } }),
  };
}
