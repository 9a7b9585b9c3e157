import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompactedError, type Commit, type Progress, type Store } from '../../../src/storage/contract.ts';
import { History } from '../../../src/storage/journal/history.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';

describe('a watch of the journal', () => {
  let folder: JournalFolder;
  let store: Store;
  let abort: AbortController;
  beforeEach(async () => {
    folder = await journalFolder();
    store = await folder.open({ historyChanges: 10 });
    abort = new AbortController();
  });
  afterEach(async () => {
    await store.close();
    await folder.remove();
  });

  const watch = (after = 0): AsyncIterator<Commit | Progress> =>
    store.watch(after, abort.signal)[Symbol.asyncIterator]();
  const writeSome = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await write(store, `/k/${await store.barrier()}`, 'absent', document({ index }));
    }
  };

  it('ends if its reader is slower than the history allows, and other watches continue', async () => {
    const slow = watch();
    const quick = watch();
    const seen: number[] = [];
    await writeSome(1);
    expect(await slow.next()).toMatchObject({ value: { revision: 2 } });
    for (let round = 0; round < 12; round++) {
      const { value } = (await quick.next()) as { value: Commit };
      seen.push(value.revision);
      await writeSome(1);
    }
    await expect(slow.next()).rejects.toBeInstanceOf(CompactedError);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => index + 2));
    expect((await store.list('/', { at: 'oldest' })).revision).toBe(4);
  });

  it('leaves no abort listener after a change, a return or an abort', async () => {
    const waits = watch();
    const pending = waits.next();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    await writeSome(1);
    await pending;
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    const left = watch(2);
    const abandoned = left.next();
    await left.return?.();
    expect(await abandoned).toEqual({ done: true, value: undefined });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    const aborted = watch(2).next();
    abort.abort();
    expect(await aborted).toEqual({ done: true, value: undefined });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('answers pending calls of next() in order', async () => {
    const commits = watch();
    const ahead = [commits.next(), commits.next(), commits.next()];
    await writeSome(3);
    const revisions = (await Promise.all(ahead)).map(({ value }) => (value as Commit).revision);
    expect(revisions).toEqual([2, 3, 4]);
  });

  it('continues after a restart from the commits in the journal', async () => {
    await writeSome(4);
    await store.close();
    store = await folder.open({ historyChanges: 2 });
    expect(await watch(3).next()).toMatchObject({ value: { type: 'commit', revision: 4 } });
    expect(await store.list('/', { at: 'oldest' })).toMatchObject({ entries: { length: 2 }, revision: 3 });
  });
});

describe('the history', () => {
  const commit = (revision: number, bytes: number, keys = 1) => ({
    revision,
    changes: Array.from({ length: keys }, (_, index) => ({
      key: `/k/${index}`,
      current: { key: `/k/${index}`, value: Buffer.alloc(bytes), revision },
      previous: { key: `/k/${index}`, value: Buffer.alloc(bytes), revision: revision - 1 },
    })),
  });

  it('keeps at most the allowed number of changes and bytes', () => {
    const history = new History(100, { changes: 50, bytes: 1000 });
    for (let revision = 101; revision <= 300; revision++) history.append(commit(revision, 1));
    expect([history.floor, history.newest]).toEqual([250, 300]);
    for (let revision = 301; revision <= 310; revision++) history.append(commit(revision, 100));
    expect([history.floor, history.newest]).toEqual([305, 310]);
    expect(history.commit(305)).toBeUndefined();
    expect(history.commit(306)?.revision).toBe(306);
    expect(history.commit(311)).toBeUndefined();
  });

  it('counts the changes of each commit, and drops whole commits', () => {
    const history = new History(0, { changes: 10, bytes: 1000 });
    for (let revision = 1; revision <= 5; revision++) history.append(commit(revision, 1, 3));
    expect([history.floor, history.newest]).toEqual([2, 5]);
    expect(history.commit(3)?.changes).toHaveLength(3);
  });

  it('drops a commit that is larger than the allowed number of bytes', () => {
    const history = new History(0, { changes: 50, bytes: 1000 });
    history.append(commit(1, 2000));
    expect([history.floor, history.newest]).toEqual([1, 1]);
  });
});
