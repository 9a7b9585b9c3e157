/** Which headers pass, in both directions. */
import type { ProxyTarget } from '../proxy-subresource.ts';
import { cookiesFor, cookieToClient } from './cookies.ts';
import type { ProxiedUrl } from './path.ts';

/** Headers by name; names differ in more than case. */
export type HeaderMap = Record<string, string | string[]>;

/** For one connection only. Source: RFC 9110 section 7.6.1 */
const hopByHop = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings'],
]);
/** Made anew for the member. */
const remade = new Set(['host', 'expect', 'cookie', 'content-length', 'sec-websocket-protocol']);
/**
 * Who the user is, and how they showed it. An aggregator, a proxy in front of it or the user writes these; a member that
 * trusts them would trust everybody.
 */
const identity =
  /^(authorization|impersonate-.*|x-remote-.*|x-forwarded-.*|forwarded|x-real-ip|x-client-.*|x-ssl-.*|ssl-client-.*|client-cert.*|audit-id)$/;
/** Origin-wide policies are not for a member to make, nor what asks users for passwords of this server. */
const ofOrigin = new Set([
  ...['www-authenticate', 'strict-transport-security', 'public-key-pins', 'clear-site-data', 'service-worker-allowed'],
  ...['alt-svc', 'nel', 'report-to', 'reporting-endpoints', 'audit-id', 'set-cookie', 'location'],
]);
/** As kube-apiserver's proxies: who may read across origins is not for the member to say. */
const crossOrigin = /^access-control-/;
/** A token in the place where browsers can put one. */
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

/** What is special about the request that is passed on. */
export interface RequestShape {
  /** Whether a body follows. */
  readonly hasBody: boolean;
  /** The protocol to switch to. */
  readonly upgrade?: string;
}

/**
 * The headers for the member.
 * @param rawHeaders as Node.js gives them: names and values in turn
 */
export function headersForMember(
  rawHeaders: readonly string[],
  target: ProxyTarget,
  { prefix }: ProxiedUrl,
  { hasBody, upgrade }: RequestShape,
): HeaderMap {
  const given = grouped(rawHeaders);
  const length = given.get('content-length')?.[0];
  const protocols = given.get('sec-websocket-protocol')?.flatMap((value) => value.split(',')) ?? [];
  const offered = protocols.map((one) => one.trim()).filter((one) => !one.startsWith(tokenProtocol));
  const cookies = cookiesFor(given.get('cookie') ?? [], prefix);
  const passing = [...given].filter(([name]) => !remade.has(name) && !identity.test(name.replaceAll('_', '-')));
  return Object.fromEntries<string | string[]>([
    ...withoutHops(passing, given),
    ['host', target.host],
    ['x-forwarded-prefix', prefix],
    // The same for applications that know Apache Knox, such as Spark.
    ['x-forwarded-context', prefix],
    ...(cookies === '' ? [] : [['cookie', cookies] as const]),
    ...(offered.length === 0 ? [] : [['sec-websocket-protocol', offered.join(', ')] as const]),
    ...(target.authorization === undefined ? [] : [['authorization', target.authorization] as const]),
    ...framing(hasBody, length),
    ...(upgrade === undefined
      ? []
      : ([
          ['connection', 'Upgrade'],
          ['upgrade', upgrade],
        ] as const)),
  ]);
}

/** A body without a length has to be chunked, or the member would take it for the next request. */
function framing(hasBody: boolean, length: string | undefined): readonly (readonly [string, string])[] {
  if (length !== undefined) return [['content-length', length]];
  return hasBody ? [['transfer-encoding', 'chunked']] : [];
}

/** The headers for the client; without Location, which is a matter of its own. */
export function headersForClient(rawHeaders: readonly string[], prefix: string): HeaderMap {
  const given = grouped(rawHeaders);
  const passing = [...given].filter(([name]) => !ofOrigin.has(name) && !crossOrigin.test(name));
  const cookies = (given.get('set-cookie') ?? []).map((value) => cookieToClient(value, prefix));
  return Object.fromEntries<string | string[]>([
    ...withoutHops(passing, given).map(([name, values]) => [spelled(name), oneOf(name, values)] as const),
    ...(cookies.length === 0 ? [] : [['Set-Cookie', cookies] as const]),
  ]);
}

/** Headers that an answer has once: HTTP/2 of Node.js refuses more. The first one counts, as in IncomingMessage.headers. */
const single = new Set([
  ...['age', 'content-encoding', 'content-language', 'content-length', 'content-location', 'content-range'],
  ...['content-type', 'date', 'etag', 'expires', 'last-modified', 'retry-after', 'x-content-type-options'],
]);

/** Headers of other names may be joined. Source: RFC 9110, section 5.3 */
function oneOf(name: string, values: string | string[]): string {
  if (typeof values === 'string') return values;
  return single.has(name) ? (values[0] ?? '') : values.join(', ');
}

/** This server sets Cache-Control where the member does not: the names must be the same. */
const spelled = (name: string): string => (name === 'cache-control' ? 'Cache-Control' : name);

type Grouped = ReadonlyMap<string, string[]>;

function grouped(rawHeaders: readonly string[]): Grouped {
  const found = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (name.startsWith(':')) continue;
    const values = found.get(name) ?? [];
    values.push(rawHeaders[at + 1] ?? '');
    found.set(name, values);
  }
  return found;
}

/** Without the headers of the connection, and those that its Connection header names. */
function withoutHops(passing: readonly [string, string[]][], given: Grouped): [string, string | string[]][] {
  const named = new Set((given.get('connection') ?? []).flatMap((value) => value.toLowerCase().split(/[\s,]+/)));
  return passing
    .filter(([name]) => !hopByHop.has(name) && !named.has(name))
    .map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]);
}
