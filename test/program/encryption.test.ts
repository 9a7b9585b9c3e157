import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';
import { etcdBinary, noEtcd, startEtcd } from '../support/etcd.ts';
import { forAll, keys } from '../support/encryption.ts';
import { directory, eachInItsFolder, started } from './cli-fixture.ts';

eachInItsFolder();

type Provider = Parameters<typeof forAll>[number];
const plain: Provider = { identity: {} };

/** The path of a configuration for everything. */
function configuration(...providers: Provider[]): string {
  const path = join(directory, 'encryption.json');
  const kind = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration' };
  writeFileSync(path, JSON.stringify({ ...kind, ...forAll(...providers) }));
  return path;
}

const storage = (...args: readonly string[]) => started(['storage', ...args]).ended;
const rewrite = (place: readonly string[], ...providers: Provider[]) =>
  storage('rewrite', ...place, '--encryption-provider-config', configuration(...providers));
const key = '/kubedirector.hpe.com/kubedirectorconfigs/kubedirector/kd-global-config';
const object = {
  ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorConfig' },
  ...{ metadata: { namespace: 'kubedirector', name: 'kd-global-config' }, spec: { masterEncryptionKey: 'abc' } },
};

async function writeFolder(): Promise<readonly string[]> {
  const store = await openJournalStore({
    directory: join(directory, 'data'),
    clock: systemClock,
    logger: silentLogger,
  });
  await store.commit({ require: [], writes: [{ key, value: Buffer.from(JSON.stringify(object)) }] });
  await store.close();
  return ['--data', directory];
}
/** Everything in the folder. */
const folderText = (): string => {
  const names = readdirSync(join(directory, 'data'), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')).join('');
};

describe('kubedirector storage rewrite', () => {
  it('encrypts what is in a folder, changes the key, and decrypts it again', async () => {
    const place = await writeFolder();
    const first = await rewrite(place, keys('aesgcm', 'one'), plain);
    expect(first).toMatchObject({ code: 0, stdout: '1 of 1 values were written anew\n', stderr: '' });
    // Not in an old line of the journal either.
    expect(folderText()).not.toContain('masterEncryptionKey');
    expect(await rewrite(place, keys('aesgcm', 'one'))).toMatchObject({ stdout: '0 of 1 values were written anew\n' });
    expect(await rewrite(place, keys('secretbox', 'two'), keys('aesgcm', 'one'))).toMatchObject({ code: 0 });
    expect(await rewrite(place, plain, keys('secretbox', 'two'))).toMatchObject({ code: 0 });
    const backup = await storage('backup', ...place, '-');
    expect(backup.stdout).toContain(`"value":${JSON.stringify(object)}`);
  });

  it('leaves a store that `check` reads with its keys, and of which a backup is encrypted', async () => {
    const place = await writeFolder();
    const warning = 'warning: THIS BACKUP IS NOT ENCRYPTED: masterEncryptionKey, auth tokens and everything else';
    expect((await storage('backup', ...place, join(directory, 'plain'))).stderr).toContain(warning);
    await rewrite(place, keys('aesgcm', 'one'), plain);
    const backup = await storage('backup', ...place, join(directory, 'encrypted'));
    expect(backup).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(directory, 'encrypted'), 'utf8')).not.toContain('masterEncryptionKey');
    const check = (...providers: Provider[]) =>
      storage('check', ...place, '--encryption-provider-config', configuration(...providers));
    expect((await storage('check', ...place)).stdout).toContain('1 object encrypted: name the keys with');
    expect((await check(keys('aesgcm', 'one'))).stdout).toMatch(/\n1 object encrypted\n$/);
    expect((await check(keys('secretbox', 'two'), keys('aesgcm', 'one'))).stdout).toContain(
      '1 object not written with the first key: `storage rewrite` writes them anew',
    );
    const unreadable = await check(keys('aesgcm', 'two'));
    expect(unreadable.stdout).toContain(`  ${key} cannot be read: it is encrypted with aesgcm, key "one"`);
    expect(unreadable).toMatchObject({ code: 1, stderr: 'kubedirector: 1 object cannot be decrypted\n' });
    const copy = join(directory, 'copy');
    expect((await storage('restore', '--data', copy, join(directory, 'encrypted'))).code).toBe(0);
    expect(await rewrite(['--data', copy], plain, keys('aesgcm', 'one'))).toMatchObject({ code: 0 });
  });

  it('tells in one line which key is missing', async () => {
    const place = await writeFolder();
    await rewrite(place, keys('aesgcm', 'one'), plain);
    const { code, stderr } = await rewrite(place, keys('aesgcm', 'two'));
    expect(stderr).toBe(
      `kubedirector: ${key} cannot be read: it is encrypted with aesgcm, key "one", which the encryption configuration ` +
        'does not name for kubedirectorconfigs.kubedirector.hpe.com\n',
    );
    expect(code).toBe(1);
  });

  it('refuses a configuration that cannot be used, and says which flag is missing', async () => {
    const wrong = await rewrite(await writeFolder());
    expect(wrong.stderr).toMatch(/^kubedirector: --encryption-provider-config: .*providers: Required value.*\n$/);
    expect(wrong.code).toBe(2);
    const { code, stderr } = await storage('rewrite');
    expect(stderr).toContain("required option '--encryption-provider-config <file>' not specified");
    expect(code).toBe(2);
  });

  it.skipIf(etcdBinary === undefined)(
    etcdBinary === undefined ? noEtcd : 'rewrites what is in etcd, and nothing of others',
    async () => {
      const cluster = await startEtcd();
      try {
        await cluster.ctlReading(JSON.stringify(object), 'put', `/kubedirector/objects${key}`);
        await cluster.ctl('put', '/somebody/else', 'x');
        const place = ['--storage', 'etcd', '--etcd-servers', cluster.endpoints.join(',')];
        const done = await rewrite(place, keys('aesgcm', 'one'), plain);
        expect(done).toMatchObject({ code: 0, stdout: '1 of 1 values were written anew\n' });
        const stored = await cluster.ctl('get', '--print-value-only', `/kubedirector/objects${key}`);
        expect(stored).toContain('k8s:enc:aesgcm:v1:one:');
        expect(stored).not.toContain('masterEncryptionKey');
        expect((await rewrite(place, plain, keys('aesgcm', 'one'))).code).toBe(0);
        expect(await cluster.ctl('get', '--print-value-only', `/kubedirector/objects${key}`)).toContain('"abc"');
      } finally {
        await cluster.stop();
      }
    },
  );
});

describe('kubedirector serve', () => {
  const serve = (...args: readonly string[]) => {
    const kubeconfig = {
      clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'none', user: {} }],
      contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
      'current-context': 'none',
    };
    writeFileSync(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig));
    const address = ['--port', '0', '--bind-address', '127.0.0.1', '--system-namespace', 'kubedirector'];
    return started(['serve', '--data', directory, '--kubeconfig', join(directory, 'kubeconfig'), ...address, ...args]);
  };

  it('refuses flags of encryption without a configuration, and a configuration that it cannot use', async () => {
    const alone = await serve('--encryption-provider-config-automatic-reload').ended;
    expect(alone.stderr).toContain('--encryption-provider-config-automatic-reload is of no use without');
    expect(alone.code).toBe(2);
    const absent = await serve('--encryption-provider-config', join(directory, 'absent')).ended;
    expect(absent.stderr).toContain('kubedirector: --encryption-provider-config: ENOENT');
    expect(absent.code).toBe(2);
  });

  it('encrypts what was in its folder in the background, if it is told to', async () => {
    await writeFolder();
    const file = configuration(keys('aesgcm', 'one'), plain);
    const server = serve('--encryption-provider-config', file, '--encryption-provider-config-rewrite');
    await server.printed('stored values were encrypted anew');
    server.process.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    expect(folderText()).toContain('"base64":"azhzOmVuYzphZXNnY206djE6b25lO');
    expect(folderText()).not.toContain('masterEncryptionKey');
  });
});

describe('a server without the keys of its data', () => {
  const playground = () => started(['playground', '--data', directory, '--port', '0']).ended;

  it('does not start, and says why in one line', async () => {
    await rewrite(await writeFolder(), keys('aesgcm', 'one'), plain);
    const { code, stderr } = await playground();
    expect(stderr).toContain(
      `kubedirector: ${key} cannot be read: it is encrypted, and this server has no encryption configuration`,
    );
    expect(code).toBe(1);
  });
});
