import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import type { Layer } from './contract.ts';

/** Under this name the fields stand that an untracked object had when it was first applied. */
const beforeFirstApply = 'before-first-apply';

/**
 * Objects without managedFields stay without: somebody has switched them off, or they are older than their tracking.
 * The first apply switches them on. New objects are tracked from their creation.
 * @param empty what an object is before anybody wrote to it
 */
export function skipNonApplied(inner: Layer, empty: JsonObject): Layer {
  return {
    update: (write) => (write.managed.sets.size === 0 && exists(write.live) ? write.managed : inner.update(write)),
    *apply(write) {
      if (write.managed.sets.size > 0) return yield* inner.apply(write);
      const { live, managed } = write;
      const tracked = inner.update({ live: empty, next: live, managed, manager: beforeFirstApply });
      yield;
      return yield* inner.apply({ ...write, managed: tracked });
    },
  };
}

function exists({ metadata }: JsonObject): boolean {
  return isJsonObject(metadata) && typeof metadata['uid'] === 'string' && metadata['uid'] !== '';
}
