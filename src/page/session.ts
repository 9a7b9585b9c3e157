/** How this page gets the rights of its user. */

/**
 * Who serves the page. playground: its address has a key. local: so it has, and services are at ports of their own.
 * serve: the user gives a token.
 */
type Place = 'playground' | 'local' | 'serve';

const storageKey = 'kubedirector-key';

/** What the server has written into the page. */
export function placeOf(page: Document): Place {
  const text = page.querySelector('meta[name="kubedirector-place"]')?.getAttribute('content');
  return text === 'playground' || text === 'local' ? text : 'serve';
}

/**
 * The key in the address, which is taken out of it and kept for this tab, so that it can be loaded again. A fragment is
 * never sent to a server.
 */
export function keyOfPage(place: Place, at: Location, history: History, storage: Storage): string | undefined {
  if (place === 'serve') return undefined;
  const given = /^#key=([\w-]+)$/.exec(at.hash)?.[1];
  if (given !== undefined) {
    storage.setItem(storageKey, given);
    history.replaceState(null, '', '#/');
  }
  return storage.getItem(storageKey) ?? undefined;
}

/** The path under which the API passes requests on to an endpoint. */
export function proxyPath({ namespace = '', name = '' }: { namespace?: string; name?: string }): string {
  const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces';
  return `${root}/${encodeURIComponent(namespace)}/kubedirectorendpoints/${encodeURIComponent(name)}/proxy`;
}
