/**
 * The pattern by which two writers keep out of each other's way: who makes a child requires the parent, and touches its
 * reference key; who removes the parent has seen no child, and requires the reference key to be as it was then.
 */
import { expect, it } from 'vitest';
import { ConflictError, type CommitRequest } from '../../../src/storage/contract.ts';
import { json, replayed, takeUntil, type Subject } from './opened.ts';

const touch = { key: '/reference', value: json({}) };

export function guarding(subject: Subject): void {
  const attempt = (request: CommitRequest): Promise<boolean> =>
    subject.store.commit(request).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ConflictError) return false;
        throw error;
      },
    );

  it('never leaves a child without its parent, whoever comes first', async () => {
    for (let round = 0; round < 20; round++) {
      const parent = await subject.put('/parent', round);
      const reference = (await subject.store.read('/reference'))?.revision ?? 'absent';
      const make = () =>
        attempt({
          require: [{ key: '/parent', revision: parent }],
          writes: [{ key: '/child', value: json(round) }, touch],
        });
      const remove = () =>
        attempt({
          require: [
            { key: '/parent', revision: parent },
            { key: '/reference', revision: reference },
          ],
          writes: [
            { key: '/parent', value: 'deleted' },
            { key: '/reference', value: 'deleted' },
          ],
        });
      const [first, second] = round % 2 === 0 ? [make, remove] : [remove, make];
      const outcomes = await Promise.all([first(), second()]);
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      const made = outcomes[round % 2];
      expect(await subject.keysOf('/')).toEqual(made ? ['/child', '/parent', '/reference'] : []);
      await subject.commit(['/child', '/parent'].map((key) => ({ key, value: 'deleted' as const })));
    }
  });

  it('lets many touch one reference key at the same time', async () => {
    const parent = await subject.put('/parent', 1);
    const require = [{ key: '/parent', revision: parent }];
    const children = Array.from({ length: 64 }, (_, index) => ({ key: `/child/${index}`, value: json(index) }));
    const revisions = await Promise.all(
      children.map((child) => subject.store.commit({ require, writes: [child, touch] })),
    );
    expect(new Set(revisions).size).toBe(64);
    expect((await subject.store.read('/reference'))?.revision).toBe(Math.max(...revisions));
    const commits = await takeUntil(subject.watch(parent), Math.max(...revisions));
    expect(commits.map(({ changes }) => changes.length)).toEqual(children.map(() => 2));
    expect(replayed(commits).size).toBe(65);
  });
}
