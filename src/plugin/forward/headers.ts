/** Which headers pass between a browser and the API server. */
import { locationForBrowser } from './path.ts';

/** Names of this program's own cookies begin with it. */
export const ownCookie = 'kubedirector-forward';

/** For one connection only. Source: RFC 9110 section 7.6.1 */
const hopByHop = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings'],
]);
/** Who the user is: only the kubeconfig says it. */
const identity = /^(authorization|impersonate-.*|x-remote-.*|x-forwarded-.*|forwarded|x-real-ip)$/;
/**
 * Made anew. Origin was compared with this port already; servers compare it with the name that they have themselves, which
 * is another one.
 */
const remade = new Set(['host', 'expect', 'cookie', 'origin', 'sec-websocket-protocol']);
/** A token in the place where browsers can put one. */
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

type Headers = Record<string, string | string[]>;

/** The headers for the API server, without those that prove who the user is. */
export function headersForServer(rawHeaders: readonly string[]): Headers {
  const given = grouped(rawHeaders);
  const list = (name: string, separator: string): string[] =>
    (given.get(name) ?? []).flatMap((value) => value.split(separator)).map((one) => one.trim());
  const cookies = list('cookie', ';').filter((one) => one !== '' && !one.startsWith(ownCookie));
  const protocols = list('sec-websocket-protocol', ',').filter((one) => !one.startsWith(tokenProtocol));
  const passing = ([name]: [string, string[]]): boolean =>
    !remade.has(name) && !identity.test(name.replaceAll('_', '-'));
  return Object.fromEntries<string | string[]>([
    ...withoutHops(given).filter(passing),
    ...(cookies.length === 0 ? [] : [['cookie', cookies.join('; ')] as const]),
    ...(protocols.length === 0 ? [] : [['sec-websocket-protocol', protocols.join(', ')] as const]),
  ]);
}

/** Where the API server is, and which of its paths is the root of the local port. */
interface Mapping {
  readonly server: URL;
  readonly prefix: string;
}

/** What the API server answered. */
interface Answer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
}

/** The headers for the browser: Location, and the paths of cookies, are those of the local port. */
export function headersForBrowser({ status, rawHeaders }: Answer, { server, prefix }: Mapping): Headers {
  const headers = new Map(withoutHops(grouped(rawHeaders)));
  // Through kube-apiserver redirects are pages that lead on: it passes no redirects of aggregated servers.
  const [, ledTo] = /^0; *url=(.+)$/i.exec(headers.get('refresh')?.[0] ?? '') ?? [];
  const location = headers.get('location')?.[0] ?? (status >= 300 && status < 400 ? ledTo : undefined);
  if (location !== undefined) {
    headers.delete('refresh');
    headers.set('location', [locationForBrowser(location, server, prefix)]);
  }
  const cookies = headers.get('set-cookie')?.filter((one) => !one.trimStart().startsWith(ownCookie));
  if (cookies !== undefined && prefix !== '') {
    headers.set(
      'set-cookie',
      cookies.map((one) => withRootPath(one, prefix)),
    );
  }
  return Object.fromEntries(headers);
}

/** A cookie of the proxy's path is one of the whole local port. */
function withRootPath(cookie: string, prefix: string): string {
  const parts = cookie.split(';').map((one) => one.trim());
  const isOfPrefix = (part: string): boolean => /^path=/i.test(part) && part.slice(5).replace(/\/$/, '') === prefix;
  return parts.map((part) => (isOfPrefix(part) ? 'Path=/' : part)).join('; ');
}

function grouped(rawHeaders: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    found.set(name, [...(found.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return found;
}

/** Without the headers of the connection, and those that its Connection header names. */
function withoutHops(given: ReadonlyMap<string, string[]>): [string, string[]][] {
  const named = new Set((given.get('connection') ?? []).flatMap((value) => value.toLowerCase().split(/[\s,]+/)));
  return [...given].filter(([name]) => !hopByHop.has(name) && !named.has(name));
}
