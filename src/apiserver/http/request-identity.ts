/** Where a request comes from, and what it is called in all logs. */
import type { Request } from '../exchange.ts';

/** Read at the start: it is no longer available after the client has left. */
export function remoteAddressOf(request: Request): string | undefined {
  try {
    return request.socket.remoteAddress;
  } catch {
    // HTTP/2 throws this for a closed connection.
    return undefined;
  }
}

/** The caller's own id, used in all logs, if it has the right form. */
export function requestIdOf(request: Request): string | undefined {
  const given = request.headers['audit-id'] ?? request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : undefined;
}
