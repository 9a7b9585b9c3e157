import { fieldPath, FieldSet } from '../fieldpath/index.ts';
import type { Layer, Managed } from './contract.ts';

/** The fields that nobody owns: they name the object, or the server alone writes them. */
export const unownedMetadata: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** Takes from the writing manager what nobody owns; a manager who then owns nothing is none. */
export function stripMeta(inner: Layer): Layer {
  const unowned = FieldSet.of(
    fieldPath('apiVersion'),
    fieldPath('kind'),
    fieldPath('metadata'),
    ...[...unownedMetadata].map((name) => fieldPath('metadata', name)),
  );
  const stripped = (managed: Managed, manager: string): Managed => {
    const owned = managed.sets.get(manager);
    if (owned === undefined) return managed;
    const set = owned.set.difference(unowned);
    const sets = new Map(managed.sets);
    if (set.isEmpty) sets.delete(manager);
    else sets.set(manager, { ...owned, set });
    return { ...managed, sets };
  };
  return {
    update: (write) => stripped(inner.update(write), write.manager),
    *apply(write) {
      const { object, managed } = yield* inner.apply(write);
      yield;
      return { object, managed: stripped(managed, write.manager) };
    },
  };
}
