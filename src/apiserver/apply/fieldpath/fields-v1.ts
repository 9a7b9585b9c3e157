/**
 * Sets as `fieldsV1` of managedFields. Source: structured-merge-diff, fieldpath/serialize.go and serialize-pe.go
 */
import { isJsonObject } from '../../../meta/json.ts';
import { isDeeperThan, maxDepth } from '../../../schema/depth.ts';
import { FieldSet, type SetNode } from './field-set.ts';
import { compareElements, PathElement } from './path-element.ts';

/** A set as JSON: names are path elements, `.` says that the set has the path itself. */
type FieldsV1 = Readonly<Record<string, unknown>>;

/** What is no FieldsV1. */
export class FieldsV1Error extends Error {
  override readonly name = 'FieldsV1Error';
}

const nothing: FieldsV1 = Object.freeze({});

/** Most sets are written more than once: those of managers who did not take part in a write, and cached ones. */
const writtenSets = new WeakMap<FieldSet, FieldsV1>();

/**
 * The set as JSON value, its names in Go's order. The same set gives equal objects, which may share their parts: they are
 * not to be changed in place.
 */
export function toFieldsV1(set: FieldSet): FieldsV1 {
  if (set.isEmpty) return nothing;
  const known = writtenSets.get(set);
  if (known !== undefined) return known;
  const made = written(set, false);
  writtenSets.set(set, made);
  return made;
}

function written(set: FieldSet, self: boolean): FieldsV1 {
  const out: Record<string, unknown> = self ? { '.': nothing } : {};
  for (const { element, member, below } of set.nodes) {
    out[element.text] = below.isEmpty ? nothing : written(below, member);
  }
  return out;
}

/**
 * The set that a JSON value means. Elements of a kind that is not known are left out, as a later version may have made them.
 * Costs time linear in the value's size, but for what is not sorted.
 * @throws FieldsV1Error for what is no FieldsV1, or is nested too deeply
 */
export function fromFieldsV1(json: unknown): FieldSet {
  return read(json, 0).below;
}

interface Read {
  readonly member: boolean;
  readonly below: FieldSet;
}

const leaf: Read = { member: true, below: FieldSet.empty };

function read(json: unknown, depth: number): Read {
  if (json === null) return leaf;
  if (!isJsonObject(json)) throw new FieldsV1Error(`expect an object or null, but found ${kindOf(json)}`);
  if (depth > maxDepth) throw new FieldsV1Error(`exceeded max depth of ${maxDepth}`);
  const nodes: SetNode[] = [];
  let self = false;
  for (const key of Object.keys(json)) {
    if (key === '.') self = true;
    const element = parseElement(key);
    if (element !== undefined) nodes.push({ element, ...read(json[key], depth + 1) });
  }
  if (nodes.length === 0) return leaf;
  return { member: self, below: FieldSet.fromSorted(distinct(nodes)) };
}

/** One element may be spelled in several ways. It is a member where one of them says so; what is below it says the last. */
function distinct(nodes: SetNode[]): readonly SetNode[] {
  const isOrdered = nodes.every((node, index) => {
    const before = nodes[index - 1];
    return before === undefined || compareElements(before.element, node.element) < 0;
  });
  if (isOrdered) return nodes;
  const out: SetNode[] = [];
  for (const node of nodes.sort((a, b) => compareElements(a.element, b.element))) {
    const before = out.at(-1);
    if (before === undefined || compareElements(before.element, node.element) !== 0) out.push(node);
    else {
      const below = node.below.isEmpty ? before.below : node.below;
      out.splice(-1, 1, { element: before.element, member: before.member || node.member, below });
    }
  }
  return out;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** The element that a name spells; undefined for `.` and for a kind that is not known. */
function parseElement(text: string): PathElement | undefined {
  if (text === '.') return undefined;
  if (text.length < 2) throw invalidElement(text, 'key must be 2 characters long');
  if (text[1] !== ':' || text.charCodeAt(0) > 0x7f) throw invalidElement(text, 'missing colon');
  switch (text[0]) {
    case 'f':
      return PathElement.field(text.slice(2));
    case 'k':
      return parseKey(text);
    case 'v':
      return PathElement.value(parseJson(text));
    case 'i':
      return PathElement.index(parseIndex(text));
    default:
      return undefined;
  }
}

/** The key of most lists: one field, a text, without anything that JSON escapes. */
const plainKey = /^k:\{"([^"\\\p{Cc}]*)":"([^"\\\p{Cc}]*)"\}$/u;

function parseKey(text: string): PathElement {
  const [, name, value] = plainKey.exec(text) ?? [];
  if (name !== undefined) return PathElement.keyOf([{ name, value }]);
  const key = parseJson(text) ?? {};
  if (!isJsonObject(key)) throw invalidElement(text, `expect an object or null, but found ${kindOf(key)}`);
  return PathElement.key(key);
}

/** The JSON behind the colon, of numbers that a float64 can have and without what is nested too deeply. */
function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text.slice(2));
  } catch (error) {
    throw invalidElement(text, 'invalid JSON', { cause: error });
  }
  if (isDeeperThan(value, maxDepth)) throw invalidElement(text, `exceeded max depth of ${maxDepth}`);
  if (hasInfinity(value)) throw invalidElement(text, 'value out of range');
  return value;
}

function hasInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInfinity);
}

/** As Go's strconv.Atoi reads it: 64 bits; beyond 2^53 rounded. */
function parseIndex(text: string): number {
  const [, sign = '', digits] = /^i:([+-]?)0*(\d+)$/.exec(text) ?? [];
  if (digits === undefined) throw invalidElement(text, 'invalid syntax');
  const index = digits.length > 19 ? 2n ** 64n : BigInt(digits) * (sign === '-' ? -1n : 1n);
  if (BigInt.asIntN(64, index) !== index) throw invalidElement(text, 'value out of range');
  return Number(index);
}

/** So many characters of a wrong name are shown. */
const shown = 100;

function invalidElement(text: string, why: string, options?: ErrorOptions): FieldsV1Error {
  return new FieldsV1Error(`${JSON.stringify(text.slice(0, shown))} is no path element: ${why}`, options);
}
