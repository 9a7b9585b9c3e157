/**
 * Who owns what after a write, and what an applied configuration makes of an object.
 * Source: structured-merge-diff, merge/update.go
 */
import { allAtOnce, type Steps } from '../../../runtime/steps.ts';
import { FieldSet, valuesEqual, type FieldFilter } from '../fieldpath/index.ts';
import { fitToType, type Comparison, type MergeType, type TypedValue } from '../typed/index.ts';
import { ConflictsError } from './conflicts.ts';
import type { Converter } from './converter.ts';
import { orSame, withSet, type Managers, type VersionedSet } from './managers.ts';
import { prune } from './prune.ts';

/** What comes of an applied configuration. */
export interface Applied {
  /** The merged object; undefined where it equals the live one. */
  readonly object: TypedValue | undefined;
  readonly managers: Managers;
}

/** A write to an object: what it was, in which version it is written, and who owned what before. */
export interface Write {
  readonly live: TypedValue;
  readonly apiVersion: string;
  readonly managers: Managers;
  /** Who writes. */
  readonly manager: string;
}

/** Keeps account of owners. Managers whose version is missing are dropped. */
export interface Updater {
  /** @returns the managers after a write that is no apply; the same ones where nothing changes */
  update(write: Write, next: TypedValue): Managers;
  /**
   * @param force take over what others own
   * @throws ConflictsError without force, where others own what the configuration changes
   * @throws TypedError where the configuration cannot be merged, or what is pruned leaves an element without its key
   */
  apply(write: Write, configuration: TypedValue, force: boolean): Applied;
  /** As `apply`, in steps. */
  applySteps(write: Write, configuration: TypedValue, force: boolean): Steps<Applied>;
}

/** @param filters by apiVersion: what of a set counts, where not everything does (fields that a write resets do not) */
export function createUpdater(converter: Converter, filters: ReadonlyMap<string, FieldFilter> = new Map()): Updater {
  const context: Context = {
    converter,
    filter: (apiVersion) => filters.get(apiVersion) ?? ((set) => set),
    fitting: new WeakMap(),
  };
  return {
    update: (write, next) => update(context, write, next),
    apply: (write, configuration, force) => allAtOnce(apply(context, write, configuration, force)),
    applySteps: (write, configuration, force) => apply(context, write, configuration, force),
  };
}

interface Context {
  readonly converter: Converter;
  filter(apiVersion: string): FieldFilter;
  /** Sets that were found to fit a type: most are met again at the next write. */
  readonly fitting: WeakMap<FieldSet, MergeType>;
}

function update(context: Context, write: Write, next: TypedValue): Managers {
  const { apiVersion, manager } = write;
  const { managers, comparison } = settle(context, { ...write, managers: fitted(context, write) }, next, true);
  const own = managers.get(manager);
  const kept = (own?.set ?? FieldSet.empty).difference(comparison.removed);
  const set = context.filter(apiVersion)(kept.union(comparison.modified).union(comparison.added));
  if (set.isEmpty) managers.delete(manager);
  else if (own?.set !== set || own.apiVersion !== apiVersion || own.applied) {
    managers.set(manager, { set, apiVersion, applied: false });
  }
  return orSame(write.managers, managers);
}

function* apply(context: Context, write: Write, configuration: TypedValue, force: boolean): Steps<Applied> {
  const { live, apiVersion, manager } = write;
  const before = fitted(context, write);
  const last = before.get(manager);
  yield;
  const mentioned = configuration.toFieldSet();
  yield;
  const set = context.filter(apiVersion)(mentioned);
  const claimed = new Map(before).set(manager, claim(last, { set, apiVersion, applied: true }));
  const complete = set === mentioned;
  yield;
  const whole = live.merge(configuration);
  yield;
  const merged = prune(context.converter, { merged: whole, managers: claimed, manager, complete, last });
  yield;
  const { managers } = settle(context, { ...write, managers: claimed }, merged, force);
  yield;
  return {
    object: valuesEqual(live.value, merged.value) ? undefined : merged,
    managers: orSame(write.managers, managers),
  };
}

/** The last entry itself where the manager claims the same again. */
function claim(last: VersionedSet | undefined, next: VersionedSet): VersionedSet {
  if (last?.apiVersion !== next.apiVersion || !last.applied) return next;
  return last.set.equals(next.set) ? last : next;
}

/** The managers with their sets as the types are now. */
function fitted(context: Context, { live, managers }: Write): Managers {
  const out = new Map<string, VersionedSet>();
  for (const [name, entry] of managers) {
    const object = context.converter.convert(live, entry.apiVersion);
    if (object !== 'missing') out.set(name, withSet(entry, fit(context, object.type, entry.set)));
  }
  return out;
}

function fit({ fitting }: Context, type: MergeType, set: FieldSet): FieldSet {
  if (fitting.get(set) === type) return set;
  const fits = fitToType(type, set);
  fitting.set(fits, type);
  return fits;
}

interface Settled {
  readonly managers: Map<string, VersionedSet>;
  readonly comparison: Comparison;
}

/**
 * Takes from the other managers what the write changes or removes.
 * @throws ConflictsError without force, where others own what is changed or added
 */
function settle(context: Context, write: Write, next: TypedValue, force: boolean): Settled {
  const { live, apiVersion, managers, manager } = write;
  const comparison = filtered(context, apiVersion, live.compare(next));
  const byVersion = new Map<string, Comparison | 'missing'>([[apiVersion, comparison]]);
  const conflicts = new Map<string, FieldSet>();
  const out = new Map<string, VersionedSet>();
  for (const [name, entry] of managers) {
    if (name === manager) {
      out.set(name, entry);
      continue;
    }
    const changes = byVersion.get(entry.apiVersion) ?? compareIn(context, entry.apiVersion, live, next);
    byVersion.set(entry.apiVersion, changes);
    if (changes === 'missing') continue;
    const conflict = entry.set.intersection(changes.modified.union(changes.added));
    if (!conflict.isEmpty) conflicts.set(name, conflict);
    out.set(name, withSet(entry, entry.set.difference(conflict).difference(changes.removed)));
  }
  if (!force && conflicts.size > 0) throw new ConflictsError(conflicts);
  for (const [name, { set }] of out) if (set.isEmpty) out.delete(name);
  return { managers: out, comparison };
}

function compareIn(context: Context, apiVersion: string, live: TypedValue, next: TypedValue): Comparison | 'missing' {
  const before = context.converter.convert(live, apiVersion);
  const after = context.converter.convert(next, apiVersion);
  return before === 'missing' || after === 'missing' ? 'missing' : filtered(context, apiVersion, before.compare(after));
}

function filtered(context: Context, apiVersion: string, { added, modified, removed }: Comparison): Comparison {
  const filter = context.filter(apiVersion);
  return { added: filter(added), modified: filter(modified), removed: filter(removed) };
}
