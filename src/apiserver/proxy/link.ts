/** One connection to the server behind a proxy, for one request. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest, serviceUnavailable, timeoutError, type StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange } from '../exchange.ts';
import type { ProxyTarget } from '../proxy-subresource.ts';
import { headersForMember, type RequestShape } from './headers.ts';
import { watchIdle } from './idle.ts';
import type { ProxiedUrl } from './path.ts';

/** The most bytes of headers in a member's answer. */
const maxHeaderSize = 64 * 1024;

/** A connection that ends with the request that it was opened for. */
export interface Link {
  readonly socket: Duplex;
  /** Something has moved. */
  readonly touch: () => void;
  /** The error to answer with when the connection fails. */
  readonly failure: (error: unknown) => Error;
  close(): void;
}

/** Opens a connection. @throws StatusError 503; the signal's reason if the request ends before */
export async function openLink({ signal }: Pick<Exchange, 'signal'>, target: ProxyTarget, clock: Clock): Promise<Link> {
  signal.throwIfAborted();
  const socket = await target.open(signal);
  let idle = false;
  const watch = watchIdle(clock, () => {
    idle = true;
    socket.destroy();
  });
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort);
  // Whoever reads or writes is told; without a listener the error would end the process.
  socket.on('error', () => undefined);
  if (signal.aborted) onAbort();
  return {
    socket,
    touch: watch.touch,
    failure: (error) => (signal.aborted ? (signal.reason as Error) : failureOf(target, idle, error)),
    close() {
      watch.stop();
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    },
  };
}

function failureOf({ title }: ProxyTarget, idle: boolean, error: unknown): StatusError {
  if (idle) return timeoutError(`nothing came from or went to ${title} for too long`);
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return serviceUnavailable(`${title} broke the connection, or did not answer in HTTP${code}`);
}

/** Begins the request to the member; the caller ends it. @throws StatusError 400 for what HTTP cannot express */
export function askMember(
  { request }: Pick<Exchange, 'request'>,
  { socket }: Link,
  target: ProxyTarget,
  { url, shape }: { readonly url: ProxiedUrl; readonly shape: RequestShape },
): ClientRequest {
  try {
    return httpRequest({
      createConnection: () => socket,
      method: request.method ?? 'GET',
      path: `${url.path === '' ? '/' : url.path}${url.query}`,
      headers: headersForMember(request.rawHeaders, target, url, shape),
      setHost: false,
      maxHeaderSize,
    });
  } catch (cause) {
    throw badRequest('the request has a header that cannot be passed on', { cause });
  }
}

/** A member's answer: a response, or the connection after it has switched to another protocol. */
type Answered =
  | { readonly answer: IncomingMessage }
  | { readonly answer: IncomingMessage; readonly switched: { readonly socket: Duplex; readonly head: Buffer } };

/** Waits for the answer. @param mayUpgrade whether the member may switch. @throws what `failure` makes of an error */
export function answerOf(asked: ClientRequest, { failure }: Link, mayUpgrade: boolean): Promise<Answered> {
  return new Promise<Answered>((resolve, reject) => {
    asked.once('response', (answer) => resolve({ answer }));
    if (mayUpgrade) asked.once('upgrade', (answer, socket, head) => resolve({ answer, switched: { socket, head } }));
    asked.on('error', (error) => reject(failure(error)));
    asked.once('close', () => reject(failure(undefined)));
  });
}
