/** Answers cases with the code under test, in the form of the answers of the Go program. */
import type { FieldSet } from '../../../src/apiserver/apply/fieldpath/index.ts';
import { excludeFields, fromFieldsV1, pathString, toFieldsV1 } from '../../../src/apiserver/apply/fieldpath/index.ts';
import {
  ConflictsError,
  createUpdater,
  type Converter,
  type Managers,
  type VersionedSet,
} from '../../../src/apiserver/apply/merge/index.ts';
import {
  deducedType,
  fitToType,
  mergeTypeOf,
  typedOf,
  withNamedFields,
  type MergeType,
  type TypedValue,
} from '../../../src/apiserver/apply/typed/index.ts';
import type { OpenApiSchema, OpenApiSchemas } from '../../../src/schema/contract.ts';
import { resolveKind } from '../../../src/schema/resolve.ts';
import type { Case, FieldsCase, SequenceCase, Step, TypedCase, Types, Versions } from './cases.ts';
import { smdTypes } from './smd-schema.ts';

/** The merge types of a case by name; '' is the type without a schema. */
export function typesOf(types: Types): (name: string) => MergeType {
  const made = new Map<string, MergeType>([['', deducedType]]);
  const make =
    types.openapi === undefined
      ? smdTypes(types.smd ?? { types: [] })
      : (name: string) => openApiType(types.openapi ?? {}, name);
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}

/** The type as a field of another kind, because the schema of a kind itself gets the fields of every object. */
function openApiType(schemas: OpenApiSchemas, name: string): MergeType {
  const holder: OpenApiSchema = { type: 'object', properties: { held: { $ref: `#/components/schemas/${name}` } } };
  const node = resolveKind({ ...schemas, holder }, 'holder').property('held');
  if (node === undefined) throw new Error('the holder holds nothing');
  return mergeTypeOf(node);
}

/** The answer of the code under test. */
export function ourAnswer(one: Case): unknown {
  switch (one.kind) {
    case 'sequence':
      return sequence(one);
    case 'typed':
      return typed(one);
    case 'fields':
      return fields(one);
  }
}

const hub = 'v1';

function rename(value: unknown, from: string, to: string): unknown {
  if (from === to || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const plain = from === hub || !name.endsWith(`_${from}`) ? name : name.slice(0, -from.length - 1);
      return [to === hub ? plain : `${plain}_${to}`, part as unknown];
    }),
  );
}

class State {
  types: (name: string) => MergeType;
  versions: Versions;
  live: unknown = {};
  managers: Managers = new Map();
  readonly #filters: ReadonlyMap<string, (set: FieldSet) => FieldSet>;

  constructor({ types, versions, ignored = {} }: SequenceCase) {
    this.types = typesOf(types);
    this.versions = versions;
    this.#filters = new Map(
      Object.entries(ignored).map(([version, set]) => [version, excludeFields(fromFieldsV1(set))]),
    );
  }

  run(step: Step): { unchanged?: true; conflicts?: string[]; message?: string; error?: string } {
    try {
      if (step.op === 'types') {
        this.types = typesOf(step.types ?? {});
        this.versions = step.versions ?? {};
        return {};
      }
      return this.#write(step) ? {} : { unchanged: true };
    } catch (error) {
      if (!(error instanceof ConflictsError)) return { error: String(error) };
      const conflicts = error.conflicts.map(({ manager, path }) => `${manager} ${pathString(path)}`);
      return { conflicts, message: error.message };
    }
  }

  #typeIn(version: string): MergeType | undefined {
    const name = this.versions[version];
    return name === undefined ? undefined : this.types(name);
  }

  #convert(object: TypedValue, version: string): TypedValue | 'missing' {
    const type = this.#typeIn(version);
    if (type === undefined) return 'missing';
    const from = Object.keys(this.versions).find((name) => this.#typeIn(name) === object.type) ?? '';
    return from === version ? object : typedOf(rename(object.value, from, version), type);
  }

  /** @returns whether there is a new object */
  #write({ op, version = '', manager = '', force = false, object = null }: Step): boolean {
    const type = this.types(this.versions[version] ?? '');
    const converter: Converter = { convert: (value, to) => this.#convert(value, to) };
    const updater = createUpdater(converter, this.#filters);
    const next = typedOf(object, type, { allowDuplicates: op !== 'apply' });
    const live = typedOf(rename(this.live, hub, version), type, { allowDuplicates: true });
    const before = roundTripped(this.managers);
    const write = { live, apiVersion: version, managers: before, manager };
    const applied = op === 'apply' ? updater.apply(write, next, force) : undefined;
    this.managers = applied?.managers ?? updater.update(write, next);
    const after = applied === undefined ? next : applied.object;
    if (after !== undefined) this.live = rename(after.value, version, hub);
    return after !== undefined;
  }
}

/** Encodes the sets as FieldsV1 and decodes them, as happens between two writes. */
function roundTripped(managers: Managers): Managers {
  const entry = ({ set, ...rest }: VersionedSet) => ({ ...rest, set: fromFieldsV1(toFieldsV1(set)) });
  return new Map([...managers].map(([name, one]) => [name, entry(one)]));
}

function sequence(one: SequenceCase): unknown {
  let state: State;
  try {
    state = new State(one);
  } catch (error) {
    return [{ error: String(error) }];
  }
  return one.steps.map((step) => {
    const outcome = state.run(step);
    const managers = [...state.managers].map(([name, { set, apiVersion, applied }]) => {
      return [name, { set: toFieldsV1(set), version: apiVersion, applied }];
    });
    return { object: state.live, managers: Object.fromEntries(managers) as unknown, ...outcome };
  });
}

function attempt<T>(make: () => T): { value?: T; error: string } {
  try {
    return { value: make(), error: '' };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function typed({ types, type: name, ...one }: TypedCase): unknown {
  const { value: type, error } = attempt(() => typesOf(types)(name));
  if (type === undefined) return { strict: `no types: ${error}` };
  const strict = attempt(() => typedOf(one.a, type)).error;
  const a = attempt(() => typedOf(one.a, type, { allowDuplicates: true }));
  const b = attempt(() => typedOf(one.b, type, { allowDuplicates: true }));
  const errors = { strict, loose: a.error, other: b.error };
  if (a.value === undefined || b.value === undefined) return errors;
  const [left, right] = [a.value, b.value];
  const comparison = left.compare(right);
  const items = fromFieldsV1(one.items);
  const merged = attempt(() => left.merge(right).value);
  return {
    ...errors,
    set: toFieldsV1(left.toFieldSet()),
    added: toFieldsV1(comparison.added),
    modified: toFieldsV1(comparison.modified),
    removed: toFieldsV1(comparison.removed),
    merged: merged.value ?? null,
    mergeError: merged.error,
    kept: left.removeItems(items).value,
    named: toFieldsV1(withNamedFields(type, items)),
    fitted: toFieldsV1(fitToType(type, items)),
  };
}

function fields(one: FieldsCase): unknown {
  const read = (text: string) => attempt(() => fromFieldsV1(JSON.parse(text)));
  const [left, right] = [read(one.left), read(one.right)];
  const errors = { leftError: left.error, rightError: right.error };
  if (left.value === undefined || right.value === undefined) return errors;
  const [a, b] = [left.value, right.value];
  const paths = [...a.paths()];
  return {
    ...errors,
    left: toFieldsV1(a),
    right: toFieldsV1(b),
    paths: paths.map(pathString),
    has: paths.map((path) => b.has(path)),
    size: a.size(),
    equal: a.equals(b),
    union: toFieldsV1(a.union(b)),
    intersection: toFieldsV1(a.intersection(b)),
    difference: toFieldsV1(a.difference(b)),
    recursive: toFieldsV1(a.recursiveDifference(b)),
    leaves: toFieldsV1(a.leaves()),
  };
}
