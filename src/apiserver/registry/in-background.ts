/** A registry for background work: its writes share the event loop fairly with requests. */
import type { KubeObject } from '../../meta/object.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { ResourceRegistry } from './contract.ts';

/**
 * The same registry, whose writes wait until this turn of the event loop has time left. Writers that waited for the
 * same fsync continue at the same moment; without this they would all run in one turn and delay requests.
 * @param turns shared by all background work
 */
export function inBackground<T extends KubeObject>(registry: ResourceRegistry<T>, turns: Turns): ResourceRegistry<T> {
  return {
    ...registry,
    async create(context, namespace, object, options) {
      if (turns.due()) await turns.next(context.signal);
      return registry.create(context, namespace, object, options);
    },
    async update(context, target, transform, options) {
      if (turns.due()) await turns.next(context.signal);
      return registry.update(context, target, transform, options);
    },
    async delete(context, target, options) {
      if (turns.due()) await turns.next(context.signal);
      return registry.delete(context, target, options);
    },
  };
}
