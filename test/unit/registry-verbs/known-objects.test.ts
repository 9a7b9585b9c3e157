import { describe, expect, it } from 'vitest';
import { KnownObjects } from '../../../src/apiserver/client/known-objects.ts';
import type { CachedObject } from '../../../src/apiserver/watchcache/contract.ts';

/** Only the key and the revision are looked at. */
const object = (key: string, revision: number) => ({ key, revision }) as CachedObject;
const keyAt = (at: number): string => `ns/${String(at).padStart(3, '0')}`;

describe('the objects that somebody was told of', () => {
  it('are what a map would hold, after a list and a thousand changes', () => {
    const listed = Array.from({ length: 100 }, (_, index) => object(keyAt(2 * index), 1));
    const known = new KnownObjects();
    known.begin(listed);
    const model = new Map(listed.map((one) => [one.key, one]));
    for (let step = 0; step < 1000; step++) {
      const key = keyAt((step * 7919) % 230);
      if (step % 3 === 0) {
        known.delete(key);
        model.delete(key);
      } else {
        const next = object(key, step);
        known.set(next);
        model.set(key, next);
      }
      expect(known.get(key)).toBe(model.get(key));
    }
    for (let at = 0; at < 240; at++) expect(known.get(keyAt(at))).toBe(model.get(keyAt(at)));
    expect(known.keys().sort()).toEqual([...model.keys()].sort());
    expect(listed.every(({ revision }) => revision === 1)).toBe(true);
    known.clear();
    expect(known.keys()).toEqual([]);
    expect(known.get(keyAt(1))).toBeUndefined();
  });
});
