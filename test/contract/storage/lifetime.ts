import { expect, it } from 'vitest';
import { CompactedError, StorageClosedError } from '../../../src/storage/contract.ts';
import { json, type Subject } from './opened.ts';

export function lifetime(subject: Subject): void {
  it('has every key at its revision when it is opened again', async () => {
    await subject.put('/a', 1);
    await subject.commit([
      { key: '/b', value: json(2) },
      { key: '/c', value: json(2) },
    ]);
    await subject.put('/a', 3);
    await subject.remove('/c');
    const { entries } = await subject.store.list('/');
    await subject.reopen();
    expect((await subject.store.list('/')).entries).toEqual(entries);
  });

  it('never goes back with its revision, also when everything was deleted', async () => {
    await subject.put('/a', 1);
    const deleted = await subject.remove('/a');
    await subject.reopen();
    expect(await subject.store.barrier()).toBeGreaterThanOrEqual(deleted);
    expect(await subject.put('/a', 2)).toBeGreaterThan(deleted);
  });

  it('continues watches from where they were, or says that they must list again', async () => {
    const seen = await subject.put('/a', 1);
    const missed = await subject.put('/b', 2);
    await subject.reopen();
    const outcome = await subject.take(seen, 1).catch((error: unknown) => error);
    if (!(outcome instanceof CompactedError)) {
      expect(outcome).toMatchObject([{ revision: missed, changes: [{ key: '/b' }] }]);
    }
  });

  it('finishes commits that have begun when it is closed', async () => {
    const writes = Array.from({ length: 10 }, (_, index) => subject.put(`/k/${index}`, index, 'absent'));
    await subject.reopen();
    expect(await Promise.all(writes)).toHaveLength(10);
    expect(await subject.keysOf('/k/')).toHaveLength(10);
  });

  it('refuses every further call once it is closed, and may be closed twice', async () => {
    const { store } = subject;
    await store.close();
    await store.close();
    await expect(store.barrier()).rejects.toBeInstanceOf(StorageClosedError);
    await expect(store.read('/a')).rejects.toBeInstanceOf(StorageClosedError);
    await expect(store.list('/')).rejects.toBeInstanceOf(StorageClosedError);
    await expect(subject.put('/a', 1)).rejects.toBeInstanceOf(StorageClosedError);
    const watch = async () => subject.take(0, 1);
    await expect(watch()).rejects.toBeInstanceOf(StorageClosedError);
  });
}
