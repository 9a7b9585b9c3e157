/** Where a request came from. Source: k8s.io/apimachinery/pkg/util/net SourceIPs */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP, SocketAddress } from 'node:net';

/** The addresses in proxy headers, in order, then the client's own: only the last cannot be forged. */
export function sourceIPs(headers: IncomingHttpHeaders, remoteAddress: string | undefined): string[] {
  const found = textOf(headers['x-forwarded-for'])
    .split(',')
    .map((part) => canonical(part.trim()))
    .filter((address) => address !== undefined);
  const real = canonical(textOf(headers['x-real-ip']));
  if (real !== undefined && !found.includes(real)) found.push(real);
  const remote = canonical(remoteAddress ?? '');
  if (remote !== undefined && found.at(-1) !== remote) found.push(remote);
  return found;
}

function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}

/** The address as Go writes it: IPv4 mapped in IPv6 becomes IPv4. */
function canonical(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family !== 6 || text.includes('%')) return undefined;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
