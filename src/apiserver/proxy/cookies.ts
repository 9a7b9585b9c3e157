/**
 * Cookies of members. All pages of an API server are of one origin, so a browser would send a member the cookies of
 * others: of other members, and of a login proxy in front of the API server. A member's cookies therefore get names that
 * tell whose they are, and the path of its proxy; only those go back to it.
 */
import { hash } from 'node:crypto';

const separator = '.';

/** "kd-", a hash of the proxy's path, and the separator. */
function mark(prefix: string): string {
  return `kd-${hash('sha256', prefix, 'hex').slice(0, 16)}${separator}`;
}

/** The Cookie header for the member: its own, under the names that it gave them; '' if there are none. */
export function cookiesFor(headers: readonly string[], prefix: string): string {
  const start = mark(prefix);
  return headers
    .flatMap((header) => header.split(';'))
    .map((one) => one.trim())
    .filter((one) => one.startsWith(start))
    .map((one) => one.slice(start.length))
    .join('; ');
}

/** The Set-Cookie header for the client. Source of its form: RFC 6265 section 4.1 */
export function cookieToClient(header: string, prefix: string): string {
  const [pair = '', ...attributes] = header.split(';');
  const kept = attributes.filter((one) => !/^\s*(domain|path)\s*(=|$)/i.test(one));
  return [`${mark(prefix)}${pair.trim()}`, ...kept, ` Path=${prefix}/`].join(';');
}
