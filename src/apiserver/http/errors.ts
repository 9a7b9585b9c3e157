/** Turns every failure into an answer. */
import type { OutgoingHttpHeaders } from 'node:http';
import { expired, internalError, requestEntityTooLarge, serviceUnavailable, StatusError } from '../../meta/status.ts';
import {
  CompactedError,
  StorageClosedError,
  StorageLimitError,
  StorageUnavailableError,
} from '../../storage/contract.ts';
import type { Negotiated } from '../negotiation/contract.ts';
import { encodeValue, endsLine, negotiate } from '../negotiation/index.ts';
import type { Exchange } from '../exchange.ts';
import { ClientGoneError } from './exchange.ts';
import type { FailureLog } from './failure-log.ts';
import { cutShort } from './cut-short.ts';
import { sendBody } from './send.ts';

const plainJson: Negotiated = { mediaType: 'application/json', pretty: false, representation: { as: 'object' } };

/** Retry-After in seconds: by then the store has tried again to write. */
const storageRetrySeconds = 2;

/** The error as the client sees it; an unexpected one becomes a 500 without its text. */
function statusErrorOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof StorageUnavailableError) {
    const outcome = error.indeterminate ? 'it is not known whether the write happened' : 'nothing was written';
    const message = `the storage is unavailable, ${outcome}: ${error.message}`;
    return serviceUnavailable(message, { cause: error, retryAfterSeconds: storageRetrySeconds });
  }
  if (error instanceof StorageLimitError) return requestEntityTooLarge(error.message);
  if (error instanceof StorageClosedError) return serviceUnavailable('the server is shutting down', { cause: error });
  if (error instanceof CompactedError) return expired(error.message);
  return internalError(error);
}

/**
 * Whether the error shows a defect in the code, which Go would call a panic: an error of the language, or a thrown
 * value that is not an Error.
 */
export function isPanic(error: unknown): boolean {
  return !(error instanceof Error) || languageErrors.some((one) => error instanceof one);
}

const languageErrors = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError];

/** Answers with the Status of the error, and reports to `failures` what the client is not told. */
export async function sendError(exchange: Exchange, error: unknown, failures: FailureLog): Promise<StatusError> {
  const failure = statusErrorOf(error);
  if (error instanceof ClientGoneError) return failure;
  // The store logs once that it cannot write: a line for each refused write would only fill the disk.
  if (failure.code >= 500 && failure.cause !== undefined && !(error instanceof StorageUnavailableError)) {
    const { info, requestId } = exchange;
    failures.report(failure.cause, { requestId, verb: info.verb, path: info.path });
  }
  if (exchange.response.headersSent) {
    if (!exchange.response.writableEnded) cutShort(exchange.response, failure);
    return failure;
  }
  exchange.audit?.responseStatus(failure.status);
  const form = formOf(exchange);
  const encoded = encodeValue(form, failure.status);
  await sendBody(exchange, { status: failure.code, ...encoded, ...endsLine(form), headers: headersOf(failure) });
  return failure;
}

function headersOf(failure: StatusError): OutgoingHttpHeaders {
  const retryAfter = failure.status.details?.retryAfterSeconds;
  return {
    'X-Content-Type-Options': 'nosniff',
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
  };
}

/** A Status is never a Table; a client that accepts no supported form gets JSON. */
function formOf(exchange: Exchange): Negotiated {
  try {
    const wanted = negotiate(exchange.request.headers.accept, exchange.info.query, { table: true, partial: true });
    return { ...wanted, representation: { as: 'object' } };
  } catch {
    return plainJson;
  }
}
