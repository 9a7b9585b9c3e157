/** The ways in which a revision cannot be shown, worded as kube-apiserver words them (k8s.io/apiserver/pkg/storage). */
import { expired, timeoutError, type StatusError } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';

/** 410: changes after this revision are no longer all known. */
export function tooOldRevision(asked: Revision, oldest: Revision): StatusError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}

/** 504: nothing this new has been written; the client may try again in a second. */
export function tooLargeRevision(asked: Revision, current: Revision): StatusError {
  return timeoutError(`Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
