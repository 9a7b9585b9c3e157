/** /api and /apis, and what lies directly below. */
import { StatusError } from '../../meta/status.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import { encodeValue, endsLine, hasCurrent, hashOf, negotiate, prettyWanted, serialize } from '../negotiation/index.ts';
import type { MediaType } from '../negotiation/index.ts';
import type { ResourceDefinition } from '../resource.ts';
import { createDiscovery, type DiscoveryOptions } from './documents.ts';
import { aggregatedParameters, negotiateDiscovery } from './negotiate.ts';

export { createDiscovery } from './documents.ts';

/**
 * The handler of a path (with or without a trailing slash), or undefined if it is not one of discovery. /apis always
 * exists, /api if core resources are served.
 */
export function createDiscoveryHandlers(
  definitions: readonly ResourceDefinition[],
  options: DiscoveryOptions = {},
): (path: string) => Handler | undefined {
  const discovery = createDiscovery(definitions, options);
  const api = discovery.api();
  const handlers = new Map<string, Handler>([['/apis', rootHandler(discovery.apis(), discovery.aggregated('apis'))]]);
  if (api) handlers.set('/api', rootHandler(api, discovery.aggregated('api')));
  for (const { group, version } of definitions) {
    const ofGroup = discovery.group(group);
    const ofVersion = discovery.version(group, version);
    if (ofGroup) handlers.set(`/apis/${group}`, legacyHandler(ofGroup));
    if (ofVersion)
      handlers.set(group === '' ? `/api/${version}` : `/apis/${group}/${version}`, legacyHandler(ofVersion));
  }
  return (path) => handlers.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
}

function legacyHandler(document: object): Handler {
  return async (exchange) => {
    refuseOtherMethods(exchange);
    const { headers } = exchange.request;
    const negotiated = negotiate(headers.accept, exchange.info.query, { userAgent: headers['user-agent'] });
    await sendBody(exchange, { status: 200, ...encodeValue(negotiated, document), ...endsLine(negotiated) });
  };
}

function rootHandler(legacy: object, aggregated: object): Handler {
  const hash = hashOf(JSON.stringify(aggregated));
  const made = new Map<string, Buffer>();
  const bytes = (mediaType: MediaType, pretty: boolean): Buffer => {
    const key = pretty ? `${mediaType};pretty` : mediaType;
    const body = made.get(key) ?? serialize({ mediaType, pretty }, aggregated);
    made.set(key, body);
    return body;
  };
  return async (exchange) => {
    refuseOtherMethods(exchange);
    const { headers } = exchange.request;
    const form = negotiateDiscovery(headers.accept);
    const pretty = prettyWanted(exchange.info.query, headers['user-agent']);
    if (!form.aggregated) {
      const body = serialize({ mediaType: form.mediaType, pretty }, legacy);
      await sendBody(exchange, {
        ...{ status: 200, contentType: form.mediaType, body, headers: { Vary: 'Accept' } },
        ...endsLine({ mediaType: form.mediaType, pretty }),
      });
      return;
    }
    const current = hasCurrent(headers['if-none-match'], hash);
    await sendBody(exchange, {
      status: current ? 304 : 200,
      contentType: `${form.mediaType};${aggregatedParameters}`,
      body: current ? Buffer.alloc(0) : bytes(form.mediaType, pretty),
      headers: { ETag: `"${hash}"`, Vary: 'Accept', 'Cache-Control': 'public' },
      ...(current ? {} : endsLine({ mediaType: form.mediaType, pretty })),
    });
  };
}

function refuseOtherMethods({ request }: Exchange): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}
