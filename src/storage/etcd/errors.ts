/** What etcd's errors mean. Source of their texts: https://pkg.go.dev/go.etcd.io/etcd/api/v3/v3rpc/rpctypes */
import { status, type ServiceError } from '@grpc/grpc-js';
import { StorageLimitError, StorageUnavailableError } from '../contract.ts';

/**
 * again: it was surely not carried out, and may be sent again, best to another member.
 * unknown: nobody knows whether it was carried out.
 * token: it was refused because the token is no longer valid.
 * final: sending it again gives the same.
 */
type Verdict = 'again' | 'unknown' | 'token' | 'final';

/** Sent by a member before it begins, or by our own end of a connection that does not exist. */
const notBegun =
  /^etcdserver: (no leader|too many requests|not capable|rpc not supported for learner)|^No connection established|^Name resolution failed|^Channel closed before/;
const staleToken = /etcdserver: (invalid auth token|revision of auth store is old|user name is empty)/;
const transportCodes: readonly number[] = [
  status.CANCELLED,
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.INTERNAL,
  status.UNAVAILABLE,
];

/** True for what a call failed with; anything else that is thrown is a defect of ours. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number';
}

/** What can be done after this error. */
export function verdictOf({ code, details }: ServiceError): Verdict {
  if (code === status.UNAUTHENTICATED || staleToken.test(details)) return 'token';
  if (notBegun.test(details)) return 'again';
  return transportCodes.includes(code) ? 'unknown' : 'final';
}

/** True if a new login may help: also for the reason of a watch that was ended. */
export function isStaleToken(error: unknown): boolean {
  if (isServiceError(error)) return verdictOf(error) === 'token';
  return error instanceof Error && staleToken.test(error.message);
}

/** True if the revision that was asked for is no longer kept. */
export function isCompacted(error: unknown): boolean {
  return isServiceError(error) && error.details.includes('required revision has been compacted');
}

/** True if the member does not know this call: it is older. */
export function isUnimplemented(error: unknown): boolean {
  return isServiceError(error) && error.code === status.UNIMPLEMENTED;
}

/** True if the user has no right to the call. */
export function isPermissionDenied(error: unknown): boolean {
  return isServiceError(error) && error.code === status.PERMISSION_DENIED;
}

/** What the options say of etcd cannot be: no address of a member, no prefix, no certificates. Nothing was sent. */
export class EtcdOptionsError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EtcdOptionsError';
  }
}

/** etcd takes no writes because its disk space is used up. */
export class EtcdSpaceError extends StorageUnavailableError {
  constructor(cause: Error) {
    super(
      'etcd has used up its space quota and takes no writes: compact and defragment it, then "etcdctl alarm disarm"; ' +
        'or raise --quota-backend-bytes',
      { cause },
    );
    this.name = 'EtcdSpaceError';
  }
}

/**
 * The contract's error for one that is final.
 * @param bytes of the request
 */
export function finalError(error: ServiceError, bytes: number): Error {
  const { code, details } = error;
  const cause = { cause: error };
  if (details.includes('too many operations in txn request')) {
    return new StorageLimitError('a commit has more keys than etcd takes: raise its --max-txn-ops', cause);
  }
  if (details.includes('request is too large') || details.includes('larger than max')) {
    const message = `a commit of ${bytes} bytes is larger than etcd takes: raise its --max-request-bytes`;
    return new StorageLimitError(message, cause);
  }
  if (details.includes('database space exceeded')) return new EtcdSpaceError(error);
  if (details.includes('authentication failed')) {
    return new StorageUnavailableError('etcd does not accept the user or its password', cause);
  }
  if (code === status.PERMISSION_DENIED) {
    return new StorageUnavailableError(
      'the user has no rights to these keys in etcd: grant its role the prefix',
      cause,
    );
  }
  if (code === status.DATA_LOSS) return new StorageUnavailableError(`etcd is damaged: ${details}`, cause);
  return new StorageUnavailableError(`etcd refused a call: ${details}`, cause);
}

/** What grpc-js says around the reason. */
const noConnection = /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note: .*$/s;

/** The text of anything that was thrown; of a failed call without its code. */
export function reasonOf(error: unknown): string {
  if (isServiceError(error)) return error.details.replace(noConnection, 'no connection: $1');
  return error instanceof Error ? error.message : String(error);
}
