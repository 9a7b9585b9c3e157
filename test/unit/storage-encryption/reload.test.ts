import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import {
  EncryptedStore,
  openEncryption,
  Rewriter,
  type EncryptionConfiguration,
} from '../../../src/storage/encryption/index.ts';
import { forAll, keys } from '../../support/encryption.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const key = '/kubedirector.hpe.com/kubedirectorapps/system/spark';
const writes = [{ key, value: Buffer.from('{}') }];

/** What lies in the file; an error cannot be read. */
type File = EncryptionConfiguration | Error;

const world = async (first: EncryptionConfiguration) => {
  let file: File = first;
  const metrics = createMetrics();
  const read = () =>
    file instanceof Error ? Promise.reject(file) : Promise.resolve({ configuration: file, hash: JSON.stringify(file) });
  const warn = vi.fn();
  const logger = { ...silentLogger, warn };
  const encryption = await openEncryption({ read, reloadEveryMs: 5, clock: systemClock, logger, metrics });
  const below = new MemoryStore();
  const rewriter = new Rewriter(below, encryption, silentLogger);
  rewriter.start();
  const store = new EncryptedStore(below, encryption, rewriter);
  const writer = async () => (await below.read(key))?.value.toString('latin1').split(':')[4];
  return { store, below, warn, metrics, writer, change: (next: File) => (file = next) };
};

describe('the configuration', () => {
  it('takes effect when the file changes; what is stored is written anew in the background', async () => {
    const { store, change, writer, metrics } = await world(forAll(keys('aesgcm', 'one')));
    await store.commit({ require: [], writes });
    expect(await writer()).toBe('one');
    change(forAll(keys('aesgcm', 'two', 'one')));
    await expect.poll(writer).toBe('two');
    expect((await store.read(key))?.value.toString()).toBe('{}');
    expect(await metrics.text()).toContain(
      'apiserver_encryption_config_controller_automatic_reloads_total{status="success"} 1',
    );
    await store.close();
  });

  it('stays in force while the file cannot be used, which is told once', async () => {
    const { store, change, writer, warn } = await world(forAll(keys('aesgcm', 'one')));
    change(new Error('half written'));
    await expect.poll(() => warn.mock.calls.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await store.commit({ require: [], writes });
    expect(await writer()).toBe('one');
    expect(warn).toHaveBeenCalledTimes(1);
    change(forAll(keys('aesgcm', 'two', 'one')));
    await expect.poll(writer).toBe('two');
    await store.close();
  });

  it('makes a value readable again whose key it lacked, also for a watch that begins again', async () => {
    const { store, below, change } = await world(forAll(keys('aesgcm', 'one')));
    const other = await world(forAll(keys('aesgcm', 'two')));
    await other.store.commit({ require: [], writes });
    const value = (await other.below.read(key))?.value ?? Buffer.alloc(0);
    await below.commit({ require: [], writes: [{ key, value }] });
    const { signal } = new AbortController();
    const next = () => store.watch(0, signal)[Symbol.asyncIterator]().next();
    await expect(next()).rejects.toMatchObject({ name: 'StorageUnreadableError', key });
    expect(store.unavailable?.message).toContain('key "two", which the encryption configuration does not name');
    change(forAll(keys('aesgcm', 'one', 'two')));
    await expect
      .poll(() =>
        store
          .read(key)
          .then(() => true)
          .catch(() => false),
      )
      .toBe(true);
    expect(await next()).toMatchObject({ value: { changes: [{ key, value: Buffer.from('{}') }] } });
    expect(store.unavailable).toBeUndefined();
    await Promise.all([store.close(), other.store.close()]);
  });
});
