/**
 * Errors as the API shows them: `v1 Status`. Every failure that a client is to see is a StatusError; it becomes a
 * response in one place (apiserver/http). Wording and codes: k8s.io/apimachinery/pkg/api/errors.
 */
import type { FieldError } from './field-error.ts';
import { groupResourceString, type GroupResource } from './object.ts';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  /** `continue`: of an expired listing, with which the rest of it can be had. */
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** True for what says of itself that it is one. */
export function isStatus(value: object): value is Status {
  return 'kind' in value && value.kind === 'Status' && 'apiVersion' in value && value.apiVersion === 'v1';
}

export class StatusError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StatusError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details ? { details } : {}),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

/** True for a StatusError with this reason ("NotFound", "Conflict", "AlreadyExists", "Expired"…). */
export function isReason(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

const about = (resource: GroupResource, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.resource,
});

export function badRequest(message: string, options?: ErrorOptions): StatusError {
  return new StatusError(400, 'BadRequest', message, undefined, options);
}
export function unauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError(401, 'Unauthorized', message);
}
export function forbiddenRequest(resource: GroupResource, name: string, why: string): StatusError {
  const subject = name === '' ? groupResourceString(resource) : `${groupResourceString(resource)} "${name}"`;
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, about(resource, name));
}
export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${groupResourceString(resource)} "${name}" not found`,
    about(resource, name),
  );
}
/** The path itself leads nowhere. */
export function pathNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}
export function methodNotSupported(resource: GroupResource, verb: string): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${groupResourceString(resource)}"`,
    about(resource, ''),
  );
}
export function notAcceptable(supported: readonly string[]): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${supported.join(', ')}`);
}
export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${groupResourceString(resource)} "${name}" already exists`,
    about(resource, name),
  );
}
export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${groupResourceString(resource)} "${name}": ${why}`,
    about(resource, name),
  );
}
/** The usual text of a lost compare-and-swap. */
export const objectModified =
  'the object has been modified; please apply your changes to the latest version and try again';

/** The history asked for is gone: list again. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}
export function requestEntityTooLarge(message: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`);
}
export function unsupportedMediaType(supported: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
  );
}
export function invalidObject(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const lines = errors.map((error) => `${error.field}: ${error.message}`);
  const list = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
  const full = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError(422, 'Invalid', `${full} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes: errors.map((error) => ({ reason: error.type, message: error.message, field: error.field })),
  });
}
export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });
}
/** Says nothing of the cause: that goes to the log, under the request's id. */
export function internalError(cause: unknown): StatusError {
  return new StatusError(500, 'InternalError', 'Internal error occurred', undefined, { cause });
}
/** @param options retryAfterSeconds: when it is worth another try; also sent as Retry-After */
export function serviceUnavailable(
  message: string,
  { retryAfterSeconds, ...options }: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
): StatusError {
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return new StatusError(503, 'ServiceUnavailable', message, details, options);
}
export function timeoutError(message: string, details?: StatusDetails): StatusError {
  return new StatusError(504, 'Timeout', message, details);
}
