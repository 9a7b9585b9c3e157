/** What it costs to answer a request for a collection. */
import type { RequestInfo } from '../exchange.ts';
import { defaultCost, listCost, writeCost } from '../flowcontrol/cost.ts';
import { asBoolean } from '../http/request-info.ts';
import type { ResourceCache } from '../watchcache/contract.ts';

/** In units of one get. A watch costs as much as what it begins with. */
export function collectionCost(cache: Pick<ResourceCache, 'extent'>, info: RequestInfo): number {
  const { verb, namespace, name, query } = info;
  // Selected by name: found without looking at others.
  if (name !== '' || (verb === 'watch' && !beginsWithList(query))) return defaultCost('readOnly');
  const extent = cache.extent(namespace);
  const isSelective = ['labelSelector', 'fieldSelector'].some((key) => (query.get(key) ?? '') !== '');
  const limit = verb === 'list' ? Number(query.get('limit') ?? 0) : 0;
  const cost = listCost({ ...extent, isSelective, limit: limit > 0 ? limit : 0 });
  return verb === 'deletecollection' ? cost + extent.objects * writeCost : cost;
}

function beginsWithList(query: URLSearchParams): boolean {
  const version = query.get('resourceVersion') ?? '';
  return version === '' || version === '0' || asBoolean(query.get('sendInitialEvents'));
}
