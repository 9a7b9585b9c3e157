import { expect, it } from 'vitest';
import { CompactedError, type Revision } from '../../../src/storage/contract.ts';
import { json, replayed, takeUntil, type Subject } from './opened.ts';

export function listing(subject: Subject): void {
  const pages = async (prefix: string, limit: number, between?: () => Promise<unknown>): Promise<string[][]> => {
    const seen: string[][] = [];
    let token: string | undefined;
    do {
      const page = await subject.store.list(prefix, { limit, ...(token !== undefined && { continue: token }) });
      seen.push(page.entries.map(({ key, value }) => `${key}=${value.toString()}`));
      token = page.continue;
      await between?.();
    } while (token !== undefined);
    return seen;
  };

  it('lists the keys with a prefix, in bytewise order', async () => {
    for (const key of ['/b/1', '/a/10', '/a/2', '/a/\u{1F642}', '/a/\uFFFD', '/a/é', '/a', '/a0']) {
      await subject.put(key, key);
    }
    expect(await subject.keysOf('/a/')).toEqual(['/a/10', '/a/2', '/a/é', '/a/\uFFFD', '/a/\u{1F642}']);
    expect(await subject.keysOf('/a')).toEqual(['/a', '/a/10', '/a/2', '/a/é', '/a/\uFFFD', '/a/\u{1F642}', '/a0']);
    expect(await subject.keysOf('/c')).toEqual([]);
  });

  it('shows each entry as read() would, and a revision of the whole', async () => {
    const first = await subject.put('/a/1', { n: 1 });
    const second = await subject.put('/b/1', { n: 2 });
    const { entries, revision } = await subject.store.list('/a/');
    expect(entries).toEqual([{ key: '/a/1', value: json({ n: 1 }), revision: first }]);
    expect(revision).toBeGreaterThanOrEqual(second);
  });

  it('keeps the order of a thousand keys that were written and deleted in another order', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `/k/${String((index * 7919) % 1000).padStart(4, '0')}`);
    const revisions = await Promise.all(keys.map((key) => subject.put(key, key)));
    await Promise.all(keys.flatMap((key, index) => (index % 3 === 0 ? [subject.remove(key, revisions[index])] : [])));
    expect(await subject.keysOf('/k/')).toEqual(keys.filter((_, index) => index % 3 !== 0).sort());
  });

  it('has a revision above 0 while nothing was written, from which a watch goes on', async () => {
    const { entries, revision } = await subject.store.list('/');
    expect(entries).toEqual([]);
    expect(revision).toBeGreaterThan(0);
    expect(await subject.store.barrier()).toBeGreaterThanOrEqual(revision);
    expect((await subject.store.list('/', { at: 'oldest' })).revision).toBeGreaterThan(0);
    const first = await subject.put('/a', 1);
    expect(first).toBeGreaterThan(revision);
    expect(await subject.take(revision, 1)).toMatchObject([{ revision: first }]);
  });

  it('pages through a listing', async () => {
    for (let index = 0; index < 7; index++) await subject.put(`/a/${index}`, index);
    expect(await pages('/a/', 3)).toEqual([['/a/0=0', '/a/1=1', '/a/2=2'], ['/a/3=3', '/a/4=4', '/a/5=5'], ['/a/6=6']]);
  });

  it('promises no further page if the last one is full', async () => {
    for (let index = 0; index < 4; index++) await subject.put(`/a/${index}`, index);
    expect(await pages('/a/', 2)).toHaveLength(2);
  });

  it('shows on every page the state of the first one', async () => {
    const revisions: Revision[] = [];
    for (let index = 0; index < 6; index++) revisions.push(await subject.put(`/a/${index}`, index));
    const first = await subject.store.list('/a/', { limit: 2 });
    await subject.commit([
      { key: '/a/2', value: json('changed') },
      { key: '/a/3', value: 'deleted' },
      { key: '/a/4a', value: json('new') },
    ]);
    await subject.remove('/a/0');
    await subject.put('/a/2', 'changed again');
    const second = await subject.store.list('/a/', { limit: 9, continue: first.continue ?? '' });
    expect(second.revision).toBe(first.revision);
    expect(second.entries).toEqual(
      [2, 3, 4, 5].map((index) => ({ key: `/a/${index}`, value: json(index), revision: revisions[index] })),
    );
  });

  it('shows one state on all pages while others write', async () => {
    await subject.commit(Array.from({ length: 30 }, (_, index) => ({ key: `/a/${index}`, value: json(0) })));
    const writing = new AbortController();
    const writer = (async () => {
      for (let round = 1; !writing.signal.aborted; round++) {
        await subject.commit(Array.from({ length: 30 }, (_, index) => ({ key: `/a/${index}`, value: json(round) })));
      }
    })();
    for (let pass = 0; pass < 5; pass++) {
      const values = (await pages('/a/', 7)).flat().map((line) => line.split('=')[1]);
      expect(values).toHaveLength(30);
      // Every commit has written all of them.
      expect(new Set(values).size).toBe(1);
    }
    writing.abort();
    await writer;
  });

  it('shows the oldest state from which a watch leads to the newest', async () => {
    const first = await subject.put('/a', 1);
    await subject.put('/b', 2);
    await subject.remove('/a', first);
    const newest = await subject.put('/c', 3);
    const oldest = await subject.store.list('/', { at: 'oldest' });
    expect(oldest.revision).toBeLessThanOrEqual(newest);
    const state = new Map(oldest.entries.map(({ key, value }) => [key, value.toString()]));
    const commits = oldest.revision < newest ? await takeUntil(subject.watch(oldest.revision), newest) : [];
    expect(replayed(commits, state)).toEqual(
      new Map([
        ['/b', '2'],
        ['/c', '3'],
      ]),
    );
  });

  it('refuses a page of a state that it has forgotten', async (context) => {
    const { opened } = subject;
    if (!opened.compact) return context.skip('this engine cannot be told to forget its history');
    for (const name of ['1', '2', '3']) await subject.put(`/a/${name}`, name);
    const page = await subject.store.list('/a/', { limit: 1 });
    await subject.put('/a/4', 4);
    await opened.compact();
    const next = subject.store.list('/a/', { continue: page.continue ?? '' });
    await expect(next).rejects.toBeInstanceOf(CompactedError);
    expect(await subject.keysOf('/a/')).toEqual(['/a/1', '/a/2', '/a/3', '/a/4']);
  });
}
