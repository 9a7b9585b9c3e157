/** Finds the differences that are not intended, and the intended ones that do not occur. */
import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './compare.ts';
import type { Intended } from './intention.ts';

/** The differences of each answer, by field. */
type Answers = ReadonlyMap<string, ReadonlyMap<string, Difference>>;

const answerOf = ({ step, way }: Difference): string => `${way} ${step}`;

function answersIn(found: readonly Difference[]): Answers {
  const answers = new Map<string, Map<string, Difference>>();
  for (const one of found) {
    const fields = answers.get(answerOf(one)) ?? new Map<string, Difference>();
    answers.set(answerOf(one), fields.set(one.field, one));
  }
  return answers;
}

/** Whether this entry allows this difference. */
function covers({ steps, fields, way, codes, kubernetes = {}, ours = {} }: Intended, one: Difference, all: Answers) {
  const isStep = steps instanceof RegExp ? steps.test(one.step) : steps.includes(one.step);
  if (!isStep || (way !== undefined && way !== one.way)) return false;
  if (!isDeepStrictEqual(codes, one.codes)) return false;
  if (codes === undefined && fields?.some((field) => isIn(one.field, field)) !== true) return false;
  const answer = all.get(answerOf(one));
  const says = (side: 'kubernetes' | 'ours', wanted: object): boolean =>
    Object.entries(wanted).every(([field, value]) => {
      const found = answer?.get(field);
      return found !== undefined && isDeepStrictEqual(found[side], value);
    });
  return says('kubernetes', kubernetes) && says('ours', ours);
}

function isIn(field: string, whole: string | RegExp): boolean {
  return whole instanceof RegExp ? whole.test(field) : field === whole || field.startsWith(`${whole}.`);
}

export function unintended(found: readonly Difference[], list: readonly Intended[]): Difference[] {
  const answers = answersIn(found);
  return found.filter((one) => !list.some((entry) => covers(entry, one, answers)));
}

/** @param played the names of all steps @returns a sentence for each entry without such a difference */
export function outdated(
  found: readonly Difference[],
  list: readonly Intended[],
  played: ReadonlySet<string>,
): string[] {
  const answers = answersIn(found);
  return list.flatMap((entry) => {
    const { steps, why } = entry;
    if (steps instanceof RegExp) {
      const isThere = found.some((one) => covers(entry, one, answers));
      return isThere ? [] : [`no step that ${String(steps)} matches differs any more (${why})`];
    }
    return steps.flatMap((step) => {
      if (!played.has(step)) return [`there is no step "${step}" (${why})`];
      const isThere = found.some((one) => one.step === step && covers(entry, one, answers));
      return isThere ? [] : [`"${step}" does not differ any more (${why})`];
    });
  });
}
