/** A resource for users who may not see a part of its objects. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { createRedactedCache, Redactor } from '../watchcache/index.ts';
import type { ResourceRegistry, UpdateOptions } from './contract.ts';
import type { Redaction } from '../resource.ts';
import { storedObject, writeResult } from './object-store.ts';

/** The registry itself if its definition hides nothing; else a copy with its redacted form as `redacted`. */
export function withRedaction<T extends KubeObject>(registry: ResourceRegistry<T>): ResourceRegistry<T> {
  const { redaction } = registry.definition;
  return redaction === undefined ? registry : { ...registry, redacted: redactedRegistry(registry, redaction) };
}

function redactedRegistry<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  redaction: Redaction<T>,
): ResourceRegistry<T> {
  const { definition } = registry;
  const redactor = new Redactor<T>(
    (object) => redaction.redact(object),
    (entry) => storedObject(definition, entry),
  );
  return {
    definition,
    ...(registry.owners === undefined ? {} : { owners: registry.owners }),
    cache: createRedactedCache(registry.cache, definition, redactor),
    get: async (target) => redactor.entry(await registry.get(target)),
    async create(context, namespace, object, options) {
      const made = await registry.create(context, namespace, object, options);
      return writeResult(redactor.entry(made), made.created);
    },
    async update(context, target, transform, options) {
      // A patch can copy, move and test values, so it must run on the redacted object.
      const written = await registry.update(
        context,
        target,
        async (current) =>
          current === undefined
            ? transform(undefined)
            : redaction.restore(await transform(seen(redaction, current, options)), current),
        options,
      );
      return writeResult(redactor.entry(written), written.created);
    },
    async delete(context, target, options) {
      const { object, ...result } = await registry.delete(context, target, options);
      return { ...result, object: redactor.entry(object) };
    },
  };
}

/**
 * What a write of somebody who may not see the hidden part starts from. An apply must know who owns a hidden field, so
 * that it conflicts whatever the value is; other writes do not see that.
 */
function seen<T extends KubeObject>(
  redaction: Redaction<T>,
  current: Stored<T>,
  options: UpdateOptions<T> | undefined,
): Stored<T> {
  const shown = redaction.redact(current);
  const { managedFields } = current.metadata;
  if (options?.ownership !== 'given' || managedFields === undefined) return shown;
  return { ...shown, metadata: { ...shown.metadata, managedFields } };
}

/**
 * The registry that the user of this request may see.
 * @throws StatusError 503 if the authorizer cannot be reached
 */
export async function visibleTo<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
): Promise<ResourceRegistry<T>> {
  const { redacted, definition } = registry;
  if (definition.redaction === undefined) return registry;
  if (redacted === undefined)
    throw new Error(`the registry of ${definition.plural} has no redacted form; build it with withRedaction()`);
  const { namespace, name } = exchange.info;
  return (await definition.redaction.mayReveal(exchange, { namespace, name })) ? registry : redacted;
}

/** A handler that works on what the request's user may see. */
export function onVisible<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  handlerOn: (visible: ResourceRegistry<T>) => Handler,
): Handler {
  if (registry.definition.redaction === undefined) return handlerOn(registry);
  return async (exchange) => handlerOn(await visibleTo(exchange, registry))(exchange);
}
