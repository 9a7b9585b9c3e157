import { describe, expect, it } from 'vitest';
import { Barrier } from '../../../src/storage/etcd/barrier.ts';

describe('a barrier', () => {
  function scripted() {
    const reads: { resolve: (revision: number) => void; reject: (error: Error) => void }[] = [];
    const barrier = new Barrier(() => new Promise((resolve, reject) => reads.push({ resolve, reject })));
    return { reads, barrier };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('reads once for all who come while another read is under way, after that read', async () => {
    const { reads, barrier } = scripted();
    const first = barrier.pass();
    const later = [barrier.pass(), barrier.pass(), barrier.pass()];
    expect(reads).toHaveLength(1);
    reads[0]?.resolve(3);
    expect(await first).toBe(3);
    await settled();
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(4);
    expect(await Promise.all(later)).toEqual([4, 4, 4]);
    await settled();
    expect(reads).toHaveLength(2);
  });

  it('does not give a later caller what an earlier read gave', async () => {
    const { reads, barrier } = scripted();
    const first = barrier.pass();
    reads[0]?.resolve(3);
    await first;
    const second = barrier.pass();
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(5);
    expect(await second).toBe(5);
  });

  it('reads again for those who waited for a read that failed', async () => {
    const { reads, barrier } = scripted();
    const first = barrier.pass();
    const second = barrier.pass();
    reads[0]?.reject(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await settled();
    reads[1]?.resolve(6);
    expect(await second).toBe(6);
  });
});
