import { expect, it } from 'vitest';
import { ConflictError } from '../../../src/storage/contract.ts';
import { json, type Subject } from './opened.ts';

export function conditions(subject: Subject): void {
  it('refuses to create a key that exists, and names its revision', async () => {
    const revision = await subject.put('/a', 1, 'absent');
    const error = await subject.put('/a', 2, 'absent').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ key: '/a', actual: revision });
    expect((await subject.store.read('/a'))?.value).toEqual(json(1));
  });

  it('refuses to change a key that was changed meanwhile', async () => {
    const first = await subject.put('/a', 1);
    const second = await subject.put('/a', 2, first);
    await expect(subject.put('/a', 3, first)).rejects.toMatchObject({ name: 'ConflictError', actual: second });
    await expect(subject.remove('/a', first)).rejects.toMatchObject({ actual: second });
    expect(await subject.store.read('/a')).toEqual({ key: '/a', value: json(2), revision: second });
  });

  it('refuses to change or delete a key that was deleted', async () => {
    const revision = await subject.put('/a', 1);
    await subject.remove('/a', revision);
    await expect(subject.put('/a', 2, revision)).rejects.toMatchObject({ key: '/a', actual: 'absent' });
    await expect(subject.remove('/a', revision)).rejects.toMatchObject({ key: '/a', actual: 'absent' });
  });

  it('may be about keys that are not written', async () => {
    const first = await subject.put('/config', 1);
    const require = [
      { key: '/config', revision: first },
      { key: '/lock', revision: 'absent' as const },
    ];
    await subject.commit([{ key: '/a', value: json(1) }], require);
    const second = await subject.put('/config', 2);
    const refused = subject.commit([{ key: '/b', value: json(1) }], require);
    await expect(refused).rejects.toMatchObject({ name: 'ConflictError', key: '/config', actual: second });
    const lock = await subject.put('/lock', 1);
    const also = subject.commit([{ key: '/b', value: json(1) }], [{ key: '/lock', revision: 'absent' }]);
    await expect(also).rejects.toMatchObject({ key: '/lock', actual: lock });
    expect(await subject.keysOf('/')).toEqual(['/a', '/config', '/lock']);
    expect(await subject.store.read('/config')).toMatchObject({ revision: second });
  });

  it('keep a commit from writing anything if one of them does not hold', async () => {
    const first = await subject.put('/a', 1);
    const second = await subject.put('/b', 1);
    const refused = subject.commit(
      [
        { key: '/a', value: json('changed') },
        { key: '/b', value: 'deleted' },
        { key: '/c', value: json('new') },
      ],
      [
        { key: '/a', revision: first },
        { key: '/b', revision: first },
      ],
    );
    await expect(refused).rejects.toMatchObject({ key: '/b', actual: second });
    const last = await subject.put('/d', 1);
    expect((await subject.store.list('/')).entries).toEqual([
      { key: '/a', value: json(1), revision: first },
      { key: '/b', value: json(1), revision: second },
      { key: '/d', value: json(1), revision: last },
    ]);
    // No watch has seen it either.
    expect((await subject.take(second, 1)).map(({ revision }) => revision)).toEqual([last]);
  });

  it('let one of many concurrent creators of a key win', async () => {
    const attempts = Array.from({ length: 20 }, (_, index) => subject.put('/a', index, 'absent'));
    const outcomes = await Promise.allSettled(attempts);
    const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    const revision = await attempts[won[0] ?? -1];
    expect(await subject.store.read('/a')).toEqual({ key: '/a', value: json(won[0]), revision });
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'ConflictError', key: '/a', actual: revision });
    }
  });

  it('let one of 64 concurrent writers win that ask for the same state of a key', async () => {
    const revision = await subject.put('/turn', 0);
    const attempts = Array.from({ length: 64 }, (_, index) =>
      subject.commit(
        [
          { key: '/turn', value: json(index) },
          { key: `/won/${index}`, value: json(index) },
        ],
        [{ key: '/turn', revision }],
      ),
    );
    const outcomes = await Promise.allSettled(attempts);
    const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    expect(await subject.keysOf('/won/')).toEqual([`/won/${won[0]}`]);
    expect((await subject.store.read('/turn'))?.value).toEqual(json(won[0]));
  });

  it('lose no update of many writers that compare and swap', async () => {
    await subject.put('/n', 0);
    const increment = async (): Promise<void> => {
      for (;;) {
        const entry = await subject.store.read('/n');
        if (!entry) throw new Error('it is gone');
        try {
          await subject.put('/n', Number(entry.value) + 1, entry.revision);
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
    expect((await subject.store.read('/n'))?.value.toString()).toBe('40');
  });
}
