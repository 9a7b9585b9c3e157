/** One request to the server behind a proxy. */
import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest, serviceUnavailable, StatusError, timeoutError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange } from '../exchange.ts';
import type { ProxyTarget } from '../proxy-subresource.ts';
import type { DialledArgs } from './connections.ts';
import { headersForMember, type RequestShape } from './headers.ts';
import { watchIdle } from './idle.ts';
import type { ProxiedUrl } from './path.ts';

/** The most bytes of headers in a member's answer. */
const maxHeaderSize = 64 * 1024;

/** A request to a member. Who began it writes its body and ends it. */
export interface Link {
  readonly asked: ClientRequest;
  /** Something has moved. */
  readonly touch: () => void;
  /** The error to answer with when the connection fails. */
  readonly failure: (error: unknown) => Error;
  /** Ends the connection, unless the whole answer was read and another request may use it. */
  close(): void;
}

interface Asking {
  readonly target: ProxyTarget;
  readonly url: ProxiedUrl;
  readonly shape: RequestShape;
  readonly agent: Agent;
  readonly clock: Clock;
}

/** Begins a request. @throws StatusError 400 for what HTTP cannot express; the signal's reason if the exchange is over */
export function askMember(exchange: Pick<Exchange, 'request' | 'signal' | 'user'>, asking: Asking): Link {
  const { signal } = exchange;
  const { target, clock } = asking;
  signal.throwIfAborted();
  const asked = begun(exchange, asking);
  let idle = false;
  const watch = watchIdle(clock, () => {
    idle = true;
    asked.destroy();
  });
  const onAbort = (): void => void asked.destroy();
  signal.addEventListener('abort', onAbort);
  // Whoever reads or writes is told; without a listener the error would end the process.
  asked.on('error', () => undefined);
  return {
    asked,
    touch: watch.touch,
    failure: (error) => (signal.aborted ? (signal.reason as Error) : failureOf(target, idle, error)),
    close() {
      watch.stop();
      signal.removeEventListener('abort', onAbort);
      asked.destroy();
    },
  };
}

function begun(
  { request, signal, user }: Pick<Exchange, 'request' | 'signal' | 'user'>,
  { target, url, shape, agent }: Asking,
): ClientRequest {
  // A connection serves one user: some servers tie to it who was let in.
  const key = [target.server, user.name, user.uid ?? '', target.authorization ?? ''].join('\0');
  const options: DialledArgs = {
    agent,
    dialled: { key, open: () => target.open(signal) },
    method: request.method ?? 'GET',
    path: `${url.path === '' ? '/' : url.path}${url.query}`,
    headers: headersForMember(request.rawHeaders, target, url, shape),
    setHost: false,
    maxHeaderSize,
  };
  try {
    return httpRequest(options);
  } catch (cause) {
    throw badRequest('the request has a header that cannot be passed on', { cause });
  }
}

function failureOf({ title }: ProxyTarget, idle: boolean, error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (idle) return timeoutError(`nothing came from or went to ${title} for too long`);
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return serviceUnavailable(`${title} broke the connection, or did not answer in HTTP${code}`);
}

/** A member's answer: a response, or the connection after it has switched to another protocol. */
type Answered =
  | { readonly answer: IncomingMessage }
  | { readonly answer: IncomingMessage; readonly switched: { readonly socket: Duplex; readonly head: Buffer } };

/** Waits for the answer. @param mayUpgrade whether the member may switch. @throws what `failure` makes of an error */
export function answerOf({ asked, failure }: Link, mayUpgrade: boolean): Promise<Answered> {
  return new Promise<Answered>((resolve, reject) => {
    asked.once('response', (answer) => resolve({ answer }));
    if (mayUpgrade) asked.once('upgrade', (answer, socket, head) => resolve({ answer, switched: { socket, head } }));
    asked.on('error', (error) => reject(failure(error)));
    asked.once('close', () => reject(failure(undefined)));
  });
}

/** Whether a kept connection had ended before the request came to it: then another one can be asked. */
export function wasStale({ asked }: Link, error: unknown, signal: AbortSignal): boolean {
  return asked.reusedSocket && !signal.aborted && error instanceof StatusError && error.status.code === 503;
}
