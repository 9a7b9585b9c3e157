/** Random texts that are FieldsV1, or almost FieldsV1. */
import type { Random } from './random.ts';

const elements = [
  'f:a',
  'f:b',
  'f:name',
  'f:',
  'f:é',
  'f:\ufffd',
  'f:😀',
  'f:a\u0001"\\',
  'v:"x"',
  'v:"<&>\u2028"',
  'v:1',
  'v:1.0',
  'v:1.5',
  'v:1e0',
  'v:1234567',
  'v:0.00001',
  'v:-0',
  'v:true',
  'v:false',
  'v:null',
  'v:[1,"a"]',
  'v:[1]',
  'v:{"b":{"c":null}}',
  'v: 2 ',
  'k:{"name":"a"}',
  'k:{"name":"b"}',
  'k:{"name":"a","port":1}',
  'k:{"port":1,"name":"a"}',
  'k:{"port":1.0,"name":"a"}',
  'k:{"port":1}',
  'k:{"a<b":"<"}',
  'k:{}',
  'k:null',
  'i:0',
  'i:1',
  'i:+1',
  'i:-3',
  'i:007',
  'x:unknown',
] as const;

const wrongElements = [
  '',
  'f',
  'q',
  'é:',
  'k:',
  'k:[]',
  'k:1',
  'v:',
  'v:x',
  'v:01',
  'i:',
  'i:x',
  'i:1.5',
  'v:1 2',
  'v:1e999',
] as const;

/** @param wrong the probability of a mistake at each element */
export function fieldsText(random: Random, wrong: number): string {
  return JSON.stringify(fieldsOf(random, 4, wrong));
}

function fieldsOf(random: Random, depth: number, wrong: number): unknown {
  if (random.chance(wrong)) return random.pick([1, 'x', [], true, null]);
  if (depth <= 0 || random.chance(0.2)) return {};
  const keys = new Set(Array.from({ length: random.below(6) }, () => random.pick(elements)));
  const entries = [...keys].map((key) => [key, fieldsOf(random, depth - 1, wrong)] as const);
  const broken = random.chance(wrong) ? [[random.pick(wrongElements), {}] as const] : [];
  const self = random.chance(0.3) ? [['.', random.chance(0.1) ? null : {}] as const] : [];
  return Object.fromEntries(random.shuffled([...entries, ...broken, ...self]));
}

/** Some of the paths of another set, as FieldsV1, with some of their parents as members. */
export function someFields(random: Random, fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null) return {};
  const kept = Object.entries(fields).filter(() => random.chance(0.6));
  return Object.fromEntries(
    kept.map(([key, below]) => [
      key,
      key === '.' || random.chance(0.2) ? {} : withSelf(random, someFields(random, below)),
    ]),
  );
}

function withSelf(random: Random, fields: unknown): unknown {
  return random.chance(0.3) ? { '.': {}, ...(fields as object) } : fields;
}
