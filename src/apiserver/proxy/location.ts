/** Where redirects of a member lead. */
import type { ProxyTarget } from '../proxy-subresource.ts';
import type { ProxiedUrl } from './path.ts';

/**
 * The path on this server that a member's Location stands for, or undefined if it leads to another host or is no URL.
 * Source: rewriteURL in k8s.io/apimachinery/pkg/util/proxy/transport.go, which passes on what leads elsewhere
 */
export function locationForClient(
  location: string,
  { scheme, host }: Pick<ProxyTarget, 'scheme' | 'host'>,
  { prefix, path }: ProxiedUrl,
): string | undefined {
  const base = `${scheme}://${host}${path === '' ? '/' : path}`;
  if (!URL.canParse(location, base)) return undefined;
  const url = new URL(location, base);
  const own = new URL(base);
  if (url.protocol !== own.protocol || url.host !== own.host) return undefined;
  const inside = url.pathname === prefix || url.pathname.startsWith(`${prefix}/`);
  return `${inside ? '' : prefix}${url.pathname}${url.search}${url.hash}`;
}

/**
 * A page that leads on. kube-apiserver's aggregation layer turns every redirect of an aggregated server into 502
 * (--aggregator-reject-forwarding-redirect), so that through it a Location cannot be sent; without one, the answer
 * passes.
 */
export function leadingPage(location: string): string {
  const link = location.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
  return `<!doctype html>
<html><head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${link}"><title>Redirect</title></head>
<body><a href="${link}">${link}</a></body></html>
`;
}
