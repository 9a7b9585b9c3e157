/** DELETE of a collection, or of the part that selectors choose. */
import type { KubeObject, ListMeta } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { Clock } from '../../runtime/clock.ts';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import { encodeList } from '../negotiation/index.ts';
import type { CachedObject, ListQuery, ListResult } from '../watchcache/contract.ts';
import { negotiated } from './answer.ts';
import type { DeleteOptions, ResourceRegistry } from './contract.ts';
import { parseDeleteOptions } from './delete-options.ts';
import { decodeContinue, encodeContinue } from './list-continue.ts';
import { parseListOptions, type ListOptions } from './list-options.ts';
import { convertInTurns, listInTurns } from './select.ts';

/** Deletions that run at once, so that they share the store's group commits. */
const atOnce = 16;

/** Deletes the selected objects. Answers with their list, each in its last state or with its deletion mark. */
export async function serveDeleteCollection<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  clock: Clock,
): Promise<void> {
  const form = negotiated(exchange, { table: true, partial: true });
  const { definition, cache } = registry;
  const { info, request } = exchange;
  const body = await readBody(exchange);
  exchange.audit?.requestBody(body, request.headers['content-type']);
  const deletion = parseDeleteOptions(info.query, body, request.headers['content-type']);
  const options = parseListOptions(info, definition, 'list');
  await cache.current();
  const selected = await listInTurns(exchange, registry, selection(options, info.namespace));
  // An error about one of them must come before they are gone.
  if (cache.isConverted === true) await convertInTurns(exchange, selected.objects);
  const objects = await deleteAll(exchange, registry, selected.objects, deletion);
  const answer = encodeList(form, definition, { objects }, listMeta(selected, info.namespace), clock.now());
  await sendBody(exchange, { status: 200, ...answer });
}

function selection({ labels, fields, limit, continue: token }: ListOptions, namespace: string): ListQuery {
  const start = token === '' ? undefined : decodeContinue(token).startAfter;
  return {
    ...(namespace === '' ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(fields === undefined ? {} : { fields }),
    ...(limit === 0 ? {} : { limit }),
    // The newest state counts, not that of the first page: objects are deleted between the pages.
    ...(start === undefined ? {} : { startAfter: namespace === '' ? start : `${namespace}/${start}` }),
  };
}

async function deleteAll<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  objects: readonly CachedObject<T>[],
  options: DeleteOptions,
): Promise<CachedObject<T>[]> {
  const deleted: CachedObject<T>[] = [];
  const { turns = unhurried, signal } = exchange;
  for (let start = 0; start < objects.length; start += atOnce) {
    if (turns.due()) await turns.next(signal);
    // A request that timed out or whose client left must not delete more.
    signal.throwIfAborted();
    const batch = objects.slice(start, start + atOnce).map((object) => deleteOne(exchange, registry, object, options));
    for (const result of await Promise.all(batch)) if (result !== undefined) deleted.push(result);
  }
  return deleted;
}

async function deleteOne<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  { object }: CachedObject<T>,
  options: DeleteOptions,
): Promise<CachedObject<T> | undefined> {
  const { name, namespace = '' } = object.metadata;
  try {
    return (await registry.delete(exchange, { namespace, name }, options)).object;
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

function listMeta<T extends KubeObject>({ revision, more, objects }: ListResult<T>, namespace: string): ListMeta {
  const last = objects.at(-1);
  if (!more || last === undefined) return { resourceVersion: String(revision) };
  const startAfter = namespace === '' ? last.key : last.key.slice(namespace.length + 1);
  return { resourceVersion: String(revision), continue: encodeContinue({ revision: undefined, startAfter }) };
}
