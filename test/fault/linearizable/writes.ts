/** What was acknowledged, compared with what is stored. */
import type { Operation } from './history.ts';
import type { Stored } from './watch-guarantees.ts';

export interface WriteCounts {
  readonly acknowledged: number;
  /** Acknowledged, but the store has not seen it. */
  readonly lost: readonly string[];
  /** Stored more than once. */
  readonly duplicated: readonly string[];
  /** Acknowledged before another write began, but stored after it. */
  readonly reordered: readonly string[];
  /** Refused, but stored. */
  readonly appeared: readonly string[];
}

const isWrite = ({ op }: Operation): boolean => op !== 'get';
const named = ({ op, key, value, expected }: Operation): string => `${op} ${key} ${expected ?? ''}→${value ?? ''}`;

/** Every write has a value of its own; a deletion is known by the value that it deleted. */
export function compareWrites(history: readonly Operation[], stored: readonly Stored[]): WriteCounts {
  const puts = new Map<string, Stored>();
  const deletions = new Map<string, Stored>();
  const duplicated: string[] = [];
  for (const one of stored) {
    const [known, id] = one.value === '' ? [deletions, one.previous] : [puts, one.value];
    if (known.has(id)) duplicated.push(`${one.key}@${one.version}: ${id}`);
    known.set(id, one);
  }
  const storedOf = ({ op, key, value, expected }: Operation): Stored | undefined => {
    const one = op === 'delete' ? deletions.get(expected ?? '') : puts.get(value ?? '');
    return one?.key === key ? one : undefined;
  };
  const done = history.filter((one) => isWrite(one) && one.outcome === 'done');
  const isThere = (one: Operation): boolean => {
    const found = storedOf(one);
    return found !== undefined && (one.version === undefined || Number(one.version) === found.version);
  };
  const refused = history.filter((one) => isWrite(one) && one.op !== 'delete' && one.outcome === 'refused');
  return {
    acknowledged: done.length,
    lost: done.filter((one) => !isThere(one)).map(named),
    duplicated,
    reordered: reordered(done.flatMap((one) => ({ one, version: storedOf(one)?.version ?? 0 }))),
    appeared: refused.filter((one) => storedOf(one) !== undefined).map(named),
  };
}

/** One order for all objects: a write that began after the answer to another one has a later revision. */
function reordered(writes: readonly { readonly one: Operation; readonly version: number }[]): string[] {
  const answered = writes.toSorted((a, b) => a.one.return - b.one.return);
  let [at, newest] = [0, 0];
  return writes
    .toSorted((a, b) => a.one.call - b.one.call)
    .filter(({ one, version }) => {
      for (; (answered[at]?.one.return ?? Infinity) < one.call; at++)
        newest = Math.max(newest, answered[at]?.version ?? 0);
      return version !== 0 && version <= newest;
    })
    .map(({ one }) => named(one));
}
