/** DELETE of a collection, or of the part that selectors choose. */
import type { KubeObject, ListMeta } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { Clock } from '../../runtime/clock.ts';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import { encodeList, endsLine } from '../negotiation/index.ts';
import type { CachedObject, ListResult } from '../watchcache/contract.ts';
import { negotiated } from './answer.ts';
import type { DeleteOptions, ResourceRegistry } from './contract.ts';
import { parseDeleteOptions } from './delete-options.ts';
import { listPage, pageOf } from './list.ts';
import { encodeContinue } from './list-continue.ts';
import { parseListOptions } from './list-options.ts';
import { convertInTurns } from './select.ts';

/** Deletions that run at once, so that they share the store's group commits. */
const atOnce = 16;

/**
 * Deletes what a list with the same options selects, and answers with that list: the objects as they were before. Source:
 * k8s.io/apiserver/pkg/registry/generic/registry/store.go (DeleteCollection)
 * @throws StatusError as serveList and ResourceRegistry.delete
 */
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
  const page = await pageOf(options, info.namespace, cache);
  const selected = await listPage(exchange, registry, page, options);
  // An error about one of them must come before they are gone.
  if (cache.isConverted === true) await convertInTurns(exchange, selected.objects);
  await deleteAll(exchange, registry, selected.objects, deletion);
  const answer = encodeList(form, definition, selected, listMeta(selected, info.namespace), clock.now());
  await sendBody(exchange, { status: 200, ...answer, ...endsLine(form) });
}

async function deleteAll<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  objects: readonly CachedObject<T>[],
  options: DeleteOptions,
): Promise<void> {
  const { turns = unhurried, signal } = exchange;
  for (let start = 0; start < objects.length; start += atOnce) {
    if (turns.due()) await turns.next(signal);
    // A request that timed out or whose client left must not delete more.
    signal.throwIfAborted();
    const batch = objects.slice(start, start + atOnce);
    await Promise.all(batch.map((object) => deleteOne(exchange, registry, object, options)));
  }
}

async function deleteOne<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  { object }: CachedObject<T>,
  options: DeleteOptions,
): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  try {
    await registry.delete(exchange, { namespace, name }, options);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

/** The next page is of the newest state, not of the first page's: objects are deleted between the pages. */
function listMeta<T extends KubeObject>({ revision, more, objects }: ListResult<T>, namespace: string): ListMeta {
  const last = objects.at(-1);
  if (!more || last === undefined) return { resourceVersion: String(revision) };
  const startAfter = namespace === '' ? last.key : last.key.slice(namespace.length + 1);
  return { resourceVersion: String(revision), continue: encodeContinue({ revision: undefined, startAfter }) };
}
