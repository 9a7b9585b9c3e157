import { inspect } from 'node:util';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Case } from './cases.ts';
import { difference } from './difference.ts';
import { generatePart, generateSequence } from './generate.ts';
import { startOriginal, type Original } from './original.ts';
import { shrink } from './shrink.ts';

/** The number of sequences of writes. There are half as many single operations. */
const sequences = Number(process.env['CONFORMANCE_SEQUENCES'] ?? 20_000);
/** The seed of the first case. Each further case has the next number. */
const firstSeed = Number(process.env['CONFORMANCE_SEED'] ?? 1);
const batch = 250;

let original: Original;

beforeAll(async () => {
  original = await startOriginal();
});

afterAll(async () => {
  await original.stop();
});

async function differenceOf(one: Case): Promise<string | undefined> {
  const [theirs] = await original.ask([one]);
  return difference(one, theirs);
}

/** The name of the different field, so that a smaller case must have the same difference. */
function fieldOf(told: string | undefined): string | undefined {
  // A case with types that are no longer valid is not a smaller case.
  if (told === undefined || /TypeError|validate schema|no schema|there is no|without a kind/.test(told))
    return undefined;
  return /(\w+)\n/.exec(told)?.[1];
}

/** The first difference, in its smallest case; undefined if there is none. */
async function firstDifference(generate: (seed: number) => Case, count: number): Promise<string | undefined> {
  for (let start = 0; start < count; start += batch) {
    const seeds = Array.from({ length: Math.min(batch, count - start) }, (_, index) => firstSeed + start + index);
    const cases = seeds.map(generate);
    const answers = await original.ask(cases);
    for (const [index, one] of cases.entries()) {
      const found = difference(one, answers[index]);
      if (found === undefined) continue;
      const field = fieldOf(found);
      const isSame = (told: string | undefined): boolean => told !== undefined && fieldOf(told) === field;
      const small = await shrink(one, async (smaller) => isSame(await differenceOf(smaller)));
      const shown = inspect(small, { depth: null, breakLength: 120 });
      return `seed ${seeds[index]}: ${await differenceOf(small)}\n${shown}`;
    }
  }
  return undefined;
}

it('merges, prunes and tracks owners in sequences of writes as structured-merge-diff does', async () => {
  expect(await firstDifference(generateSequence, sequences)).toBeUndefined();
});

it('compares, merges, validates and reads FieldsV1 as structured-merge-diff does', async () => {
  expect(await firstDifference(generatePart, Math.ceil(sequences / 2))).toBeUndefined();
});
