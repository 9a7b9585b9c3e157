/**
 * What an applier gives up goes from the object, unless others own it. Source: structured-merge-diff, merge/update.go (prune)
 */
import { FieldSet } from '../fieldpath/index.ts';
import { withNamedFields, type TypedValue } from '../typed/index.ts';
import type { Converter } from './converter.ts';
import type { Managers, VersionedSet } from './managers.ts';

/** An applied configuration merged into the object, but nothing removed yet. */
interface Merged {
  readonly merged: TypedValue;
  /** With what the applier claims now. */
  readonly managers: Managers;
  readonly manager: string;
  /** Whether it claims everything that its configuration says: no field of that is reset. */
  readonly complete: boolean;
  /** What the applier claimed before. */
  readonly last: VersionedSet | undefined;
}

/** The merged object without what its applier had claimed, and neither it nor anybody else claims now. */
export function prune(converter: Converter, { merged, managers, manager, complete, last }: Merged): TypedValue {
  const now = managers.get(manager);
  if (last === undefined || now === undefined || last.set.isEmpty) return merged;
  if (complete && givesNothingUp(managers, last, now)) return merged;
  const object = converter.convert(merged, last.apiVersion);
  if (object === 'missing') return merged;
  const without = object.removeItems(withNamedFields(object.type, last.set));
  const pruning = new Pruning(converter, object);
  const pruned = pruning.addBackDangling(pruning.addBackOwned(without, last.apiVersion, managers), last);
  const converted = converter.convert(pruned, now.apiVersion);
  if (converted === 'missing')
    throw new Error(`nothing can be applied in version ${now.apiVersion}, which is not served`);
  return converted;
}

/**
 * Somebody who gives nothing up removes nothing, which spares the field sets of the whole object. It is not so certain where a
 * reset field is the key of an element, or where other versions have other types.
 */
function givesNothingUp(managers: Managers, last: VersionedSet, now: VersionedSet): boolean {
  const isOneVersion = [last, ...managers.values()].every(({ apiVersion }) => apiVersion === now.apiVersion);
  return isOneVersion && last.set.difference(now.set).isEmpty;
}

interface Objects {
  readonly merged: TypedValue;
  readonly pruned: TypedValue;
}

/** Adds back to a pruned object what should not have gone. */
class Pruning {
  readonly #converter: Converter;
  /** As it was before anything was removed. */
  readonly #merged: TypedValue;
  /** Its fields are asked for more than once, and it may be large. */
  #mergedFields: FieldSet | undefined;

  constructor(converter: Converter, merged: TypedValue) {
    this.#converter = converter;
    this.#merged = merged;
  }

  #fields(object: TypedValue): FieldSet {
    if (object !== this.#merged) return withNamedFields(object.type, object.toFieldSet());
    return (this.#mergedFields ??= withNamedFields(object.type, object.toFieldSet()));
  }

  /** With what was removed although somebody owns it, version by version. */
  addBackOwned(pruned: TypedValue, prunedVersion: string, managers: Managers): TypedValue {
    const owned = new Map<string, FieldSet>();
    for (const { apiVersion, set } of managers.values()) {
      owned.set(apiVersion, (owned.get(apiVersion) ?? FieldSet.empty).union(set));
    }
    let objects: Objects = { merged: this.#merged, pruned };
    // First in the version in which it was pruned: converting may need what is missing.
    const versions = [...owned.keys()].sort((a, b) => Number(b === prunedVersion) - Number(a === prunedVersion));
    for (const version of versions) {
      objects = this.#addBackOwnedIn(objects, version, owned.get(version) ?? FieldSet.empty);
    }
    return objects.pruned;
  }

  #addBackOwnedIn(objects: Objects, version: string, owned: FieldSet): Objects {
    const merged = this.#converter.convert(objects.merged, version);
    if (merged === 'missing') return objects;
    const pruned = this.#converter.convert(objects.pruned, version);
    if (pruned === 'missing') return { merged, pruned: objects.pruned };
    const kept = this.#fields(pruned).union(withNamedFields(merged.type, owned));
    return { merged, pruned: merged.removeItems(this.#fields(merged).difference(kept)) };
  }

  /** With what was removed although the applier had not claimed it: nobody's fields, and those below what it had claimed. */
  addBackDangling(pruned: TypedValue, last: VersionedSet): TypedValue {
    const converted = this.#converter.convert(pruned, last.apiVersion);
    if (converted === 'missing') return this.#merged;
    const gone = this.#fields(this.#merged).difference(this.#fields(converted));
    return this.#merged.removeItems(gone.intersection(withNamedFields(this.#merged.type, last.set)));
  }
}
