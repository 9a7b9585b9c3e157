/** What goes wrong with a webhook, in the words that kube-apiserver has for it. */
import { StatusError } from '../../meta/status.ts';

/** Source: k8s.io/apimachinery/pkg/api/errors NewGenericServerResponse */
const answers: ReadonlyMap<number, readonly [reason: string, message: string]> = new Map([
  [400, ['BadRequest', 'the server rejected our request for an unknown reason']],
  [401, ['Unauthorized', 'the server has asked for the client to provide credentials']],
  [404, ['NotFound', 'the server could not find the requested resource']],
  [405, ['MethodNotAllowed', 'the server does not allow this method on the requested resource']],
  [409, ['Conflict', 'the server reported a conflict']],
  [422, ['Invalid', 'the server rejected our request due to an error in our request']],
  [429, ['TooManyRequests', 'the server has received too many requests and has asked us to try again later']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [
    504,
    [
      'Timeout',
      'the server was unable to return a response in the time allotted, but may still be processing the request',
    ],
  ],
]);

const longestText = 300;

/** The error that an answer with this code stands for. Redirects are not followed: they are one of them. */
export function webhookResponseError(code: number, body: string, contentType = 'text/plain'): StatusError {
  const text = /^text\//i.test(contentType) ? body.trim().slice(0, longestText) : 'unknown';
  const [reason, message] = answers.get(code) ?? otherAnswer(code, text);
  return new StatusError(code, reason, message);
}

function otherAnswer(code: number, text: string): readonly [reason: string, message: string] {
  if (code === 403) return ['Forbidden', text];
  if (code < 500) {
    return ['Unknown', `the server responded with the status code ${code} but did not return more information`];
  }
  const words = `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  return ['InternalError', words];
}

/** Of a call that brought no answer. */
export function callFailure(url: URL, error: unknown): Error {
  if (error instanceof StatusError) return error;
  const why = error instanceof Error ? connectionWords(error) : String(error);
  return new Error(`Post ${JSON.stringify(url.href)}: ${why}`, { cause: error });
}

/** What OpenSSL says of a certificate that nobody trusted has signed. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

interface SystemError extends Error {
  readonly code?: unknown;
  readonly address?: string;
  readonly port?: number;
}

function connectionWords(error: SystemError): string {
  const { code, address, port } = error;
  if (code === 'ECONNREFUSED' && address !== undefined) {
    return `dial tcp ${address}:${port ?? ''}: connect: connection refused`;
  }
  if (typeof code === 'string' && untrusted.has(code)) {
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  }
  // Several addresses were tried: it is an AggregateError, without a message of its own.
  if (error instanceof AggregateError) return error.errors.map((each) => connectionWords(each as Error)).join('; ');
  return error.message;
}
