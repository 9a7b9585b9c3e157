import { inspect } from 'node:util';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Case } from './cases.ts';
import { difference } from './difference.ts';
import { generatePart, generateSequence } from './generate.ts';
import { startOriginal, type Original } from './original.ts';
import { shrink } from './shrink.ts';

/** How many sequences of writes are tried, and half as many single operations. */
const sequences = Number(process.env['CONFORMANCE_SEQUENCES'] ?? 20_000);
/** The seed of the first case; each further one has the next. */
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

/** What is different, so that a case that is made smaller still shows the same. */
function fieldOf(told: string | undefined): string | undefined {
  // Types that are none any more are no smaller case.
  if (told === undefined || /TypeError|validate schema|no schema|there is no|without a kind/.test(told))
    return undefined;
  return /(\w+)\n/.exec(told)?.[1];
}

/** The first difference, made small; undefined where there is none. */
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

it('merges, prunes and keeps owners as structured-merge-diff does, whatever the managers write', async () => {
  expect(await firstDifference(generateSequence, sequences)).toBeUndefined();
});

it('compares, merges, validates and reads FieldsV1 as structured-merge-diff does', async () => {
  expect(await firstDifference(generatePart, Math.ceil(sequences / 2))).toBeUndefined();
});
