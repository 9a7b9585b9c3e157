/** Sends objects as answers. */
import type { KubeObject } from '../../meta/object.ts';
import { isStatus } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import type { Negotiated } from '../negotiation/contract.ts';
import { encodeObject, encodeValue, endsLine, negotiate } from '../negotiation/index.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import type { ResourceDefinition } from '../resource.ts';

/**
 * The form of the answer. Call it before the work begins, so that nothing is done for an unacceptable answer. @throws
 * StatusError 406
 */
export function negotiated(exchange: Exchange, allow: { table: boolean; partial: boolean }): Negotiated {
  const { headers } = exchange.request;
  return negotiate(headers.accept, exchange.info.query, { ...allow, userAgent: headers['user-agent'] });
}

/** Sends an object with metadata; for plain JSON it sends the bytes of the cache as they are. */
export function sendObject<T extends KubeObject>(
  exchange: Exchange,
  definition: ResourceDefinition<T>,
  form: Negotiated,
  answer: { status: number; cached: CachedObject<T>; clock: Clock },
): Promise<void> {
  const { status, cached, clock } = answer;
  // The lazily parsed object is not touched here: a get of plain JSON never parses.
  if (form.mediaType === 'application/json' && !form.pretty && form.representation.as === 'object') {
    return sendBody(exchange, { status, contentType: 'application/json', ...jsonLine(cached) });
  }
  return sendBody(exchange, { status, ...encodeObject(form, definition, cached, clock.now()), ...endsLine(form) });
}

const lineEnd = 0x0a;

/** The JSON with a line end, written once where that is possible. */
function jsonLine(cached: CachedObject): { readonly body: Buffer; readonly lineEnd?: boolean } {
  if (cached.writeJson === undefined) return { body: cached.json, lineEnd: true };
  const { size } = cached;
  const body = Buffer.allocUnsafe(size + 1);
  cached.writeJson(body, 0);
  body[size] = lineEnd;
  return { body };
}

/** Sends a value that has no stored bytes: a Status, a Scale. */
export function sendValue(
  exchange: Exchange,
  form: Negotiated,
  answer: { status: number; value: object; clock: Clock },
): Promise<void> {
  const { status, value, clock } = answer;
  if (isStatus(value)) exchange.audit?.responseStatus(value);
  return sendBody(exchange, { status, ...encodeValue(form, value, clock.now()), ...endsLine(form) });
}
