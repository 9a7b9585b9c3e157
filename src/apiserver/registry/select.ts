/** Lists and watches with selectors: every object has to be compared, even if few are selected. */
import type { KubeObject } from '../../meta/object.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { Exchange } from '../exchange.ts';
import type { CachedObject, ListQuery, ListResult, ResourceCache } from '../watchcache/contract.ts';
import { compileSelection } from '../watchcache/index.ts';
import type { ResourceRegistry } from './contract.ts';

/** The objects of one moment, and a predicate for the selected ones. */
export interface Candidates<T extends KubeObject> {
  readonly objects: readonly CachedObject<T>[];
  /** Absent: all are selected. */
  readonly matches: ((object: CachedObject<T>) => boolean) | undefined;
}

/**
 * Like cache.list, but compares objects in turns of the event loop, so that a long list does not block others.
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
 * Converts all objects before the first is sent: an answer that has begun cannot become an error any more.
 * @throws ConversionError, and the signal's reason
 */
export async function convertInTurns<T extends KubeObject>(
  { turns = unhurried, signal }: Pick<Exchange, 'turns' | 'signal'>,
  objects: readonly CachedObject<T>[],
): Promise<void> {
  for (const object of objects) {
    if (turns.due()) await turns.next(signal);
    // It is read again when it is encoded, and mostly still there.
    bytesOf(object);
  }
}

function bytesOf({ json }: CachedObject): Buffer {
  return json;
}

/**
 * The objects that a selection may select, ignoring its limit, and the predicate that is still to be applied.
 * @throws as cache.list
 */
export function candidates<T extends KubeObject>(
  { cache, definition }: { readonly cache: ResourceCache<T>; readonly definition: ResourceRegistry<T>['definition'] },
  query: ListQuery,
): Candidates<T> & Pick<ListResult<T>, 'revision'> {
  const { fields, namespace, startAfter, at } = query;
  const { matches } = compileSelection(query, definition.selectableFields);
  // A field with one exact value can be looked up in the index.
  const exact = fields && { exact: (field: string) => fields.exact(field) };
  const { objects, revision } = cache.list({
    ...(namespace === undefined ? {} : { namespace }),
    ...(startAfter === undefined ? {} : { startAfter }),
    ...(at === undefined ? {} : { at }),
    ...(exact ? { fields: exact } : {}),
  });
  return { objects, matches, revision };
}
