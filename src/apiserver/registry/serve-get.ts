/** GET of one object. */
import { parseResourceVersion } from '../../meta/revision.ts';
import { badRequest } from '../../meta/status.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange } from '../exchange.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import { negotiated, sendObject } from './answer.ts';
import type { ResourceRegistry } from './contract.ts';

const noExport = 'the export parameter, deprecated since v1.14, is no longer supported';

/** Answers with one object. @throws StatusError 400, 404, 406 or 504 */
export async function serveGet<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  target: NamespacedName,
  clock: Clock,
): Promise<void> {
  const form = negotiated(exchange, { table: true, partial: true });
  const { query } = exchange.info;
  if (query.size > 0 && (query.get('export') ?? '') !== '') throw badRequest(noExport);
  const cached = await read(registry, target, query.size === 0 ? '' : (query.get('resourceVersion') ?? ''));
  await sendObject(exchange, registry.definition, form, { status: 200, cached, clock });
}

/** resourceVersion says how new the answer must be: '' means the newest, '0' any. */
async function read<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  target: NamespacedName,
  resourceVersion: string,
): Promise<CachedObject<T>> {
  const { cache } = registry;
  if (resourceVersion === '0') {
    const cached = cache.get(target.namespace, target.name);
    if (cached !== undefined) return cached;
  } else if (resourceVersion !== '') {
    await cache.waitFor(parseResourceVersion(resourceVersion));
  }
  return registry.get(target);
}
