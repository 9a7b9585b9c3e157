/** A registry for work that nobody waits for: its writes take turns with whatever else the event loop has to do. */
import type { KubeObject } from '../../meta/object.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { ResourceRegistry } from './contract.ts';

/**
 * The same registry; a write begins only once this turn of the event loop has room for it. Many who waited for the same
 * fsync go on at the same moment: without this they would all work in one turn, and requests would wait for all of them.
 * @param turns shared by all that is done in the background
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
