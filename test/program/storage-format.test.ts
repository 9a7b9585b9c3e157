/** The format of the data: what a server makes of data from before, and of data that a later program wrote. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';
import { forAll, keys } from '../support/encryption.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { directory, eachInItsFolder, patience, playground, serving, started } from './cli-fixture.ts';
import { objectsOf, revisionIn, sealed, storageCommands } from './storage-commands.ts';
import { adminOf } from './support/https.ts';

eachInItsFolder();

const { storage, backup, check, restore } = storageCommands(() => ({ scratch: directory, directory }));
const formatKey = '/internal/format';
const laterFormat = JSON.stringify({ version: 1000, program: '99.1.0' });
const refused = {
  code: 2,
  stderr: expect.stringMatching(
    /the data are of format version 1000, which kubedirector 99\.1\.0 has written; .*Use kubedirector 99\.1\.0 or later/,
  ) as unknown,
};

/** An encryption configuration for everything that the format is not exempt from. */
function encrypting(): string {
  const path = join(directory, 'encryption.json');
  const kind = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration' };
  writeFileSync(path, JSON.stringify({ ...kind, ...forAll(keys('aesgcm', 'one'), { identity: {} }) }));
  return path;
}

function backupWith(value: string): string {
  const header = { format: 'kubedirector-backup', version: 1, revision: 9, objects: 1, created: '' };
  return sealed(`${JSON.stringify(header)}\n{"key":"${formatKey}","revision":7,"value":${value}}\n`);
}

async function writeLater(): Promise<void> {
  const options = { directory: join(directory, 'data'), clock: systemClock, logger: silentLogger };
  const store = await openJournalStore(options);
  await store.commit({ require: [], writes: [{ key: formatKey, value: Buffer.from(laterFormat) }] });
  await store.close();
}

/** Of a playground of a program that did not note the format: with an app, a configuration and a cluster. */
const fixture = join(import.meta.dirname, '../testdata/data-without-format');
interface Stored {
  readonly key: string;
  readonly revision: number;
  readonly value: { readonly metadata?: { readonly uid?: string } };
}
const storedIn = (text: string): Stored[] => objectsOf(text).map((line) => JSON.parse(line) as Stored);
const isOurs = ({ key }: Stored): boolean => /^\/kubedirector\.hpe\.com\/kubedirector(apps|configs)\//.test(key);
const uidsOf = (all: readonly Stored[]): string[] =>
  all
    .filter(({ key }) => key.startsWith('/kubedirector.hpe.com/kubedirectorclusters/'))
    .map(({ key, value }) => `${key} ${value.metadata?.uid}`);

describe('a data folder', () => {
  it(
    'that is new has lists with a resourceVersion that is not "0"',
    async () => {
      const admin = adminOf(directory, (await serving()).stdout());
      const list = await admin('GET', '/apis/kubedirector.hpe.com/v1beta1/kubedirectorclusters');
      const { items, metadata } = JSON.parse(list.text) as { items: unknown[]; metadata: { resourceVersion: string } };
      expect(items).toEqual([]);
      expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
      expect(backup('-').stdout).toContain(`"key":"${formatKey}"`);
    },
    patience.timeout,
  );

  it(
    'of before goes on with all of its objects and revisions',
    async () => {
      cpSync(fixture, join(directory, 'data'), { recursive: true });
      const before = backup('-').stdout;
      expect(storedIn(before).filter(isOurs)).toHaveLength(2);
      expect(uidsOf(storedIn(before))).toHaveLength(1);
      expect(before).not.toContain(formatKey);
      const program = await serving();
      const app = storedIn(before).find(({ key }) => key.startsWith('/kubedirector.hpe.com/kubedirectorapps/'));
      const [, , , namespace, name] = (app?.key ?? '').split('/');
      const admin = adminOf(directory, program.stdout());
      const read = await admin(
        'GET',
        `/apis/kubedirector.hpe.com/v1beta1/namespaces/${namespace}/kubedirectorapps/${name}`,
      );
      expect(JSON.parse(read.text)).toMatchObject({ metadata: { resourceVersion: String(app?.revision) } });
      program.process.kill('SIGTERM');
      await program.ended;
      const after = backup('-').stdout;
      expect(after).toContain(`"key":"${formatKey}"`);
      expect(revisionIn(check().stdout)).toBeGreaterThan((JSON.parse(before.split('\n')[0] ?? '') as Stored).revision);
      expect(storedIn(after).filter(isOurs)).toEqual(storedIn(before).filter(isOurs));
      expect(uidsOf(storedIn(after))).toEqual(uidsOf(storedIn(before)));
      // Version 0.1.0 would not look for the format.
      expect(readFileSync(join(directory, 'data/format.json'), 'utf8')).toContain('"version":2');
    },
    patience.timeout,
  );

  it('of a later program is refused by the server and by commands, and stays as it is', async () => {
    await writeLater();
    const journal = (): string => readFileSync(join(directory, 'data/journal.jsonl'), 'utf8');
    const before = journal();
    expect(await playground().ended).toMatchObject(refused);
    expect(check()).toMatchObject(refused);
    expect(backup('-')).toMatchObject(refused);
    expect(storage(['copy', '--from-data', directory, '--to-data', join(directory, 'copy')])).toMatchObject(refused);
    const rewrite = ['rewrite', '--data', directory, '--encryption-provider-config', encrypting()];
    expect(storage(rewrite)).toMatchObject(refused);
    expect(journal()).toBe(before);
  });

  it('is not restored from the backup of a later program', () => {
    expect(restore(['-'], backupWith(laterFormat))).toMatchObject(refused);
    expect(check()).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such folder') as unknown });
  });

  it('shows its format also where everything is encrypted', () => {
    expect(restore(['-'], backupWith('{"version":1,"program":"0.9.0"}'))).toMatchObject({ code: 0 });
    const rewritten = storage(['rewrite', '--data', directory, '--encryption-provider-config', encrypting()]);
    expect(rewritten).toMatchObject({ code: 0, stdout: '0 of 1 values were written anew\n' });
    expect(backup('-').stdout).toContain(`"key":"${formatKey}","revision":7,"value":{"version":1`);
  });
});

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? noEtcd : 'objects in etcd', () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcd();
  });
  afterAll(() => cluster.stop());

  const inEtcd = (prefix: string): string[] => [
    ...['--storage', 'etcd', '--etcd-servers', cluster.endpoints.join(','), '--etcd-prefix', prefix],
  ];
  /** Waits for a kube-apiserver that there is not, once it has its storage. */
  function serve(prefix: string) {
    const kubeconfig = join(directory, 'kubeconfig');
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'none', user: {} }],
        contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
        'current-context': 'none',
      }),
    );
    const address = ['--port', '0', '--bind-address', '127.0.0.1', '--log-level', 'debug'];
    return started([
      ...['serve', ...inEtcd(prefix), ...address, '--kubeconfig', kubeconfig, '--system-namespace', 'kubedirector'],
    ]);
  }

  it(
    'of before stay, and get the format',
    async () => {
      cpSync(fixture, join(directory, 'data'), { recursive: true });
      const objects = storedIn(backup('-').stdout);
      // A server of before wrote no key but these: PREFIX/origin is made by restores and copies alone.
      for (const { key, value } of objects) {
        await cluster.ctlReading(JSON.stringify(value), 'put', `/before/objects${key}`);
      }
      const before = storedIn(storage(['backup', '-', ...inEtcd('/before')]).stdout);
      const server = serve('/before');
      await server.printed('cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
      server.process.kill('SIGTERM');
      await server.ended;
      const after = storedIn(storage(['backup', '-', ...inEtcd('/before')]).stdout);
      expect(after.filter(({ key }) => key !== formatKey)).toEqual(before);
      expect(after).toHaveLength(before.length + 1);
    },
    patience.timeout,
  );

  it(
    'of a later program are refused by the server and by commands',
    async () => {
      await cluster.ctl('put', `/later/objects${formatKey}`, laterFormat);
      expect(await serve('/later').ended).toMatchObject(refused);
      expect(storage(['check', ...inEtcd('/later')])).toMatchObject(refused);
      expect(storage(['backup', '-', ...inEtcd('/later')])).toMatchObject(refused);
      const rewrite = ['rewrite', ...inEtcd('/later'), '--encryption-provider-config', encrypting()];
      expect(storage(rewrite)).toMatchObject(refused);
      const from = ['--from-etcd-servers', cluster.endpoints.join(','), '--from-etcd-prefix', '/later'];
      expect(storage(['copy', ...from, '--to-data', join(directory, 'copy')])).toMatchObject(refused);
      expect(storage(['restore', '-', ...inEtcd('/empty')], backupWith(laterFormat))).toMatchObject(refused);
    },
    patience.timeout,
  );
});
