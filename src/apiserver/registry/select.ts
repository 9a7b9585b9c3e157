/** Lists and watches by selectors: each object has to be looked at, however few are selected. */
import type { KubeObject } from '../../meta/object.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { Exchange } from '../http/contract.ts';
import type { CachedObject, ListQuery, ListResult, ResourceCache } from '../watchcache/contract.ts';
import { compileSelection } from '../watchcache/index.ts';
import type { ResourceRegistry } from './contract.ts';

/** Objects as they were at one moment, and which of them are selected. */
export interface Candidates<T extends KubeObject> {
  readonly objects: readonly CachedObject<T>[];
  /** Absent: all are. */
  readonly matches: ((object: CachedObject<T>) => boolean) | undefined;
}

/**
 * As cache.list, but that objects are asked in turns of the event loop whether they match.
 * @throws as cache.list, and the signal's reason
 */
export async function listInTurns<T extends KubeObject>(
  exchange: Pick<Exchange, 'turns' | 'signal'>,
  registry: Pick<ResourceRegistry<T>, 'cache' | 'definition'>,
  query: ListQuery,
): Promise<ListResult<T>> {
  if (query.labels === undefined && query.fields === undefined) return registry.cache.list(query);
  const { turns = unhurried } = exchange;
  const { limit = 0, ...all } = query;
  const { objects, matches, revision } = candidates(registry, all);
  const selected: CachedObject<T>[] = [];
  for (const object of objects) {
    if (turns.due()) await turns.next(exchange.signal);
    if (matches?.(object) === false) continue;
    if (limit > 0 && selected.length === limit) return { objects: selected, revision, more: true };
    selected.push(object);
  }
  return { objects: selected, revision, more: false };
}

/**
 * All that a selection may select, whatever its limit; what it asks of each object is not asked yet.
 * @throws as cache.list
 */
export function candidates<T extends KubeObject>(
  { cache, definition }: { readonly cache: ResourceCache<T>; readonly definition: ResourceRegistry<T>['definition'] },
  query: ListQuery,
): Candidates<T> & Pick<ListResult<T>, 'revision'> {
  const { fields, namespace, startAfter, at } = query;
  const { matches } = compileSelection(query, definition.selectableFields);
  // A field that must have one value leads to its objects at once.
  const exact = fields && { matches: () => true, exact: (field: string) => fields.exact(field) };
  const { objects, revision } = cache.list({
    ...(namespace === undefined ? {} : { namespace }),
    ...(startAfter === undefined ? {} : { startAfter }),
    ...(at === undefined ? {} : { at }),
    ...(exact ? { fields: exact } : {}),
  });
  return { objects, matches, revision };
}
