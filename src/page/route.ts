/** What the address of the page names: `#/` is the overview, `#/NAMESPACE/NAME` a cluster. */

/** A place in the page. */
export type Route =
  { readonly page: 'overview' } | { readonly page: 'cluster'; readonly namespace: string; readonly name: string };

/** The place that a hash names; the overview if it names none. */
export function routeOf(hash: string): Route {
  const [namespace = '', name = '', ...more] = hash.replace(/^#\/?/, '').split('/');
  if (namespace === '' || name === '' || more.length > 0) return { page: 'overview' };
  try {
    return { page: 'cluster', namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
  } catch {
    return { page: 'overview' };
  }
}

/** The hash of a cluster. */
export function clusterHash({ namespace, name }: { namespace: string; name: string }): string {
  return `#/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

const root = '/apis/kubedirector.hpe.com/v1beta1';

/** The path of a collection of kubedirector.hpe.com; of all namespaces where none is named. */
export function collection(resource: string, namespace = ''): string {
  return namespace === '' ? `${root}/${resource}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
