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
  /** What the applier claimed before. */
  readonly last: VersionedSet | undefined;
}

/** The merged object without what its applier had claimed, and neither it nor anybody else claims now. */
export function prune(converter: Converter, { merged, managers, manager, last }: Merged): TypedValue {
  const now = managers.get(manager);
  if (last === undefined || now === undefined || last.set.isEmpty) return merged;
  // Somebody who gives nothing up removes nothing. This spares the field sets of the whole object.
  if (last.apiVersion === now.apiVersion && last.set.difference(now.set).isEmpty) return merged;
  const object = converter.convert(merged, last.apiVersion);
  if (object === 'missing') return merged;
  const without = object.removeItems(withNamedFields(object.type, last.set));
  const withOwned = addBackOwned(converter, object, without, last.apiVersion, managers);
  const pruned = addBackDangling(converter, object, withOwned, last);
  const converted = converter.convert(pruned, now.apiVersion);
  return converted === 'missing' ? pruned : converted;
}

/** With what was removed although somebody owns it, version by version. */
function addBackOwned(
  converter: Converter,
  merged: TypedValue,
  pruned: TypedValue,
  prunedVersion: string,
  managers: Managers,
): TypedValue {
  const owned = new Map<string, FieldSet>();
  for (const { apiVersion, set } of managers.values()) {
    owned.set(apiVersion, (owned.get(apiVersion) ?? FieldSet.empty).union(set));
  }
  let objects = { merged, pruned };
  // First in the version in which it was pruned: converting may need what is missing.
  const versions = [...owned.keys()].sort((a, b) => Number(b === prunedVersion) - Number(a === prunedVersion));
  for (const version of versions) {
    objects = addBackOwnedIn(converter, objects, version, owned.get(version) ?? FieldSet.empty);
  }
  return objects.pruned;
}

interface Objects {
  readonly merged: TypedValue;
  readonly pruned: TypedValue;
}

function addBackOwnedIn(converter: Converter, objects: Objects, version: string, owned: FieldSet): Objects {
  const merged = converter.convert(objects.merged, version);
  if (merged === 'missing') return objects;
  const pruned = converter.convert(objects.pruned, version);
  if (pruned === 'missing') return { merged, pruned: objects.pruned };
  const named = (set: FieldSet): FieldSet => withNamedFields(merged.type, set);
  const kept = named(pruned.toFieldSet()).union(named(owned));
  return { merged, pruned: merged.removeItems(named(merged.toFieldSet()).difference(kept)) };
}

/** With what was removed although the applier had not claimed it: nobody's fields, and those below what it had claimed. */
function addBackDangling(converter: Converter, merged: TypedValue, pruned: TypedValue, last: VersionedSet): TypedValue {
  const converted = converter.convert(pruned, last.apiVersion);
  if (converted === 'missing') return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(merged.type, set);
  const gone = named(merged.toFieldSet()).difference(named(converted.toFieldSet()));
  return merged.removeItems(gone.intersection(named(last.set)));
}
