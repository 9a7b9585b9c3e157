/** Where the values are that a start has read: see slabs.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry, Store } from '../../../src/storage/contract.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';

const count = 400;
const key = (index: number): string => `/k/${String(index).padStart(4, '0')}`;
const value = (index: number, round: number): Buffer =>
  document({ index, round, fill: 'x'.repeat(1000 + (index % 7)) });

describe('the values that a start has read', () => {
  let folder: JournalFolder;
  beforeEach(async () => {
    folder = await journalFolder();
    await folder.with((store) => writeAll(store, 0, indexes));
  });
  afterEach(() => folder.remove());

  const indexes = Array.from({ length: count }, (_, index) => index);
  const writeAll = async (store: Store, round: number, which: readonly number[]): Promise<void> => {
    const writes = which.map((index) => ({ key: key(index), value: value(index, round) }));
    await Promise.all(writes.map((write) => store.commit({ require: [], writes: [write] })));
  };
  const list = async (store: Store): Promise<readonly Entry[]> => (await store.list('/')).entries;
  const sharing = (entries: readonly Entry[]): readonly Entry[] =>
    entries.filter((entry) => entry.value.buffer.byteLength > entry.value.length);
  const memories = (entries: readonly Entry[]): number => new Set(entries.map((entry) => entry.value.buffer)).size;

  it.each(['the journal', 'a snapshot'])('are parts of what was read, not copies, from %s', async (source) => {
    if (source === 'a snapshot') await folder.with((store) => store.purge?.() ?? Promise.resolve());
    await folder.with(
      async (store) => {
        const entries = await list(store);
        expect(entries.map((entry) => entry.value.toString())).toEqual(
          indexes.map((index) => value(index, 0).toString()),
        );
        expect(sharing(entries).length).toBeGreaterThan(count / 2);
        expect(memories(sharing(entries))).toBeLessThan(10);
      },
      { historyChanges: 10 },
    );
  });

  it('get memory of their own where an eighth of what they share it with was replaced', async () => {
    await folder.with(
      async (store) => {
        const entries = await list(store);
        const before = sharing(entries);
        await writeAll(
          store,
          1,
          indexes.filter((index) => index % 20 === 0),
        );
        expect(sharing(before).length).toBeGreaterThan(before.length * 0.9);
        await writeAll(
          store,
          1,
          indexes.filter((index) => index % 5 === 0),
        );
        expect(sharing(entries)).toEqual([]);
        // Who keeps the entries sees the same bytes as before.
        expect(entries.map((entry) => entry.value.toString())).toEqual(
          indexes.map((index) => value(index, 0).toString()),
        );
      },
      { historyChanges: 10 },
    );
  });

  it('keep nothing of the files where most of them were replaced later', async () => {
    for (const round of [1, 2, 3]) await folder.with((store) => writeAll(store, round, indexes.slice(0, 380)));
    await folder.with(
      async (store) => {
        const entries = await list(store);
        expect(entries.map((entry) => entry.value.toString())).toEqual(
          indexes.map((index) => value(index, index < 380 ? 3 : 0).toString()),
        );
        const kept = new Map(sharing(entries).map((entry) => [entry.value.buffer, entry.value.buffer.byteLength]));
        const used = sharing(entries).reduce((sum, entry) => sum + entry.value.length, 0);
        const memory = [...kept.values()].reduce((sum, bytes) => sum + bytes, 0);
        expect(used).toBeGreaterThanOrEqual(memory / 2);
      },
      { historyChanges: 10 },
    );
  });

  it('have memory of their own where a watch can still tell of them', async () => {
    await folder.with(async (store) => {
      const stop = new AbortController();
      const values: Buffer[] = [];
      for await (const event of store.watch(0, stop.signal)) {
        if (event.type === 'commit')
          values.push(...event.changes.flatMap((one) => (one.type === 'put' ? [one.value] : [])));
        if (values.length === count) break;
      }
      expect(values.filter((one) => one.buffer.byteLength > one.length)).toEqual([]);
    });
  });

  it('are whole where a line is longer than a piece of the file, or lies across two', async () => {
    const sizes = [1, 262_000, 262_144, 262_145, 700_000, 5, 262_130, 1_500_000, 3];
    const texts = sizes.map((size, index) => JSON.stringify({ index, fill: 'y'.repeat(size) }));
    await folder.with(async (store) => {
      for (const [index, text] of texts.entries()) {
        await store.commit({ require: [], writes: [{ key: `/long/${index}`, value: Buffer.from(text) }] });
      }
    });
    const read = (): Promise<string[]> =>
      folder.with(async (store) => (await store.list('/long/')).entries.map((entry) => entry.value.toString()));
    expect(await read()).toEqual(texts);
    await folder.with((store) => store.purge?.() ?? Promise.resolve());
    expect(await read()).toEqual(texts);
  });
});
