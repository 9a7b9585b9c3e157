import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { StorageUnavailableError, type Store } from '../../src/storage/contract.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';
import { write } from '../support/store-writes.ts';

const volume = mkdtempSync(join(tmpdir(), 'kd-full-'));

/** Why there is no small volume to fill; undefined where there is one. */
function mountVolume(): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'kd-full', volume], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `a volume to fill cannot be mounted here: ${String(error)}`;
  }
}

const reason = mountVolume();

describe('a store on a volume that is full', () => {
  afterAll(() => {
    if (reason === undefined) execFileSync('umount', [volume]);
    rmSync(volume, { recursive: true });
  });

  it('refuses writes, keeps acknowledged ones, and continues when there is room', async (context) => {
    if (reason !== undefined) context.skip(reason);
    const directory = join(volume, 'data');
    const open = (): Promise<Store> => openJournalStore({ directory, clock: systemClock, logger: silentLogger });
    let store = await open();
    const ballast = join(volume, 'ballast');
    writeFileSync(ballast, Buffer.alloc(600 << 10));
    const value = Buffer.from(JSON.stringify({ pad: 'x'.repeat(9000) }));
    const kept: string[] = [];
    let refused: unknown;
    for (let index = 100; index < 300 && refused === undefined; index++) {
      const key = `/${index}`;
      await write(store, key, 'absent', value).then(
        () => kept.push(key),
        (error: unknown) => (refused = error),
      );
    }
    expect(refused).toBeInstanceOf(StorageUnavailableError);
    expect(refused).toMatchObject({ indeterminate: false });
    expect(String(refused)).toContain('ENOSPC');
    await expect(write(store, '/again', 'absent', value)).rejects.toThrow('ENOSPC');
    const keys = async (): Promise<string[]> => (await store.list('/')).entries.map(({ key }) => key);
    expect(await keys()).toEqual(kept);

    await store.close();
    store = await open();
    expect(await keys()).toEqual(kept);

    rmSync(ballast);
    await write(store, '/room', 'absent', value);
    await store.close();
    store = await open();
    expect(await keys()).toEqual([...kept, '/room']);
    await store.close();
  });
});
