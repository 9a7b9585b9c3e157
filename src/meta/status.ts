/**
 * Errors as the API shows them: `v1 Status`. Every failure that clients should see is a StatusError. One place
 * (apiserver/http) turns them into responses. Wording and codes: k8s.io/apimachinery/pkg/api/errors.
 */
import type { FieldError } from './field-error.ts';
import { groupResourceString, type GroupResource } from './object.ts';

/** One of several reasons of a failure; `field` is a path such as "spec.roles[0].members". */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** What a failure is about. `kind` holds the resource's name, except in answers to invalid objects. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The body of every answer that is not an object or a list: errors, and some successes. `code` is the HTTP status. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  /** `continue` is set where a paged list has expired: with this token the client can still read the rest. */
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** True where kind and apiVersion are those of a `v1 Status`. The other fields are not checked. */
export function isStatus(value: object): value is Status {
  return 'kind' in value && value.kind === 'Status' && 'apiVersion' in value && value.apiVersion === 'v1';
}

/** An error that clients see. Its `status` is the response's body, its `code` the HTTP status. */
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

/** 400: the request cannot be understood. */
export function badRequest(message: string, options?: ErrorOptions): StatusError {
  return new StatusError(400, 'BadRequest', message, undefined, options);
}
/** 401: the credentials are missing or not valid. The usual message does not say which. */
export function unauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError(401, 'Unauthorized', message);
}
/** 403: the user may not do this, or a rule of the server forbids it. `why` ends the message. */
export function forbiddenRequest(resource: GroupResource, name: string, why: string): StatusError {
  const subject = name === '' ? groupResourceString(resource) : `${groupResourceString(resource)} "${name}"`;
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, about(resource, name));
}
/** 404: there is no object of this name. */
export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${groupResourceString(resource)} "${name}" not found`,
    about(resource, name),
  );
}
/** 404: nothing is served at this path. */
export function pathNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}
/** 405: the resource exists, but has no such verb. */
export function methodNotSupported(resource: GroupResource, verb: string): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${groupResourceString(resource)}"`,
    about(resource, ''),
  );
}
/** 406: none of the media types that the client accepts can be sent. */
export function notAcceptable(supported: readonly string[]): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${supported.join(', ')}`);
}
/** 409: an object of this name exists, so it cannot be created. */
export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${groupResourceString(resource)} "${name}" already exists`,
    about(resource, name),
  );
}
/** 409: the object is in a state that does not allow the write. `why` ends the message. */
export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${groupResourceString(resource)} "${name}": ${why}`,
    about(resource, name),
  );
}
/** The message of a conflict where the object changed between the client's read and its write. */
export const objectModified =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 410: the requested revision is no longer in the history; the client must list again. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}
/** 413: the body, or the object that would be stored, is too large. */
export function requestEntityTooLarge(message: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`);
}
/** 415: the Content-Type of the body is none of the supported ones. */
export function unsupportedMediaType(supported: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
  );
}
/** 422: validation failed. Every field error becomes a part of the message and a cause in the details. */
export function invalidObject(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const lines = errors.map((error) => `${error.field}: ${error.message}`);
  const list = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
  const full = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError(422, 'Invalid', `${full} "${name}" is invalid: ${list}`, invalidDetails(kind, name, errors));
}

/** The details of a 422. */
export function invalidDetails(
  { group, kind }: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes: errors.map((error) => ({ reason: error.type, message: error.message, field: error.field })),
  };
}

/** 429: the server is too busy; `retryAfterSeconds` is also sent as Retry-After. */
export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });
}
/** 500. The client does not see the cause; it is logged with the request's id. */
export function internalError(cause: unknown): StatusError {
  return new StatusError(500, 'InternalError', 'Internal error occurred', undefined, { cause });
}
/** 503. @param options retryAfterSeconds: when the client should try again; also sent as the header Retry-After */
export function serviceUnavailable(
  message: string,
  { retryAfterSeconds, ...options }: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
): StatusError {
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return new StatusError(503, 'ServiceUnavailable', message, details, options);
}
/** 504: the request took too long. Whether a write took effect may be unknown. */
export function timeoutError(message: string, details?: StatusDetails): StatusError {
  return new StatusError(504, 'Timeout', message, details);
}
