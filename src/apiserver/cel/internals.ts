/** Functions that only macros call. */
import { noOverload } from './errors.ts';
import { CelMap, entryOf, isMap, keysOf } from './values.ts';

/** What loops make is seen by nobody else before it is ready: it may be changed. */
export const internals: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
  '@append'(made, item) {
    if (!Array.isArray(made)) throw noOverload();
    const list: unknown[] = made;
    list.push(item);
    return list;
  },
  '@insert'(made, key, value) {
    if (!(made instanceof CelMap)) throw noOverload();
    return made.insert(key, value);
  },
  '@insertAll'(made, entry) {
    if (!(made instanceof CelMap) || !isMap(entry)) throw noOverload();
    for (const key of keysOf(entry)) made.insert(key, entryOf(entry, key));
    return made;
  },
};
