/** Paths of the local port, and what they stand for on the API server. */
import { climbs } from '../../meta/path-segments.ts';

/**
 * The path on the API server for a request target. Applications that know their prefix link to it: then it is there already.
 * @param prefix without a slash at its end; '' to leave paths as they are
 * @returns undefined for what is no path, or leads out of the prefix
 */
export function pathOnServer(target: string, prefix: string): string | undefined {
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith('/') || !/^[\x21-\x7e]*$/.test(target)) return undefined;
  try {
    if (path.split('/').some(climbs)) return undefined;
  } catch {
    return undefined;
  }
  return isInside(path, prefix) ? target : `${prefix}${target}`;
}

/** The Location for the browser; one that leads elsewhere stays as it is. */
export function locationForBrowser(location: string, server: URL, prefix: string): string {
  if (!/^(\/|[a-z][\w+.-]*:)/i.test(location) || !URL.canParse(location, server.href)) return location;
  const url = new URL(location, server);
  if (url.origin !== server.origin) return location;
  const base = server.pathname.replace(/\/$/, '');
  const path = isInside(url.pathname, base) ? url.pathname.slice(base.length) : url.pathname;
  if (!isInside(path, prefix)) return location;
  // Two slashes at the start would lead to another host.
  const rest = path.slice(prefix.length).replace(/^[/\\]+/, '');
  return `/${rest}${url.search}${url.hash}`;
}

function isInside(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
