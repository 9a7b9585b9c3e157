/** How a webhook's no, or its silence, is told to whoever made the request. Source: …/plugin/webhook/errors */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { badRequest, StatusError, type StatusDetails } from '../../meta/status.ts';

/** The webhook could not be asked, or its answer was none: its failurePolicy decides what comes of that. */
export class CallFailure extends Error {
  /** For metrics: of the answer, or of what stands for it. */
  readonly code: number;

  constructor(webhook: string, why: string, code: number, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`, options);
    this.name = 'CallFailure';
    this.code = code;
  }
}

/** The webhook said no. */
export class Rejection extends Error {
  readonly error: StatusError;

  constructor(error: StatusError) {
    super(error.message);
    this.name = 'Rejection';
    this.error = error;
  }
}

/** @param result the Status of the webhook's answer, as it was sent */
export function rejection(webhook: string, result: JsonObject = {}): Rejection {
  const { code: given, reason: named, message: said, details } = result;
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const reason = typeof named === 'string' ? named : '';
  const message = typeof said === 'string' && said !== '' ? said : reason;
  const code = typeof given === 'number' && Number.isInteger(given) && given >= 400 && given < 600 ? given : 400;
  const words = message === '' ? `${by} without explanation` : `${by}: ${message}`;
  return new Rejection(new StatusError(code, reason, words, isJsonObject(details) ? detailsOf(details) : undefined));
}

/** The seconds become a header of the answer. */
function detailsOf({ retryAfterSeconds: seconds, ...details }: JsonObject): StatusDetails {
  const isUsable = typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0;
  return isUsable ? { ...details, retryAfterSeconds: seconds } : details;
}

/** Whatever the failurePolicy: it was asked whether the request would succeed, and that cannot be told. */
export function dryRunUnsupported(webhook: string): StatusError {
  return badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}

/** Source: k8s.io/apimachinery/pkg/api/errors NewInternalError: unlike others of its code, it says what went wrong. */
export function toldInternalError(cause: Error): StatusError {
  const { message } = cause;
  const details = { causes: [{ message }] };
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, details, { cause });
}
