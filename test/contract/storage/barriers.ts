import { expect, it } from 'vitest';
import { takeUntil, type Subject } from './opened.ts';

export function barriers(subject: Subject): void {
  it('is at or above every commit that was durable before', async () => {
    for (let round = 0; round < 5; round++) {
      const written = await Promise.all([1, 2, 3].map((index) => subject.put(`/k/${index}`, round)));
      expect(await subject.store.barrier()).toBeGreaterThanOrEqual(Math.max(...written));
    }
  });

  it('never goes back', async () => {
    const first = await subject.put('/a', 1);
    const second = await subject.store.barrier();
    await subject.remove('/a', first);
    const third = await subject.store.barrier();
    await subject.reopen();
    expect(await subject.store.barrier()).toBeGreaterThanOrEqual(third);
    expect(third).toBeGreaterThan(second);
  });

  it('is reached by every watch, though nothing else is written', async () => {
    const start = await subject.put('/a', 1);
    const last = await subject.put('/b', 2);
    const watches = Array.from({ length: 3 }, () => subject.watch(start));
    const revision = await subject.store.barrier();
    for (const watch of watches) {
      const commits = await takeUntil(watch, revision);
      expect(commits.map((commit) => commit.revision)).toEqual([last]);
    }
  });

  it('is reached by a watch that waits, after revisions of which it sees nothing', async (context) => {
    const { opened } = subject;
    if (!opened.moveOn) return context.skip('nobody but the store moves the revision of this engine');
    const start = await subject.put('/a', 1);
    for (let round = 0; round < 3; round++) {
      const waiting = takeUntil(subject.watch(start), start + 1);
      await opened.moveOn();
      expect(await subject.store.barrier()).toBeGreaterThan(start);
      expect(await waiting).toEqual([]);
    }
  });

  it('answers many callers at once', async () => {
    const written = subject.put('/a', 1);
    const revisions = await Promise.all(Array.from({ length: 200 }, () => subject.store.barrier()));
    expect(revisions.every((revision) => Number.isSafeInteger(revision))).toBe(true);
    const after = await Promise.all(Array.from({ length: 200 }, async () => (await written, subject.store.barrier())));
    expect(Math.min(...after)).toBeGreaterThanOrEqual(await written);
  });
}
