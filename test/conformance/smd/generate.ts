/** Random cases. The same seed gives the same case. */
import { toFieldsV1 } from '../../../src/apiserver/apply/fieldpath/index.ts';
import { typedOf, type MergeType } from '../../../src/apiserver/apply/typed/index.ts';
import type { Case, FieldsCase, SequenceCase, Step, TypedCase, Types, Versions } from './cases.ts';
import { fieldsText, someFields } from './generate-fields.ts';
import { changedTypes, generateTypes, typeNames } from './generate-types.ts';
import { nearTo, partOf, valueOf, type Faults } from './generate-values.ts';
import { typesOf } from './ours.ts';
import { createRandom, type Random } from './random.ts';

const managers = ['one', 'two', 'three'] as const;
const clean: Faults = { wrong: 0, duplicate: 0, nulls: 0.02 };

/** A sequence of writes. */
export function generateSequence(seed: number): SequenceCase {
  const random = createRandom(seed);
  const types = generateTypes(random);
  const second = random.chance(0.25) ? renamed(types) : undefined;
  const versions: Versions = second === undefined ? { v1: typeNames[0] } : { v1: typeNames[0], v2: 'R2' };
  const writer = new Writer(random, second ?? types, versions);
  const steps = Array.from({ length: 2 + random.below(6) }, () => writer.step());
  const ignored = random.chance(0.2) ? { v1: writer.someFieldsOf() } : undefined;
  return { kind: 'sequence', types: second ?? types, versions, ...(ignored ? { ignored } : {}), steps };
}

/** The types with a second type for the root, whose fields have other names. */
function renamed(types: Types): Types {
  if (types.openapi !== undefined) {
    const root = types.openapi[typeNames[0]]!;
    const properties = Object.entries(root.properties ?? {}).map(([name, type]) => [`${name}_v2`, type] as const);
    const second = {
      ...root,
      properties: {
        ...Object.fromEntries(properties),
        apiVersion: { type: 'string' as const },
        kind: { type: 'string' as const },
      },
    };
    return { openapi: { ...types.openapi, R2: second } };
  }
  const all = types.smd?.types ?? [];
  const root = all.find(({ name }) => name === typeNames[0])!;
  const fields = (root.map?.fields ?? []).map((field) => ({ ...field, name: `${field.name}_v2` }));
  const map = { ...root.map, ...(fields.length > 0 ? { fields } : {}) };
  return { smd: { types: [...all, { name: 'R2', map }] } };
}

class Writer {
  readonly #random: Random;
  #types: Types;
  readonly #versions: Versions;
  #root: MergeType;
  #object: unknown;

  constructor(random: Random, types: Types, versions: Versions) {
    this.#random = random;
    this.#types = types;
    this.#versions = versions;
    this.#root = typesOf(types)(typeNames[0]);
    this.#object = valueOf(random, this.#root, clean);
    if (typeof this.#object !== 'object' || this.#object === null) this.#object = {};
  }

  step(): Step {
    const random = this.#random;
    if (random.chance(0.06)) return this.#typeStep();
    const faults: Faults = random.chance(0.15) ? { wrong: 0.02, duplicate: 0.3, nulls: 0.05 } : clean;
    this.#object = random.chance(0.1)
      ? valueOf(random, this.#root, faults)
      : nearTo(random, this.#root, this.#object, faults);
    if (typeof this.#object !== 'object' || this.#object === null || Array.isArray(this.#object)) this.#object = {};
    const op = random.chance(0.6) ? 'apply' : 'update';
    const object = op === 'apply' ? partOf(random, this.#root, this.#object) : this.#object;
    const version = random.pick(Object.keys(this.#versions));
    const renamedObject = version === 'v1' ? object : withSuffix(object, version);
    return { op, version, manager: random.pick(managers), force: random.chance(0.5), object: renamedObject };
  }

  #typeStep(): Step {
    this.#types = changedTypes(this.#random, this.#types);
    this.#root = typesOf(this.#types)(typeNames[0]);
    const versions = this.#random.chance(0.2) ? { v1: typeNames[0] } : this.#versions;
    return { op: 'types', types: this.#types, versions };
  }

  someFieldsOf(): unknown {
    return ownFields(this.#random, this.#root, this.#object);
  }
}

function withSuffix(object: unknown, version: string): unknown {
  return Object.fromEntries(
    Object.entries(object as object).map(([name, part]) => [`${name}_${version}`, part as unknown]),
  );
}

function ownFields(random: Random, type: MergeType, value: unknown): unknown {
  try {
    return someFields(random, toFieldsV1(typedOf(value, type, { allowDuplicates: true }).toFieldSet()));
  } catch {
    return {};
  }
}

function generateTyped(random: Random): TypedCase {
  const types = generateTypes(random);
  const type = random.chance(0.1) ? '' : random.pick(typeNames);
  const root = typesOf(types)(type);
  const faults: Faults = random.pick([
    clean,
    { wrong: 0.03, duplicate: 0.3, nulls: 0.05 },
    { wrong: 0, duplicate: 0.5, nulls: 0.05 },
  ]);
  const a = valueOf(random, root, faults);
  const b = random.chance(0.2) ? valueOf(random, root, faults) : nearTo(random, root, a, faults);
  const items = random.chance(0.15)
    ? (JSON.parse(fieldsText(random, 0)) as unknown)
    : ownFields(random, root, random.chance(0.7) ? a : b);
  return { kind: 'typed', types, type, a, b, items };
}

function generateFields(random: Random): FieldsCase {
  const wrong = random.chance(0.15) ? 0.05 : 0;
  const left = fieldsText(random, wrong);
  const right = random.chance(0.4) ? JSON.stringify(someFields(random, JSON.parse(left))) : fieldsText(random, wrong);
  return { kind: 'fields', left, right };
}

/** A single operation on values or on sets, without a sequence of writes. */
export function generatePart(seed: number): Case {
  const random = createRandom(seed);
  return random.chance(0.6) ? generateTyped(random) : generateFields(random);
}
