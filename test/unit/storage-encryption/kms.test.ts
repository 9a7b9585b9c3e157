import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import {
  EncryptedStore,
  openEncryption,
  rewriteStale,
  validateConfiguration,
  type Encryption,
  type EncryptionConfiguration,
} from '../../../src/storage/encryption/index.ts';
import { encryptedObject } from '../../../src/storage/encryption/kms/proto.ts';
import { forAll, keys } from '../../support/encryption.ts';
import { FakeKms } from '../../support/fake-kms.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import recorded from '../../testdata/encryption-kms.json' with { type: 'json' };

const key = '/kubedirector.hpe.com/kubedirectorconfigs/system/kd-global-config';
const object = Buffer.from('{"masterEncryptionKey":"the plain text"}');
const head = 'k8s:enc:kms:v2:vault:';
const pace = { wellMs: 20, unwellMs: 20, writeMs: 180_000 };

let directory: string;
let plugin: FakeKms;
let below: MemoryStore;
let encryption: Encryption;
let store: EncryptedStore;
/** Milliseconds that the clock is ahead. */
let ahead: number;
const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };

const vault = (timeout = '1s') => ({ kms: { apiVersion: 'v2', name: 'vault', endpoint: plugin.endpoint, timeout } });
async function open(configuration: EncryptionConfiguration = forAll(vault())): Promise<void> {
  const read = () => Promise.resolve({ configuration, hash: '' });
  encryption = await openEncryption({ read, clock, logger: silentLogger, kmsPace: pace });
  store = new EncryptedStore(below, encryption);
}
const put = (at = key) => store.commit({ require: [], writes: [{ key: at, value: object }] });
const stored = async (at = key): Promise<Buffer> => (await below.read(at))?.value ?? Buffer.alloc(0);
const storedObject = async () => encryptedObject.decode((await stored()).subarray(head.length));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kd-kms-'));
  plugin = new FakeKms(join(directory, 'kms.sock'));
  await plugin.start();
  below = new MemoryStore();
  ahead = 0;
});
afterEach(async () => {
  await store.close();
  plugin.stop();
  rmSync(directory, { recursive: true });
});

describe('with KMS v2', () => {
  it('writes values with a key of each, made of one seed that the plugin has encrypted', async () => {
    await open();
    for (const at of [key, `${key}2`, `${key}3`]) await put(at);
    expect((await stored()).toString('latin1')).toMatch(new RegExp(`^${head}`));
    expect((await stored()).includes('plain')).toBe(false);
    const { encryptedData, ...source } = await storedObject();
    expect(source).toMatchObject({ keyId: 'key-1', encryptedDekSourceType: 1, encryptedDekSource: { length: 48 } });
    expect(encryptedData.length).toBe(32 + 12 + object.length + 16);
    expect((await store.read(key))?.value).toEqual(object);
    expect(plugin.calls).toMatchObject({ encrypt: 1, decrypt: 0 });
  });

  it('asks the plugin once for a seed that another server has written with', async () => {
    await open();
    for (let index = 0; index < 20; index++) await put(`${key}${index}`);
    await store.close();
    below = new MemoryStore(below);
    await open();
    const { entries } = await store.list('/');
    expect(entries.map(({ value }) => value.toString())).toEqual(Array(20).fill(object.toString()));
    expect(plugin.calls).toMatchObject({ encrypt: 2, decrypt: 1 });
  });

  it('refuses a value that was copied from another key, or changed', async () => {
    await open();
    await put();
    const other = `${key}-other`;
    await below.commit({ require: [], writes: [{ key: other, value: await stored() }] });
    await expect(store.read(other)).rejects.toThrow('it is encrypted with kms, key "vault", and that key does not fit');
    const changed = await stored();
    const inside = head.length + 50;
    changed[inside] = (changed[inside] ?? 0) ^ 1;
    await below.commit({ require: [], writes: [{ key, value: changed }] });
    await expect(store.read(key)).rejects.toMatchObject({ name: 'StorageUnreadableError' });
  });

  it('takes a new seed when the plugin has another key, and then what is stored is rewritten', async () => {
    await open();
    await put();
    plugin.keyId = 'key-2';
    await expect
      .poll(async () => {
        await put(`${key}2`);
        return (await stored(`${key}2`)).includes('key-2');
      })
      .toBe(true);
    expect((await store.read(key))?.value).toEqual(object);
    expect(await rewriteStale(below, () => encryption.transformers)).toEqual({ values: 2, rewritten: 1 });
    expect(await storedObject()).toMatchObject({ keyId: 'key-2' });
  });

  it('reads and writes for a while without its plugin, then refuses writes, and goes on by itself', async () => {
    await open(forAll(vault()));
    await put();
    plugin.stop();
    await expect.poll(() => encryption.problem).toContain('the KMS provider vault is not healthy');
    await put();
    ahead = pace.writeMs;
    expect(store.unavailable?.message).toContain('the KMS provider vault is not healthy');
    await expect(put()).rejects.toMatchObject({ name: 'StorageUnavailableError' });
    expect((await store.read(key))?.value).toEqual(object);
    await plugin.start();
    await expect.poll(() => store.unavailable).toBeUndefined();
    await put();
    expect(encryption.problem).toBe('');
  });

  it('waits for a plugin that starts later', async () => {
    plugin.stop();
    await open(forAll(vault()));
    await expect(put()).rejects.toMatchObject({ name: 'StorageUnavailableError' });
    await plugin.start();
    await expect.poll(() => encryption.problem).toBe('');
    await put();
  });

  it.each([
    ['that it is not well', { healthz: 'sealed' }, 'got unexpected healthz status: sealed'],
    ['another version', { version: 'v3' }, 'expected KMSv2 API version v2, got v3'],
    ['no key', { keyId: '' }, 'got invalid KMSv2 KeyID: keyID is empty'],
    ['a key that it does not encrypt with', { encrypted: { keyId: 'other' } }, 'its status names another key'],
    ['no ciphertext', { encrypted: { ciphertext: Buffer.alloc(0) } }, 'encrypted DEK source is empty'],
    ['too much ciphertext', { encrypted: { ciphertext: Buffer.alloc(1025) } }, 'exceeds the max size of 1024'],
    ['a bad annotation', { encrypted: { annotations: [{ key: 'x', value: object }] } }, 'fully qualified domain name'],
  ])('does not use a plugin that says %s', async (_, says, problem) => {
    Object.assign(plugin, says);
    await open();
    expect(encryption.problem).toContain(problem);
    await expect(put()).rejects.toThrow(problem);
  });

  it('reads what kube-apiserver 1.37 wrote for a Secret, through the same plugin', async () => {
    await open();
    const { value, isStale } = await encryption.transformers
      .of('/core/secrets/')
      .fromStorage(recorded.key, Buffer.from(recorded.stored, 'base64'));
    expect(value.toString('base64')).toBe(recorded.value);
    expect(isStale).toBe(false);
  });

  it('reads what another provider wrote, and the other way round', async () => {
    await open(forAll(keys('aesgcm', 'one'), vault()));
    await put();
    expect((await stored()).toString('latin1')).toContain('k8s:enc:aesgcm:v1:one:');
    await store.close();
    below = new MemoryStore(below);
    await open(forAll(vault(), keys('aesgcm', 'one')));
    expect(await rewriteStale(below, () => encryption.transformers)).toEqual({ values: 1, rewritten: 1 });
    expect((await store.read(key))?.value).toEqual(object);
  });
});

it('refuses a KMS configuration that is not one of v2', async () => {
  await open();
  const problems = (kms: object) =>
    validateConfiguration(forAll({ kms: { ...vault().kms, ...kms } })).map(({ field, message }) => field + message);
  expect(problems({})).toEqual([]);
  expect(problems({ apiVersion: 'v1' })[0]).toContain('only v2 is supported');
  expect(problems({ name: 'a:b' })[0]).toContain("must not contain ':'");
  expect(problems({ endpoint: 'tcp://a' })[0]).toContain('only unix:///PATH is supported');
  expect(problems({ timeout: '0s' })[0]).toContain('should be a positive value');
  expect(problems({ cachesize: 3 })[0]).toContain('not supported in v2');
  expect(validateConfiguration(forAll(vault(), vault())).map(({ message }) => message)[0]).toContain('must be unique');
});
