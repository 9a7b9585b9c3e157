/** The URL of a request to a proxy: what belongs to this server, and what is passed on. */
import { climbs } from '../../meta/path-segments.ts';
import { badRequest } from '../../meta/status.ts';
import type { RequestInfo } from '../exchange.ts';
import { withoutOrigin } from '../http/request-info.ts';

/** A URL as the client wrote it, in two parts. */
export interface ProxiedUrl {
  /** "/apis/…/proxy", percent-encoded, without a slash at its end. */
  readonly prefix: string;
  /** What follows: "" or a path that begins with a slash. Its percent-encoding is the client's. */
  readonly path: string;
  /** With its question mark, or "". */
  readonly query: string;
}

/**
 * Splits the URL.
 * @param url as in the request line
 * @throws StatusError 400 for a path with the segments `.` or `..`, encoded or not, or with a character that no URL has
 */
export function proxiedUrl(url: string, { group, namespace }: RequestInfo): ProxiedUrl {
  const origin = url.startsWith('/') ? url : withoutOrigin(url);
  const mark = origin.indexOf('?');
  const segments = (mark < 0 ? origin : origin.slice(0, mark)).split('/');
  // "", api or apis, group, version, namespaces, NAMESPACE, RESOURCE, NAME, proxy
  const own = (group === '' ? 6 : 7) + (namespace === '' ? 0 : 2);
  const rest = segments.slice(own);
  const query = mark < 0 ? '' : origin.slice(mark);
  if (!/^[\x21-\x7e]*$/.test(origin)) throw badRequest('the URL has characters that must be percent-encoded');
  // The request's escapes were found valid when its path was parsed.
  if (rest.some(climbs)) throw badRequest("the path may not have the segments '.' and '..'");
  return {
    prefix: segments.slice(0, own).join('/'),
    path: rest.length === 0 ? '' : `/${rest.join('/')}`,
    query,
  };
}
