/** The list verb. Semantics of versions and pages: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
import type { KubeObject, ListMeta } from '../../meta/object.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import { badRequest, expired, isReason } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import type { Negotiated } from '../negotiation/contract.ts';
import { encodeList, endsLine } from '../negotiation/index.ts';
import type { ListPart, ListQuery, ListResult, ResourceCache } from '../watchcache/contract.ts';
import type { ResourceRegistry } from './contract.ts';
import { continueExpired, decodeContinue, encodeContinue } from './list-continue.ts';
import { parseListOptions, type ListOptions } from './list-options.ts';
import { convertInTurns, listInTurns } from './select.ts';

/**
 * Answers a list from the cache.
 * @throws StatusError 400 and 422 for bad options, 410 for a version that is too old, 504 for one that is not reached
 *        in time
 */
export async function serveList<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  negotiated: Negotiated,
  { clock }: { readonly clock: Clock },
): Promise<void> {
  const { definition, cache } = registry;
  const { namespace } = exchange.info;
  const options = parseListOptions(exchange.info, definition, 'list');
  const page = await pageOf(options, namespace, cache);

  if (isWhole(page, options) && isPlain(negotiated) && cache.isConverted !== true) {
    const list = cache.listBytes(namespace === '' ? undefined : namespace);
    const length = list.length === undefined ? {} : { length: list.length };
    const contentType = negotiated.mediaType;
    const { parts } = list;
    await sendBody(exchange, { status: 200, contentType, body: bytesOf(parts), parts, ...length });
    return;
  }
  const result = await listPage(exchange, registry, page, options);
  if (cache.isConverted === true) await convertInTurns(exchange, result.objects);
  const meta = listMeta(result, namespace);
  const { contentType, body } = encodeList(negotiated, definition, result, meta, clock.now());
  await sendBody(exchange, { status: 200, contentType, body, ...endsLine(negotiated) });
}

function* bytesOf(parts: Iterable<ListPart>): Generator<Buffer, void, undefined> {
  for (const part of parts) yield part.bytes();
}

/**
 * Waits until the cache is as new as the request wants, and returns what to take from it.
 * @throws StatusError 400, 410 or 504
 */
export async function pageOf<T extends KubeObject>(
  options: ListOptions,
  namespace: string,
  cache: ResourceCache<T>,
): Promise<ListQuery> {
  const { resourceVersion, resourceVersionMatch, limit } = options;
  const whole = namespace === '' ? {} : { namespace };
  const limited = limit === 0 ? whole : { ...whole, limit };

  if (options.continue !== '') {
    const { revision, startAfter } = decodeContinue(options.continue);
    if (resourceVersion !== '' && resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    if (revision === undefined) await cache.current();
    else await cache.waitFor(revision);
    const page = { ...limited, startAfter: namespace === '' ? startAfter : `${namespace}/${startAfter}` };
    return revision === undefined ? page : { ...page, at: revision };
  }
  if (resourceVersion === '') {
    await cache.current();
    return limited;
  }
  const revision = parseResourceVersion(resourceVersion);
  if (revision === 0) return whole;
  await cache.waitFor(revision);
  const exact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  return exact ? { ...limited, at: revision } : limited;
}

/** The selected objects of a page, read in turns. @throws StatusError 410, and the signal's reason */
export async function listPage<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  page: ListQuery,
  options: ListOptions,
): Promise<ListResult<T>> {
  const { labels, fields } = options;
  try {
    const query = { ...page, ...(labels ? { labels } : {}), ...(fields ? { fields } : {}) };
    return await listInTurns(exchange, registry, query);
  } catch (error) {
    if (!isReason(error, 'Expired')) throw error;
    if (options.continue !== '') throw continueExpired(decodeContinue(options.continue).startAfter);
    throw expired('The resourceVersion for the provided list is too old.');
  }
}

function listMeta<T extends KubeObject>(result: ListResult<T>, namespace: string): ListMeta {
  const resourceVersion = String(result.revision);
  const last = result.objects.at(-1);
  if (!result.more || last === undefined) return { resourceVersion };
  const startAfter = namespace === '' ? last.key : last.key.slice(namespace.length + 1);
  return {
    resourceVersion,
    continue: encodeContinue({ revision: result.revision, startAfter }),
    ...(result.remaining === undefined ? {} : { remainingItemCount: result.remaining }),
  };
}

function isWhole(page: ListQuery, { labels, fields }: ListOptions): boolean {
  const { limit, startAfter, at } = page;
  return [limit, startAfter, at, labels, fields].every((part) => part === undefined);
}

function isPlain({ mediaType, pretty, representation }: Negotiated): boolean {
  return mediaType === 'application/json' && !pretty && representation.as === 'object';
}
