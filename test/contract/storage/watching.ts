import { describe, expect, it } from 'vitest';
import { CompactedError, type Commit } from '../../../src/storage/contract.ts';
import { json, replayed, take, takeUntil, type Subject } from './opened.ts';

export function watching(subject: Subject): void {
  it('delivers every commit after a revision, in order, also those from before the call', async () => {
    const first = await subject.put('/a', 1);
    const second = await subject.put('/b', 2);
    const third = await subject.put('/a', 3);
    const commits = subject.take(first, 3);
    const fourth = await subject.remove('/b');
    const put = (key: string, value: number, revision: number): Commit => ({
      ...{ type: 'commit', revision, changes: [{ type: 'put', key, value: json(value), revision }] },
    });
    expect(await commits).toEqual([
      put('/b', 2, second),
      put('/a', 3, third),
      { type: 'commit', revision: fourth, changes: [{ type: 'delete', key: '/b', revision: fourth }] },
    ]);
  });

  it('delivers the changes of a commit together, in the order of their keys', async () => {
    const before = await subject.put('/b', 0);
    const revision = await subject.commit([
      { key: '/c', value: json(3) },
      { key: '/b', value: 'deleted' },
      { key: '/a/\u{1F642}', value: json(2) },
      { key: '/a/\uFFFD', value: json(1) },
    ]);
    const expected: Commit = {
      ...{ type: 'commit', revision },
      changes: [
        { type: 'put', key: '/a/\uFFFD', value: json(1), revision },
        { type: 'put', key: '/a/\u{1F642}', value: json(2), revision },
        { type: 'delete', key: '/b', revision },
        { type: 'put', key: '/c', value: json(3), revision },
      ],
    };
    expect(await subject.take(before, 1)).toEqual([expected]);
    await subject.reopen();
    const again = await subject.take(before, 1).catch((error: unknown) => error);
    if (!(again instanceof CompactedError)) expect(again).toEqual([expected]);
  });

  it('begins with what comes next if it is at the newest revision', async () => {
    await subject.put('/a', 1);
    const next = subject.take(await subject.store.barrier(), 1);
    const revision = await subject.put('/b', 2);
    expect(await next).toMatchObject([{ revision, changes: [{ key: '/b' }] }]);
  });

  it('delivers commits of concurrent writers once, to every watch, in order and whole', async () => {
    const start = await subject.store.barrier();
    const watches = Array.from({ length: 3 }, () => subject.take(start, 200));
    const written = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        subject.commit([
          { key: `/k/${index}`, value: json(index) },
          { key: '/last', value: json(index) },
        ]),
      ),
    );
    for (const commits of await Promise.all(watches)) {
      expect(commits.map(({ revision }) => revision)).toEqual(written.toSorted((a, b) => a - b));
      for (const { changes } of commits) {
        const [own, last] = changes.map((change) => (change.type === 'put' ? change.value.toString() : 'gone'));
        expect([changes.length, last]).toEqual([2, own]);
      }
    }
  });

  it('brings a reader to where the store is, however often it begins again', async () => {
    let place = await subject.store.barrier();
    const state = new Map<string, string>();
    let newest = place;
    for (let round = 0; round < 10; round++) {
      const written = Array.from({ length: 5 }, (_, index) => subject.put(`/k/${(round * 3 + index) % 7}`, round));
      newest = Math.max(...(await Promise.all(written)));
      const [commit] = await subject.take(place, 1);
      if (commit === undefined) throw new Error('the watch ended');
      replayed([commit], state);
      place = commit.revision;
    }
    replayed(await takeUntil(subject.watch(place), newest), state);
    const { entries } = await subject.store.list('/');
    expect(state).toEqual(new Map(entries.map(({ key, value }) => [key, value.toString()])));
  });

  it('ends at once when its signal aborts, before or while it waits', async () => {
    const newest = await subject.put('/a', 1);
    const waiting = subject.take(newest, 1);
    setTimeout(() => subject.abort.abort(), 10);
    expect(await waiting).toEqual([]);
    expect(await subject.take(newest, 1)).toEqual([]);
  });

  it('ends when the store closes', async () => {
    const waiting = subject.take(await subject.put('/a', 1), 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await subject.store.close();
    expect(await waiting).toEqual([]);
  });

  it('goes on after a reader that stopped reading', async () => {
    const start = await subject.store.barrier();
    await subject.put('/a', 1);
    await subject.take(start, 1);
    const next = subject.take(start, 2);
    await subject.put('/b', 2);
    expect((await next).flatMap(({ changes }) => changes.map(({ key }) => key))).toEqual(['/a', '/b']);
  });

  it('leaves nothing out for a slow reader, or tells it to list again', async () => {
    const start = await subject.put('/k/0', 0);
    const watch = subject.watch(start);
    const written: number[] = [await subject.put('/k/0', 1)];
    const seen = (await take(watch, 1)).map(({ revision }) => revision);
    const last = seen[0] ?? 0;
    const slow = subject.watch(last)[Symbol.asyncIterator]();
    for (let index = 0; index < 300; index++) written.push(await subject.put(`/k/${index}`, index));
    while (seen.length < written.length) {
      const next = await slow.next().catch((error: unknown) => error);
      if (next instanceof CompactedError) return;
      const { value } = next as IteratorResult<{ type: string; revision: number }, undefined>;
      if (value?.type === 'commit') seen.push(value.revision);
    }
    expect(seen).toEqual(written);
    await slow.return?.();
  });

  describe('from before the history that is kept', () => {
    it('is refused, and possible from its beginning', async (context) => {
      const { opened } = subject;
      if (!opened.compact) return context.skip('this engine cannot be told to forget its history');
      const old = await subject.put('/a/1', 1);
      await subject.put('/a/2', 2);
      await opened.compact();
      const refused = await subject.take(old, 1).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CompactedError);
      const { compactedRevision } = refused as CompactedError;
      expect(compactedRevision).toBeGreaterThan(old);
      const oldest = await subject.store.list('/', { at: 'oldest' });
      expect(oldest.revision).toBeGreaterThanOrEqual(compactedRevision);
      const revision = await subject.put('/a/9', 9);
      const commits = await takeUntil(subject.watch(compactedRevision), revision);
      expect(commits.at(-1)).toMatchObject({ revision, changes: [{ key: '/a/9' }] });
    });
  });
}
