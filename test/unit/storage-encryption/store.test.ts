import { beforeEach, describe, expect, it } from 'vitest';
import { EncryptedStore, rewriteStale, type EncryptionConfiguration } from '../../../src/storage/encryption/index.ts';
import { encryptionWith, forAll, keys, secretOf } from '../../support/encryption.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const object = Buffer.from('{"kind":"Secretive","data":"the plain text"}');
const config = '/kubedirector.hpe.com/kubedirectorconfigs/system/kd-global-config';
const app = '/kubedirector.hpe.com/kubedirectorapps/system/spark';

let below: MemoryStore;
beforeEach(() => {
  below = new MemoryStore();
});

const above = async (configuration: EncryptionConfiguration) =>
  new EncryptedStore(below, await encryptionWith(configuration));
const put = (store: EncryptedStore | MemoryStore, key: string, value: Buffer = object) =>
  store.commit({ require: [], writes: [{ key, value }] });
const stored = async (key: string): Promise<Buffer> => (await below.read(key))?.value ?? Buffer.alloc(0);
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it worked',
    (error: unknown) => error,
  );

describe.each(['aesgcm', 'aescbc', 'secretbox'] as const)('with %s', (provider) => {
  it('stores values that begin as those of kube-apiserver, and gives back the plain ones', async () => {
    const store = await above(forAll(keys(provider, 'one')));
    await put(store, app);
    const bytes = await stored(app);
    expect(bytes.toString('latin1')).toMatch(new RegExp(`^k8s:enc:${provider}:v1:one:`));
    expect(bytes.includes('plain')).toBe(false);
    expect((await store.read(app))?.value).toEqual(object);
  });

  it('writes equal values differently each time', async () => {
    const store = await above(forAll(keys(provider, 'one')));
    await put(store, app);
    const first = await stored(app);
    await put(store, app);
    expect(first.equals(await stored(app))).toBe(false);
  });

  it('reads with every key, and writes with the first', async () => {
    await put(await above(forAll(keys(provider, 'old'))), app);
    const store = await above(forAll(keys(provider, 'new', 'old')));
    expect((await store.read(app))?.value).toEqual(object);
    await put(store, config);
    expect((await stored(config)).toString('latin1')).toContain(`:${provider}:v1:new:`);
  });

  it('says which key and which resource a value needs that it cannot read', async () => {
    await put(await above(forAll(keys(provider, 'old'))), app);
    const store = await above(forAll(keys(provider, 'new')));
    const message =
      `${app} cannot be read: it is encrypted with ${provider}, key "old", which the encryption configuration ` +
      'does not name for kubedirectorapps.kubedirector.hpe.com';
    expect(await failure(store.read(app))).toMatchObject({ name: 'StorageUnreadableError', key: app, message });
    expect(await failure(store.list('/'))).toMatchObject({ name: 'StorageUnreadableError' });
    expect(store.unavailable?.message).toBe(message);
  });

  it('takes no stored value for its own that is too short', async () => {
    const store = await above(forAll(keys(provider, 'one')));
    await put(below, app, Buffer.from(`k8s:enc:${provider}:v1:one:`));
    expect(await failure(store.read(app))).toMatchObject({ name: 'StorageUnreadableError' });
  });
});

describe.each(['aesgcm', 'secretbox'] as const)('with %s, which authenticates', (provider) => {
  it('tries every key of the same name', async () => {
    await put(await above(forAll(keys(provider, 'one'))), app);
    const other = { [provider]: { keys: [{ name: 'one', secret: secretOf('another') }] } };
    const both = await above(forAll(other, keys(provider, 'one')));
    expect((await both.read(app))?.value).toEqual(object);
  });

  it('refuses a value with any byte changed, and another key of the same name', async () => {
    const store = await above(forAll(keys(provider, 'one')));
    await put(store, app);
    const whole = await stored(app);
    for (let at = `k8s:enc:${provider}:v1:one:`.length; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (whole[at] ?? 0) ^ 1;
      await put(below, app, changed);
      expect(String(await failure(store.read(app))), `byte ${at}`).toContain('that key does not fit');
    }
    await put(below, app, whole);
    const other = await above(forAll({ [provider]: { keys: [{ name: 'one', secret: secretOf('two') }] } }));
    expect(String(await failure(other.read(app)))).toContain('that key does not fit');
  });
});

it('refuses a value that was copied from another key, with aesgcm', async () => {
  const store = await above(forAll(keys('aesgcm', 'one')));
  await put(store, app);
  await put(below, config, await stored(app));
  expect(String(await failure(store.read(config)))).toContain('copied from another key of the store');
});

describe('a configuration', () => {
  it('is for the resources that it names, the narrowest rule first; others stay as they are', async () => {
    const store = await above({
      resources: [
        { resources: ['kubedirectorconfigs.kubedirector.hpe.com'], providers: [keys('aesgcm', 'narrow')] },
        { resources: ['*.kubedirector.hpe.com'], providers: [keys('secretbox', 'wide')] },
        { resources: ['secrets'], providers: [keys('aescbc', 'core')] },
      ],
    });
    const others = ['/core/secrets/a/b', '/core/pods/a/b', '/short'];
    for (const key of [config, app, ...others]) await put(store, key);
    const heads = await Promise.all(
      [config, app, ...others].map(async (key) => (await stored(key)).toString('latin1')),
    );
    const expected = ['aesgcm:v1:narrow:', 'secretbox:v1:wide:', 'aescbc:v1:core:'].map((head) => `k8s:enc:${head}`);
    expect(heads.map((head, index) => head.slice(0, expected[index]?.length))).toEqual([
      ...expected,
      object.toString(),
      object.toString(),
    ]);
    const { entries } = await store.list('/');
    expect(entries.map(({ value }) => value.toString())).toEqual(Array(5).fill(object.toString()));
  });

  it('without identity refuses what is not encrypted; with it, such values are read', async () => {
    await put(below, app);
    const strict = await above(forAll(keys('aesgcm', 'one')));
    expect(String(await failure(strict.read(app)))).toContain(
      'does not name the provider identity for kubedirectorapps',
    );
    const lenient = await above(forAll(keys('aesgcm', 'one'), { identity: {} }));
    expect((await lenient.read(app))?.value).toEqual(object);
  });

  it('with identity first writes plain values, and reads encrypted ones', async () => {
    await put(await above(forAll(keys('aesgcm', 'one'))), app);
    const store = await above(forAll({ identity: {} }, keys('aesgcm', 'one')));
    expect((await store.read(app))?.value).toEqual(object);
    await put(store, config);
    expect(await stored(config)).toEqual(object);
  });
});

describe('rewriting', () => {
  const rewrite = async (configuration: EncryptionConfiguration) => {
    const encryption = await encryptionWith(configuration);
    return rewriteStale(below, () => encryption.transformers);
  };

  it('goes from plain values to a key, to another key, and back', async () => {
    for (let index = 0; index < 1_200; index++) await put(below, `${app}${index}`);
    const plain = { identity: {} };
    const [one, two] = [keys('aesgcm', 'one'), keys('secretbox', 'two')];
    expect(await rewrite(forAll(one, plain))).toEqual({ values: 1_200, rewritten: 1_200 });
    expect(await rewrite(forAll(one, plain))).toEqual({ values: 1_200, rewritten: 0 });
    expect(await rewrite(forAll(keys('aesgcm', 'new', 'one')))).toEqual({ values: 1_200, rewritten: 1_200 });
    expect(await rewrite(forAll(two, keys('aesgcm', 'new')))).toEqual({ values: 1_200, rewritten: 1_200 });
    const { entries } = await (await above(forAll(two))).list('/');
    expect(entries.every(({ value }) => value.equals(object))).toBe(true);
    expect(await rewrite(forAll(plain, two))).toEqual({ values: 1_200, rewritten: 1_200 });
    expect(await stored(`${app}7`)).toEqual(object);
  });

  it('writes nothing if a value cannot be read', async () => {
    await put(below, app);
    await put(await above(forAll(keys('aesgcm', 'lost'))), config);
    const before = await below.barrier();
    const error = await failure(rewrite(forAll(keys('aesgcm', 'one'), { identity: {} })));
    expect(error).toMatchObject({ name: 'StorageUnreadableError', key: config });
    expect(await below.barrier()).toBe(before);
  });

  it('leaves what others write meanwhile as they write it', async () => {
    const encryption = await encryptionWith(forAll(keys('aesgcm', 'one'), { identity: {} }));
    await put(below, app);
    const read = below.read.bind(below);
    let first = true;
    below.read = async (key) => {
      const entry = await read(key);
      if (first) {
        first = false;
        await put(below, key, Buffer.from('{"n":2}'));
      }
      return entry;
    };
    expect(await rewriteStale(below, () => encryption.transformers)).toEqual({ values: 1, rewritten: 1 });
    const store = new EncryptedStore(below, encryption);
    expect((await store.read(app))?.value.toString()).toBe('{"n":2}');
    expect((await stored(app)).toString('latin1')).toContain('k8s:enc:');
  });
});
