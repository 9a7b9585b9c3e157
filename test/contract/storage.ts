/**
 * The tests of every storage engine: test/contract/ENGINE.test.ts calls this function with a way to open
 * an empty store.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CompactedError,
  ConflictError,
  StorageClosedError,
  type Change,
  type Revision,
  type Store,
} from '../../src/storage/contract.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens what it stored again. */
  reopen(): Promise<Store>;
  /** Closes the store that is open, and removes its data. */
  close(): Promise<void>;
  /** Makes the store forget its history up to now; absent where the engine cannot be told to. */
  compact?(): Promise<void>;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Changes until so many puts and deletes have come; progress is left out. */
async function take(changes: AsyncIterable<Change>, count: number): Promise<Change[]> {
  const taken: Change[] = [];
  for await (const change of changes) {
    if (change.type !== 'progress') taken.push(change);
    if (taken.length === count) break;
  }
  return taken;
}

export function storageContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as a store`, () => {
    let opened: OpenedStore;
    let store: Store;
    let abort: AbortController;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      abort = new AbortController();
    });
    afterEach(async () => {
      abort.abort();
      await opened.close();
    });

    const keysOf = async (prefix: string): Promise<string[]> =>
      (await store.list(prefix)).entries.map(({ key }) => key);

    describe('writing', () => {
      it('gives back the bytes that were written, with the revision of the write', async () => {
        const value = Buffer.from('{"kind":"App", "text":"ü €\\n 🙂", "n":1.50}');
        const revision = await store.write('/a', 'absent', value);
        expect(await store.read('/a')).toEqual({ key: '/a', value, revision });
      });

      it('gives back a document that spans lines byte by byte, also after reopening', async () => {
        const value = Buffer.from('{\r\n  "a": 1,\n\t"b": "x"\n}\n');
        const revision = await store.write('/a', 'absent', value);
        store = await opened.reopen();
        expect(await store.read('/a')).toEqual({ key: '/a', value, revision });
      });

      it('keeps its own copy of the bytes', async () => {
        const value = json({ a: 1 });
        const written = store.write('/a', 'absent', value);
        value.fill(0x20);
        await written;
        value.fill(0x21);
        expect((await store.read('/a'))?.value.toString()).toBe('{"a":1}');
      });

      it('does not find a key that was never written', async () => {
        expect(await store.read('/a')).toBeUndefined();
      });

      it('takes a document of three megabytes', async () => {
        const value = json({ text: 'x'.repeat(3 << 20) });
        await store.write('/a', 'absent', value);
        store = await opened.reopen();
        expect((await store.read('/a'))?.value.equals(value)).toBe(true);
      });

      it('raises the revision with every write, whatever the key', async () => {
        const first = await store.write('/a', 'absent', json(1));
        const second = await store.write('/b', 'absent', json(2));
        const third = await store.write('/a', first, json(3));
        const fourth = await store.write('/b', second, 'deleted');
        expect([first, second, third, fourth]).toEqual(
          [...new Set([first, second, third, fourth])].sort((a, b) => a - b),
        );
        expect(await store.revision()).toBe(fourth);
      });

      it('refuses to create a key that exists, and names its revision', async () => {
        const revision = await store.write('/a', 'absent', json(1));
        const error = await store.write('/a', 'absent', json(2)).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ConflictError);
        expect(error).toMatchObject({ key: '/a', actual: revision });
        expect((await store.read('/a'))?.value).toEqual(json(1));
      });

      it('refuses to change a key that was changed meanwhile', async () => {
        const first = await store.write('/a', 'absent', json(1));
        const second = await store.write('/a', first, json(2));
        await expect(store.write('/a', first, json(3))).rejects.toMatchObject({
          name: 'ConflictError',
          actual: second,
        });
        await expect(store.write('/a', first, 'deleted')).rejects.toMatchObject({ actual: second });
        expect(await store.revision()).toBe(second);
      });

      it('refuses to change or delete a key that was deleted', async () => {
        const revision = await store.write('/a', 'absent', json(1));
        await store.write('/a', revision, 'deleted');
        await expect(store.write('/a', revision, json(2))).rejects.toMatchObject({ actual: 'absent' });
        await expect(store.write('/a', revision, 'deleted')).rejects.toMatchObject({ actual: 'absent' });
      });

      it('creates a key again that was deleted', async () => {
        const first = await store.write('/a', 'absent', json(1));
        const second = await store.write('/a', first, 'deleted');
        expect(await store.read('/a')).toBeUndefined();
        const third = await store.write('/a', 'absent', json(2));
        expect(third).toBeGreaterThan(second);
        expect(await store.read('/a')).toMatchObject({ revision: third });
      });

      it('lets one of many concurrent creators of a key win', async () => {
        const attempts = Array.from({ length: 20 }, (_, index) => store.write('/a', 'absent', json(index)));
        const outcomes = await Promise.allSettled(attempts);
        const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
        expect(won).toHaveLength(1);
        const revision = await attempts[won[0] ?? -1];
        expect(await store.read('/a')).toEqual({ key: '/a', value: json(won[0]), revision });
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected')
            expect(outcome.reason).toMatchObject({ name: 'ConflictError', actual: revision });
        }
      });

      it('loses no update of many writers that compare and swap', async () => {
        await store.write('/n', 'absent', json(0));
        const increment = async (): Promise<void> => {
          for (;;) {
            const entry = await store.read('/n');
            if (!entry) throw new Error('it is gone');
            try {
              await store.write('/n', entry.revision, json(Number(entry.value) + 1));
              return;
            } catch (error) {
              if (!(error instanceof ConflictError)) throw error;
            }
          }
        };
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            for (let round = 0; round < 5; round++) await increment();
          }),
        );
        expect((await store.read('/n'))?.value.toString()).toBe('40');
      });

      it('gives concurrent writers revisions of their own', async () => {
        const revisions = await Promise.all(
          Array.from({ length: 50 }, (_, index) => store.write(`/k/${index}`, 'absent', json(index))),
        );
        expect(new Set(revisions).size).toBe(50);
        expect(await store.revision()).toBe(Math.max(...revisions));
      });
    });

    describe('listing', () => {
      it('lists the keys with a prefix, in bytewise order', async () => {
        for (const key of ['/b/1', '/a/10', '/a/2', '/a/\u{1F642}', '/a/\uFFFD', '/a/é', '/a', '/a0']) {
          await store.write(key, 'absent', json(key));
        }
        expect(await keysOf('/a/')).toEqual(['/a/10', '/a/2', '/a/é', '/a/\uFFFD', '/a/\u{1F642}']);
        expect(await keysOf('/a')).toEqual(['/a', '/a/10', '/a/2', '/a/é', '/a/\uFFFD', '/a/\u{1F642}', '/a0']);
        expect(await keysOf('/c')).toEqual([]);
      });

      it('shows each entry as read() would, and the revision of the whole', async () => {
        const first = await store.write('/a/1', 'absent', json({ n: 1 }));
        const second = await store.write('/b/1', 'absent', json({ n: 2 }));
        expect(await store.list('/a/')).toEqual({
          entries: [{ key: '/a/1', value: json({ n: 1 }), revision: first }],
          revision: second,
        });
      });

      it('keeps the order of a thousand keys that were written and deleted in another order', async () => {
        const keys = Array.from({ length: 1000 }, (_, index) => `/k/${String((index * 7919) % 1000).padStart(4, '0')}`);
        const revisions = await Promise.all(keys.map((key) => store.write(key, 'absent', json(key))));
        await Promise.all(
          keys.flatMap((key, index) => (index % 3 === 0 ? [store.write(key, revisions[index] ?? 0, 'deleted')] : [])),
        );
        expect(await keysOf('/k/')).toEqual(keys.filter((_, index) => index % 3 !== 0).sort());
      });

      it('pages through a listing', async () => {
        for (let index = 0; index < 7; index++) await store.write(`/a/${index}`, 'absent', json(index));
        const seen: string[][] = [];
        let token: string | undefined;
        do {
          const page = await store.list('/a/', { limit: 3, ...(token !== undefined && { continue: token }) });
          seen.push(page.entries.map(({ key }) => key));
          token = page.continue;
        } while (token !== undefined);
        expect(seen).toEqual([['/a/0', '/a/1', '/a/2'], ['/a/3', '/a/4', '/a/5'], ['/a/6']]);
      });

      it('promises no further page if the last one is full', async () => {
        for (let index = 0; index < 4; index++) await store.write(`/a/${index}`, 'absent', json(index));
        const first = await store.list('/a/', { limit: 2 });
        const second = await store.list('/a/', { limit: 2, continue: first.continue ?? '' });
        expect(second.entries).toHaveLength(2);
        expect(second.continue).toBeUndefined();
      });

      it('shows on every page the state of the first one', async () => {
        const revisions: Revision[] = [];
        for (let index = 0; index < 6; index++) {
          revisions.push(await store.write(`/a/${index}`, 'absent', json(index)));
        }
        const first = await store.list('/a/', { limit: 2 });
        await store.write('/a/2', revisions[2] ?? 0, json('changed'));
        await store.write('/a/3', revisions[3] ?? 0, 'deleted');
        await store.write('/a/4a', 'absent', json('new'));
        await store.write('/a/0', revisions[0] ?? 0, 'deleted');
        const second = await store.list('/a/', { limit: 9, continue: first.continue ?? '' });
        expect(second.revision).toBe(first.revision);
        expect(second.entries.map(({ key, value, revision }) => [key, value.toString(), revision])).toEqual([
          ['/a/2', '2', revisions[2]],
          ['/a/3', '3', revisions[3]],
          ['/a/4', '4', revisions[4]],
          ['/a/5', '5', revisions[5]],
        ]);
      });

      it('shows the store as it was at an earlier revision', async () => {
        const first = await store.write('/a/1', 'absent', json('old'));
        const second = await store.write('/a/2', 'absent', json('two'));
        const third = await store.write('/a/1', first, json('new'));
        await store.write('/a/2', second, 'deleted');
        await store.write('/a/3', 'absent', json('three'));
        const values = async (at: Revision): Promise<[string, string][]> =>
          (await store.list('/a/', { at })).entries.map(({ key, value }) => [key, value.toString()]);
        expect(await values(first)).toEqual([['/a/1', '"old"']]);
        expect(await values(second)).toEqual([
          ['/a/1', '"old"'],
          ['/a/2', '"two"'],
        ]);
        expect(await values(third)).toEqual([
          ['/a/1', '"new"'],
          ['/a/2', '"two"'],
        ]);
      });
    });

    describe('watching', () => {
      it('delivers every change after a revision, in order, also those from before the call', async () => {
        const first = await store.write('/a/1', 'absent', json(1));
        const second = await store.write('/a/2', 'absent', json(2));
        const third = await store.write('/a/1', first, json(3));
        const changes = take(store.watch('/a/', first, abort.signal), 3);
        const fourth = await store.write('/a/2', second, 'deleted');
        expect(await changes).toEqual([
          { type: 'put', key: '/a/2', value: json(2), revision: second },
          { type: 'put', key: '/a/1', value: json(3), revision: third },
          { type: 'delete', key: '/a/2', revision: fourth },
        ]);
      });

      it('delivers from the very beginning after revision 0', async () => {
        const revision = await store.write('/a/1', 'absent', json(1));
        expect(await take(store.watch('/a/', 0, abort.signal), 1)).toMatchObject([{ revision }]);
      });

      it('leaves out keys without the prefix', async () => {
        const start = await store.revision();
        await store.write('/b/1', 'absent', json(1));
        await store.write('/a/1', 'absent', json(2));
        expect(await take(store.watch('/a/', start, abort.signal), 1)).toMatchObject([{ key: '/a/1' }]);
      });

      it('delivers changes of concurrent writers once, to every watch, in revision order', async () => {
        const start = await store.revision();
        const watches = Array.from({ length: 3 }, () => take(store.watch('/', start, abort.signal), 200));
        const written = await Promise.all(
          Array.from({ length: 200 }, (_, index) => store.write(`/k/${index}`, 'absent', json(index))),
        );
        for (const changes of await Promise.all(watches)) {
          expect(changes.map(({ revision }) => revision)).toEqual(written.toSorted((a, b) => a - b));
        }
      });

      it('has handed a change to the watch before the write is answered', async () => {
        const seen: string[] = [];
        const watching = (async () => {
          for await (const change of store.watch('/', await store.revision(), abort.signal)) {
            if (change.type === 'put') seen.push(change.key);
          }
        })();
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (let index = 0; index < 5; index++) {
          await store.write(`/k/${index}`, 'absent', json(index));
          expect(seen).toContain(`/k/${index}`);
        }
        abort.abort();
        await watching;
      });

      it('tells a watch of another prefix about progress', async () => {
        const start = await store.revision();
        const told = (async (): Promise<Revision> => {
          for await (const change of store.watch('/a/', start, abort.signal)) {
            if (change.type === 'progress' && change.revision > start) return change.revision;
          }
          return 0;
        })();
        const revision = await store.write('/b/1', 'absent', json(1));
        expect(await told).toBe(revision);
      });

      it('ends at once when its signal aborts, before or while it waits', async () => {
        const waiting = take(store.watch('/', await store.revision(), abort.signal), 1);
        setTimeout(() => abort.abort(), 10);
        expect(await waiting).toEqual([]);
        expect(await take(store.watch('/', 0, abort.signal), 1)).toEqual([]);
      });

      it('ends when the store closes', async () => {
        const waiting = take(store.watch('/', await store.revision(), abort.signal), 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await store.close();
        expect(await waiting).toEqual([]);
      });

      it('goes on after a reader that stopped reading', async () => {
        const start = await store.revision();
        await store.write('/a', 'absent', json(1));
        await take(store.watch('/', start, abort.signal), 1);
        const next = take(store.watch('/', start, abort.signal), 2);
        await store.write('/b', 'absent', json(2));
        expect((await next).map((change) => change.type !== 'progress' && change.key)).toEqual(['/a', '/b']);
      });
    });

    describe('history that is gone', () => {
      it('refuses watches, lists and pages from before it, and takes those from its beginning', async (context) => {
        if (!opened.compact) context.skip('this engine cannot be told to forget its history');
        await store.write('/a/1', 'absent', json(1));
        await store.write('/a/2', 'absent', json(2));
        const old = await store.revision();
        const page = await store.list('/a/', { limit: 1 });
        await store.write('/a/3', 'absent', json(3));
        await opened.compact?.();
        const floor = await store.compactedRevision();
        expect(floor).toBeGreaterThan(old);
        const refused = { name: 'CompactedError', compactedRevision: floor };
        await expect(take(store.watch('/', old, abort.signal), 1)).rejects.toMatchObject(refused);
        await expect(store.list('/a/', { at: old })).rejects.toBeInstanceOf(CompactedError);
        await expect(store.list('/a/', { continue: page.continue ?? '' })).rejects.toBeInstanceOf(CompactedError);
        expect((await store.list('/a/')).entries.length).toBeGreaterThanOrEqual(3);
        const next = take(store.watch('/a/9', floor, abort.signal), 1);
        await store.write('/a/9', 'absent', json(9));
        expect(await next).toMatchObject([{ key: '/a/9' }]);
      });
    });

    describe('opened again', () => {
      it('has every key at its revision', async () => {
        const first = await store.write('/a', 'absent', json(1));
        await store.write('/b', 'absent', json(2));
        await store.write('/a', first, json(3));
        const before = await store.list('/');
        store = await opened.reopen();
        expect(await store.list('/')).toEqual(before);
      });

      it('never goes back with its revision, also when everything was deleted', async () => {
        const created = await store.write('/a', 'absent', json(1));
        const deleted = await store.write('/a', created, 'deleted');
        store = await opened.reopen();
        expect(await store.revision()).toBeGreaterThanOrEqual(deleted);
        expect(await store.write('/a', 'absent', json(2))).toBeGreaterThan(deleted);
      });

      it('continues watches from where they were, or says that they must list again', async () => {
        await store.write('/a', 'absent', json(1));
        const seen = await store.revision();
        const missed = await store.write('/b', 'absent', json(2));
        store = await opened.reopen();
        const outcome = await take(store.watch('/', seen, abort.signal), 1).catch((error: unknown) => error);
        if (!(outcome instanceof CompactedError)) expect(outcome).toMatchObject([{ key: '/b', revision: missed }]);
      });
    });

    describe('closed', () => {
      it('finishes writes that have begun', async () => {
        const writes = Array.from({ length: 10 }, (_, index) => store.write(`/k/${index}`, 'absent', json(index)));
        store = await opened.reopen();
        expect(await Promise.all(writes)).toHaveLength(10);
        expect(await keysOf('/k/')).toHaveLength(10);
      });

      it('refuses every further call, and may be closed twice', async () => {
        await store.close();
        await store.close();
        await expect(store.revision()).rejects.toBeInstanceOf(StorageClosedError);
        await expect(store.compactedRevision()).rejects.toBeInstanceOf(StorageClosedError);
        await expect(store.read('/a')).rejects.toBeInstanceOf(StorageClosedError);
        await expect(store.list('/')).rejects.toBeInstanceOf(StorageClosedError);
        await expect(store.write('/a', 'absent', json(1))).rejects.toBeInstanceOf(StorageClosedError);
        const watch = async (): Promise<Change[]> => take(store.watch('/', 0, abort.signal), 1);
        await expect(watch()).rejects.toBeInstanceOf(StorageClosedError);
      });
    });
  });
}
