/** Makes a case with a difference as small as possible. */
import type { Case } from './cases.ts';

/** The highest number of smaller cases to try. */
const attempts = 3000;

/**
 * The case without irrelevant parts: fields and elements are left out as long as `differs` still returns true.
 */
export async function shrink(one: Case, differs: (smaller: Case) => Promise<boolean>): Promise<Case> {
  let smallest = one;
  let left = attempts;
  for (let again = true; again && left > 0;) {
    again = false;
    for (const path of pathsOf(smallest)) {
      if (left <= 0) break;
      const smaller = without(smallest, path) as Case | undefined;
      if (smaller === undefined) continue;
      left -= 1;
      if (!(await differs(smaller))) continue;
      smallest = smaller;
      again = true;
    }
  }
  return smallest;
}

type Step = string | number;

/** The large parts come first. */
function pathsOf(value: unknown): Step[][] {
  const found: Step[][] = [];
  let level: { value: unknown; path: Step[] }[] = [{ value, path: [] }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const one of level) {
      if (typeof one.value !== 'object' || one.value === null) continue;
      for (const [key, part] of Object.entries(one.value).reverse()) {
        const path = [...one.path, Array.isArray(one.value) ? Number(key) : key];
        if (path.length > 1) found.push(path);
        next.push({ value: part, path });
      }
    }
    level = next;
  }
  return found;
}

/** Undefined if the path no longer exists. */
function without(value: unknown, [first, ...rest]: readonly Step[]): unknown {
  if (first === undefined || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value as unknown[];
    if (typeof first !== 'number' || first >= items.length) return undefined;
    if (rest.length === 0) return items.filter((_, index) => index !== first);
    const part = without(items[first], rest);
    return part === undefined ? undefined : items.map((item, index) => (index === first ? part : item));
  }
  const object = value as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(object, first)) return undefined;
  const { [first]: part, ...others } = object;
  if (rest.length === 0) return others;
  const smaller = without(part, rest);
  return smaller === undefined ? undefined : { ...object, [first]: smaller };
}
