/** What kube-apiserver answered, as an error. */
import { isJsonObject } from '../../meta/json.ts';
import { StatusError, type Status } from '../../meta/status.ts';

/** Where a proxy, or a server before it has started, answers no Status. Source: apimachinery's NewGenericServerResponse */
const reasons: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);

const longestText = 300;

/** The error that an answer with this code and body stands for. */
export function responseError(code: number, body: string): StatusError {
  const status = parseStatus(body);
  if (status !== undefined) return statusErrorOf(status, code);
  const text = body.trim().slice(0, longestText);
  const message = `kube-apiserver answered ${code}${text === '' ? '' : `: ${text}`}`;
  return new StatusError(code, reasons.get(code) ?? 'Unknown', message);
}

/** @param code where the Status itself has none */
export function statusErrorOf(status: Partial<Status>, code: number): StatusError {
  const { reason = '', message = '', details } = status;
  const error = new StatusError(status.code ?? code, reason, message, details);
  const token = status.metadata?.continue;
  if (token !== undefined) error.status.metadata.continue = token;
  return error;
}

function parseStatus(body: string): Partial<Status> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A decoding border: kube-apiserver's Status objects are what they say. */
export function isStatus(value: unknown): value is Partial<Status> {
  return isJsonObject(value) && value.kind === 'Status';
}

/** The history asked for is gone: there is nothing but to list again. */
export function isExpired(error: unknown): error is StatusError {
  return error instanceof StatusError && (error.reason === 'Expired' || error.reason === 'Gone' || error.code === 410);
}
