/** How this page gets the rights of its user. */

/**
 * Who serves the page. playground: its address has a key. local: so it has, and services are at ports of their own.
 * serve: the user gives a token.
 */
type Place = 'playground' | 'local' | 'serve';

/** What the server has written into the page. */
export function placeOf(page: Document): Place {
  const text = page.querySelector('meta[name="kubedirector-place"]')?.getAttribute('content');
  return text === 'playground' || text === 'local' ? text : 'serve';
}

/**
 * Takes the key out of the address; undefined where it has none. A fragment is never sent to a server. Nothing stores the
 * key: a playground's members have pages of the same origin, which could read it there.
 */
export function takeKey(place: Place, at: Pick<Location, 'hash'>, history: Pick<History, 'replaceState'>) {
  if (place === 'serve') return undefined;
  const key = /^#key=([\w-]+)$/.exec(at.hash)?.[1];
  if (key !== undefined) history.replaceState(null, '', '#/');
  return key;
}

/** The path under which the API passes requests on to an endpoint. */
export function proxyPath({ namespace = '', name = '' }: { namespace?: string; name?: string }): string {
  const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces';
  return `${root}/${encodeURIComponent(namespace)}/kubedirectorendpoints/${encodeURIComponent(name)}/proxy`;
}
