import { describe, expect, it } from 'vitest';
import { SortedChunks } from '../../../src/apiserver/watchcache/sorted-chunks.ts';
import { processorMs } from '../../support/growth.ts';

interface Item {
  readonly key: string;
  readonly value: number;
}

/** Numbers that look random and are the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

const collection = (): SortedChunks<Item> => new SortedChunks((item: Item) => item.key);
const keyAt = (at: number): string => String(at).padStart(6, '0');

describe('a sorted collection', () => {
  it('holds what a plain map holds, in key order, after many random writes', () => {
    const random = sequence(7);
    const items = collection();
    const model = new Map<string, number>();
    for (let step = 0; step < 20_000; step++) {
      const key = keyAt(Math.floor(random() * 1_500));
      const expected = model.get(key);
      if (random() < 0.55) {
        expect(items.set({ key, value: step })?.value).toBe(expected);
        model.set(key, step);
      } else {
        expect(items.delete(key)?.value).toBe(expected);
        model.delete(key);
      }
    }
    const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value }));
    expect([...items.range()]).toEqual(sorted);
    expect(items.size).toBe(model.size);
    for (const [from, to] of [
      ['000100', '000900'],
      ['000899', undefined],
      ['', '000001'],
      ['000500', '000500'],
      ['9', undefined],
    ] as const) {
      const wanted = sorted.filter(({ key }) => key >= from && (to === undefined || key < to));
      expect([...items.range(from, to)]).toEqual(wanted);
      expect(items.count(from, to)).toBe(wanted.length);
    }
    for (let at = 0; at < 1_500; at++) expect(items.get(keyAt(at))?.value).toBe(model.get(keyAt(at)));
  });

  it('gives the same run of items again as long as nothing in it changed', () => {
    const items = collection();
    for (let at = 0; at < 1_000; at++) items.set({ key: keyAt(at), value: at });
    const before = [...items.pieces()];
    items.set({ key: keyAt(500), value: -1 });
    const after = [...items.pieces()];
    expect(after).toHaveLength(before.length);
    expect(after.filter((piece, at) => piece !== before[at])).toHaveLength(1);
  });

  it('packs what arrives in key order into full runs', () => {
    const items = collection();
    for (let at = 0; at < 1_280; at++) items.set({ key: keyAt(at), value: at });
    expect([...items.pieces()].map((piece) => piece.items.length)).toEqual(Array.from({ length: 10 }, () => 128));
  });

  it('takes many at once, in order or not, and into what is there', () => {
    const numbered = (from: number, to: number, value: number) =>
      Array.from({ length: to - from }, (_, index) => ({ key: keyAt(from + index), value }));
    const items = collection();
    expect(items.addAll(numbered(100, 500, 1))).toEqual([]);
    expect([...items.pieces()].map((piece) => piece.items.length)).toEqual([128, 128, 128, 16]);
    const again = items.addAll(numbered(0, 200, 2).reverse());
    expect(again.filter((old) => old !== undefined)).toHaveLength(100);
    expect([...items.range()]).toEqual([...numbered(0, 200, 2), ...numbered(200, 500, 1)]);
    expect(items.size).toBe(500);
    const unsorted = collection();
    unsorted.addAll([...numbered(5, 9, 1), ...numbered(0, 6, 2)]);
    expect([...unsorted.range()]).toEqual([...numbered(0, 6, 2), ...numbered(6, 9, 1)]);
  });

  it('leaves no trail of tiny runs behind when most of it is deleted', () => {
    const items = collection();
    for (let at = 0; at < 10_000; at++) items.set({ key: keyAt(at), value: at });
    for (let at = 0; at < 10_000; at++) if (at % 100 !== 0) items.delete(keyAt(at));
    expect(items.size).toBe(100);
    expect([...items.pieces()].length).toBeLessThanOrEqual(8);
  });

  it('writes as fast among a hundred thousand items as among a hundred', async () => {
    const cost = async (size: number): Promise<number> => {
      const items = collection();
      for (let at = 0; at < size; at++) items.set({ key: keyAt(at), value: at });
      const random = sequence(3);
      const writes = 5_000;
      const write = (): void => {
        for (let at = 0; at < writes; at++) items.set({ key: keyAt(Math.floor(random() * size)), value: at });
      };
      let best = Infinity;
      for (let run = 0; run < 5; run++) best = Math.min(best, await processorMs(write));
      return best;
    };
    await cost(100);
    // Array splices or sorting of everything would make this a factor of hundreds.
    expect(await cost(100_000)).toBeLessThan(20 * (await cost(100)));
  });
});
