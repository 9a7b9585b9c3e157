/** Errors about revisions that cannot be shown, in kube-apiserver's words (k8s.io/apiserver/pkg/storage). */
import { expired, timeoutError, type StatusError } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';

/** 410: not all changes after this revision are known any more. */
export function tooOldRevision(asked: Revision, oldest: Revision): StatusError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}

/** 504: this revision has not been written yet; the client may retry after a second. */
export function tooLargeRevision(asked: Revision, current: Revision): StatusError {
  return timeoutError(`Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
