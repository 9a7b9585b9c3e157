/** Where a request carries its token. Source: RFC 6750; k8s.io/apiserver/pkg/authentication/request/{bearertoken,websocket} */
import type { IncomingHttpHeaders } from 'node:http';
import { unauthorized } from '../meta/status.ts';

/** Browsers can't set headers of a WebSocket, but name subprotocols. */
const protocolPrefix = 'base64url.bearer.authorization.k8s.io.';

/**
 * Undefined if there is none.
 * @throws StatusError 401 where a WebSocket's is malformed, there are several, or no other subprotocol is offered
 */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  const [scheme, token] = (headers.authorization ?? '').trim().split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '') return token;
  return isWebSocket(headers) ? subprotocolToken(headers['sec-websocket-protocol'] ?? '') : undefined;
}

function isWebSocket({ connection, upgrade }: IncomingHttpHeaders): boolean {
  return /(^|[\s,])upgrade($|[\s,])/i.test(connection ?? '') && upgrade?.toLowerCase() === 'websocket';
}

function subprotocolToken(offered: string): string | undefined {
  const protocols = offered.split(',').map((one) => one.trim());
  const tokens = protocols.filter((one) => one.startsWith(protocolPrefix));
  const [first] = tokens;
  if (first === undefined) return undefined;
  // The answer names one of the other subprotocols: the token is never sent back.
  if (tokens.length > 1 || protocols.length === 1) throw unauthorized();
  const token = decoded(first.slice(protocolPrefix.length));
  return token === '' ? undefined : token;
}

/** Only base64url without padding, of UTF-8; Buffer would accept more. */
function decoded(encoded: string): string {
  if (!/^[\w-]*$/.test(encoded) || encoded.length % 4 === 1) throw unauthorized();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64url'));
  } catch {
    throw unauthorized();
  }
}
