/** How a refusal or failure of a webhook is reported to the client. Source: …/plugin/webhook/errors */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { badRequest, StatusError, type StatusDetails } from '../../meta/status.ts';

/** The webhook could not be called, or its answer was invalid; its failurePolicy decides the result. */
export class CallFailure extends Error {
  /** The HTTP code for metrics: of the answer, or one that stands for the failure. */
  readonly code: number;

  constructor(webhook: string, why: string, code: number, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`, options);
    this.name = 'CallFailure';
    this.code = code;
  }
}

/** The webhook refused the request. */
export class Rejection extends Error {
  readonly error: StatusError;

  constructor(error: StatusError) {
    super(error.message);
    this.name = 'Rejection';
    this.error = error;
  }
}

/** The refusal, with kube-apiserver's words. @param result the Status in the webhook's answer, as it was sent */
export function rejection(webhook: string, result: JsonObject = {}): Rejection {
  const { code: given, reason: named, message: said, details } = result;
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const reason = typeof named === 'string' ? named : '';
  const message = typeof said === 'string' && said !== '' ? said : reason;
  const code = typeof given === 'number' && Number.isInteger(given) && given >= 400 && given < 600 ? given : 400;
  const words = message === '' ? `${by} without explanation` : `${by}: ${message}`;
  return new Rejection(new StatusError(code, reason, words, isJsonObject(details) ? detailsOf(details) : undefined));
}

/** retryAfterSeconds becomes the Retry-After header of the answer. */
function detailsOf({ retryAfterSeconds: seconds, ...details }: JsonObject): StatusDetails {
  const isUsable = typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0;
  return isUsable ? { ...details, retryAfterSeconds: seconds } : details;
}

/** The failurePolicy does not apply: without the webhook, a dry run cannot say whether the request would succeed. */
export function dryRunUnsupported(webhook: string): StatusError {
  return badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}

/** A 500 that, unlike other 500s, says what went wrong. Source: k8s.io/apimachinery/pkg/api/errors NewInternalError */
export function toldInternalError(cause: Error): StatusError {
  const { message } = cause;
  const details = { causes: [{ message }] };
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, details, { cause });
}
