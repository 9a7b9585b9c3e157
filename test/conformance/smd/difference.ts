/** Compares two answers to a case. */
import { ourAnswer } from './ours.ts';
import type { Case } from './cases.ts';

type Answer = Readonly<Record<string, unknown>>;

/** @returns a sentence about the first difference; undefined if there is none */
export function difference(one: Case, theirs: unknown): string | undefined {
  const ours = ourAnswer(one);
  if (one.kind !== 'sequence') return partDifference(ours as Answer, theirs as Answer);
  const [left, right] = [ours as Answer[], theirs as Answer[]];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const found = stepDifference(left[index] ?? {}, right[index] ?? {});
    if (found !== undefined) return `step ${index + 1}: ${found}`;
  }
  return undefined;
}

function stepDifference(ours: Answer, theirs: Answer): string | undefined {
  // Only the presence of errors is compared, because the texts around them differ. Other cases compare the texts.
  if (Boolean(ours['error']) !== Boolean(theirs['error'])) return told('error', ours['error'], theirs['error']);
  for (const field of ['unchanged', 'conflicts', 'message', 'managers', 'object'] as const) {
    const [a, b] = [canonical(ours[field], field), canonical(theirs[field], field)];
    if (a !== b) return told(field, a, b);
  }
  return undefined;
}

const errors = ['strict', 'loose', 'other', 'mergeError'];

function partDifference(ours: Answer, theirs: Answer): string | undefined {
  for (const field of ['leftError', 'rightError']) {
    // The texts of these errors come from json-iterator, so only their presence is compared.
    if (Boolean(ours[field]) !== Boolean(theirs[field])) return told(field, ours[field], theirs[field]);
  }
  for (const field of errors) {
    const [a, b] = [problems(ours[field]), problems(theirs[field])];
    if (a !== b) return told(field, a, b);
  }
  if (['loose', 'other', 'leftError', 'rightError'].some((field) => Boolean(theirs[field]))) return undefined;
  for (const field of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    if (errors.includes(field) || field.endsWith('Error')) continue;
    const [a, b] = [canonical(ours[field], field), canonical(theirs[field], field)];
    if (a !== b) return told(field, a, b);
  }
  return undefined;
}

/** In the original, the order of problems is random, and also which problems are left out after an undeclared field. */
function problems(message: unknown): string {
  const text = typeof message === 'string' ? message : '';
  if (text.includes('field not declared in schema')) return 'field not declared in schema';
  return text.split('\n').sort().join('\n');
}

/** Sets keep their order, because their bytes are compared. The keys of other objects are sorted. */
function canonical(value: unknown, field: string): string {
  if (value === undefined || value === null || value === '' || value === false) return 'nothing';
  if (Array.isArray(value) && value.length === 0) return 'nothing';
  if (field === 'managers') {
    const entries = Object.entries(value as Readonly<Record<string, Answer>>).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(entries.map(([name, { set, version, applied }]) => [name, set, version, applied]));
  }
  return ['object', 'merged', 'kept'].includes(field) ? JSON.stringify(sorted(value)) : JSON.stringify(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, part]) => [name, sorted(part)]);
}

const told = (field: string, ours: unknown, theirs: unknown): string =>
  `${field}\n  ours:   ${String(ours)}\n  theirs: ${String(theirs)}`;
