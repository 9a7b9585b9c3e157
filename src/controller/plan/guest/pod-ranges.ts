/** Lists of pods in short: the pods of one StatefulSet differ by their ordinals only. */
import { maxMembers } from '../../../apis/kubedirector/well-known.ts';
import { podName, podOrdinal, statefulSetOf } from '../names.ts';

/** `set-{3..9,12}`, as bash would expand it; one word for each StatefulSet, separated by spaces. */
export function formatPods(pods: readonly string[]): string {
  const sets = new Map<string, number[]>();
  for (const pod of pods) {
    const set = statefulSetOf(pod) ?? pod;
    sets.set(set, [...(sets.get(set) ?? []), podOrdinal(pod)]);
  }
  return [...sets].map(([set, ordinals]) => `${set}-{${ranges(ordinals).join(',')}}`).join(' ');
}

function ranges(ordinals: readonly number[]): string[] {
  const found: { first: number; last: number }[] = [];
  for (const ordinal of ordinals.toSorted((one, other) => one - other)) {
    const range = found.at(-1);
    if (range !== undefined && ordinal <= range.last + 1) range.last = ordinal;
    else found.push({ first: ordinal, last: ordinal });
  }
  return found.map(({ first, last }) => (first === last ? String(first) : `${first}..${last}`));
}

/** The pods of such a text; what is none is left out. */
export function parsePods(text: string): readonly string[] {
  return text.split(' ').flatMap((word) => {
    const [, set = '', list] = /^(.+)-\{([\d.,]+)\}$/.exec(word) ?? [];
    return (list?.split(',') ?? []).flatMap((range) => {
      const [first = 0, last = first] = range.split('..').map(Number);
      return Array.from({ length: Math.min(Math.max(0, last - first + 1), maxMembers) }, (_, index) =>
        podName(set, first + index),
      );
    });
  });
}
