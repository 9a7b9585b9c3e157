import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompactedError, type Change, type Store } from '../../../src/storage/contract.ts';
import { History } from '../../../src/storage/journal/history.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';

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

  const watch = (prefix = '/', after = 0): AsyncIterator<Change> =>
    store.watch(prefix, after, abort.signal)[Symbol.asyncIterator]();
  const write = async (count: number, prefix = '/k'): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await store.write(`${prefix}/${await store.revision()}`, 'absent', document({ index }));
    }
  };

  it('ends if its reader is slower than the history allows, and other watches continue', async () => {
    const slow = watch();
    const quick = watch();
    const seen: number[] = [];
    await write(1);
    expect(await slow.next()).toMatchObject({ value: { revision: 1 } });
    for (let round = 0; round < 12; round++) {
      const { value } = (await quick.next()) as { value: Change };
      seen.push(value.revision);
      await write(1);
    }
    await expect(slow.next()).rejects.toBeInstanceOf(CompactedError);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(await store.compactedRevision()).toBe(3);
  });

  it('leaves no abort listener after a change, a return or an abort', async () => {
    const waits = watch();
    const pending = waits.next();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    await write(1);
    await pending;
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    const left = watch('/', 1);
    const abandoned = left.next();
    await left.return?.();
    expect(await abandoned).toEqual({ done: true, value: undefined });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    const aborted = watch('/', 1).next();
    abort.abort();
    expect(await aborted).toEqual({ done: true, value: undefined });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('answers pending calls of next() in order', async () => {
    const changes = watch();
    const ahead = [changes.next(), changes.next(), changes.next()];
    await write(3);
    const revisions = (await Promise.all(ahead)).map(({ value }) => (value as Change).revision);
    expect(revisions).toEqual([1, 2, 3]);
  });

  it('sends its progress once for many changes of other keys', async () => {
    await write(5, '/other');
    const changes = watch('/k/');
    expect(await changes.next()).toEqual({ done: false, value: { type: 'progress', revision: 5 } });
    const next = changes.next();
    await store.write('/k/1', 'absent', document({}));
    expect(await next).toMatchObject({ value: { type: 'put', revision: 6 } });
  });

  it('continues after a restart from the changes in the journal', async () => {
    await write(4);
    await store.close();
    store = await folder.open({ historyChanges: 10 });
    expect(await watch('/', 2).next()).toMatchObject({ value: { type: 'put', revision: 3 } });
    expect((await store.list('/', { at: 2 })).entries).toHaveLength(2);
  });
});

describe('the history', () => {
  const change = (revision: number, bytes: number) => ({
    revision,
    key: '/k',
    value: Buffer.alloc(bytes),
    previous: { key: '/k', value: Buffer.alloc(bytes), revision: revision - 1 },
  });

  it('keeps at most the allowed number of changes and bytes', () => {
    const history = new History(100, { changes: 50, bytes: 1000 });
    for (let revision = 101; revision <= 300; revision++) history.append(change(revision, 1));
    expect([history.floor, history.newest]).toEqual([250, 300]);
    for (let revision = 301; revision <= 310; revision++) history.append(change(revision, 100));
    expect([history.floor, history.newest]).toEqual([305, 310]);
    expect(history.change(305)).toBeUndefined();
    expect(history.change(306)?.revision).toBe(306);
    expect(history.change(311)).toBeUndefined();
  });

  it('drops a change that is larger than the allowed number of bytes', () => {
    const history = new History(0, { changes: 50, bytes: 1000 });
    history.append(change(1, 2000));
    expect([history.floor, history.newest]).toEqual([1, 1]);
  });
});
