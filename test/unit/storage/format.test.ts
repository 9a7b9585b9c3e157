import { beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { StorageLostError, StorageUnavailableError, type Store } from '../../../src/storage/contract.ts';
import { checkFormat, formatKey, recordFormat } from '../../../src/storage/format.ts';
import { MemoryStore } from '../../support/memory-store.ts';

let store: MemoryStore;
const text = async (): Promise<string | undefined> => (await store.read(formatKey))?.value.toString();
const enter = (into: Pick<Store, 'read' | 'commit' | 'list'> = store, logger = silentLogger) =>
  recordFormat(into, { program: '0.9.0', logger });
/** The same store, whose commits fail. */
const failing = (error: Error) => ({
  read: (key: string) => store.read(key),
  list: (prefix: string) => store.list(prefix),
  commit: () => Promise.reject(error),
});
const full = new StorageUnavailableError('the disk is full');

describe('the format of the data', () => {
  beforeEach(() => {
    store = new MemoryStore();
  });

  it('is written once', async () => {
    await enter();
    expect(await text()).toBe('{"version":1,"program":"0.9.0"}');
    const revision = await store.barrier();
    await enter();
    expect(await store.barrier()).toBe(revision);
  });

  it('is written once by servers that start together', async () => {
    await Promise.all([enter(), enter(), enter()]);
    expect((await store.list('')).entries).toHaveLength(1);
    expect(await store.barrier()).toBe((await store.read(formatKey))?.revision);
  });

  it('is raised by a later program, and leaves everything else', async () => {
    const object = store.put('/a/b/c', { kind: 'C' });
    store.put(formatKey, { version: 0, program: '0.1.0' });
    await enter();
    expect(await text()).toBe('{"version":1,"program":"0.9.0"}');
    expect((await store.read('/a/b/c'))?.revision).toBe(object);
  });

  it('is refused if it is later, with the program to use', async () => {
    const revision = store.put(formatKey, { version: 2, program: '1.2.0' });
    const message =
      'the data are of format version 2, which kubedirector 1.2.0 has written; this is kubedirector 0.9.0, which knows ' +
      'versions up to 1. Use kubedirector 1.2.0 or later';
    await expect(enter()).rejects.toThrow(message);
    expect(await store.barrier()).toBe(revision);
    const { entries } = await store.list('');
    expect(() => checkFormat(entries, '0.9.0')).toThrow(message);
  });

  it.each(['', 'null', '{"version":"1","program":"a"}', '{"version":1}', '{"version":1.5,"program":"a"}'])(
    'is refused if it is %j',
    async (value) => {
      await store.commit({ require: [], writes: [{ key: formatKey, value: Buffer.from(value) }] });
      await expect(enter()).rejects.toMatchObject({ name: 'StorageFormatError' });
      expect(await text()).toBe(value);
    },
  );

  it('can wait while nothing can be written, if there are data to serve', async () => {
    store.put('/a/b/c', { kind: 'C' });
    const logger = { ...silentLogger, warn: vi.fn() };
    await enter(failing(full), logger);
    expect(logger.warn).toHaveBeenCalledOnce();
    await enter();
    expect(await text()).toContain('"version":1');
  });

  it('cannot wait in a store that is new, was lost, or has an earlier format', async () => {
    await expect(enter(failing(full))).rejects.toBe(full);
    const lost = new StorageLostError('another process has it');
    await expect(enter(failing(lost))).rejects.toBe(lost);
    store.put(formatKey, { version: 0, program: '0.1.0' });
    await expect(enter(failing(full))).rejects.toBe(full);
  });

  it('is not missed in data of before', async () => {
    store.put('/a/b/c', { kind: 'C' });
    const { entries } = await store.list('');
    expect(() => checkFormat(entries, '0.9.0')).not.toThrow();
  });
});
