/** A resource as those see it, and change it, from whom a part of its objects is hidden. */
import type { KubeObject } from '../../meta/object.ts';
import type { Exchange, Handler } from '../http/contract.ts';
import { createRedactedCache, Redactor } from '../watchcache/index.ts';
import type { Redaction, ResourceRegistry } from './contract.ts';
import { writeResult } from './create.ts';

/** The registry itself where its definition hides nothing; else with its redacted form beside it. */
export function withRedaction<T extends KubeObject>(registry: ResourceRegistry<T>): ResourceRegistry<T> {
  const { redaction } = registry.definition;
  return redaction === undefined ? registry : { ...registry, redacted: redactedRegistry(registry, redaction) };
}

function redactedRegistry<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  redaction: Redaction<T>,
): ResourceRegistry<T> {
  const { definition } = registry;
  const redactor = new Redactor<T>((object) => redaction.redact(object));
  return {
    definition,
    cache: createRedactedCache(registry.cache, definition, redactor),
    get: async (target) => redactor.entry(await registry.get(target)),
    async create(context, namespace, object, options) {
      const made = await registry.create(context, namespace, object, options);
      return writeResult(redactor.entry(made), made.created);
    },
    async update(context, target, transform, options) {
      // A patch may copy, move and test: it must not find what is hidden.
      const written = await registry.update(
        context,
        target,
        async (current) =>
          current === undefined
            ? transform(undefined)
            : redaction.restore(await transform(redaction.redact(current)), current),
        options,
      );
      return writeResult(redactor.entry(written), written.created);
    },
    async delete(context, target, options) {
      const { object, gone } = await registry.delete(context, target, options);
      return { object: redactor.entry(object), gone };
    },
  };
}

/**
 * The registry as the user of this request may see it.
 * @throws StatusError 503 where nobody could be asked
 */
export async function visibleTo<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
): Promise<ResourceRegistry<T>> {
  const { redacted, definition } = registry;
  if (definition.redaction === undefined) return registry;
  if (redacted === undefined) throw new Error(`the registry of ${definition.plural} can't redact what it is to redact`);
  const { namespace, name } = exchange.info;
  return (await definition.redaction.mayReveal(exchange, { namespace, name })) ? registry : redacted;
}

/** A handler on what its request's user may see; where nothing is ever hidden, there is nothing to ask. */
export function onVisible<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  handlerOn: (visible: ResourceRegistry<T>) => Handler,
): Handler {
  if (registry.definition.redaction === undefined) return handlerOn(registry);
  return async (exchange) => handlerOn(await visibleTo(exchange, registry))(exchange);
}
