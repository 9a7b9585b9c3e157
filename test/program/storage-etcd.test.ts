/** The commands of `storage` on etcd, and copies between engines. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/command.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';

let scratch: string;
let cluster: EtcdCluster;
let servers: string;

function storage(...args: readonly string[]) {
  const argv = [builtProgram, 'storage', ...args];
  const { status: code, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: scratch });
  return { code, stdout, stderr };
}
const inEtcd = (prefix: string) => ['--storage', 'etcd', '--etcd-servers', servers, '--etcd-prefix', prefix];
const path = (name: string): string => join(scratch, name);

/** Key, value: what copies have in common. */
const contents = (backup: string): unknown[] =>
  backup
    .split('\n')
    .slice(1, -2)
    .map((line) => {
      const { key, value } = JSON.parse(line) as { key: string; value: unknown };
      return [key, value];
    });
const revisionOf = (backup: string): number =>
  (JSON.parse(backup.split('\n')[0] ?? '') as { revision: number }).revision;
const revisionsOf = (backup: string): number[] =>
  [...backup.matchAll(/"revision":(\d+),"value"/g)].map(([, text]) => Number(text));

const source = (() => {
  const entries = Array.from({ length: 300 }, (_, index) => {
    const name = `config-${String(index).padStart(3, '0')}`;
    const object = {
      kind: 'KubeDirectorConfig',
      metadata: { name, namespace: 'ns' },
      spec: { note: `\u00e9 ${index}` },
    };
    const key = `/kubedirector.hpe.com/kubedirectorconfigs/ns/${name}`;
    return JSON.stringify({ key, revision: 500_000 + index, value: object });
  });
  const header = { format: 'kubedirector-backup', version: 1, revision: 700_000, objects: 300, created: '' };
  const lines = [JSON.stringify(header), ...entries].map((line) => `${line}\n`).join('');
  const sha256 = createHash('sha256').update(lines).digest('hex');
  return `${lines}${JSON.stringify({ end: true, sha256 })}\n`;
})();

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? noEtcd : 'kubedirector storage on etcd', () => {
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'kubedirector-storage-etcd-'));
    cluster = await startEtcd();
    servers = cluster.endpoints.join(',');
    writeFileSync(path('source'), source);
    expect(storage('restore', path('source'), '--data', path('lowdb'))).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(scratch, { recursive: true });
  });

  it('copies a folder to etcd and back, and revisions only rise', () => {
    const toEtcd = ['--to-etcd-servers', servers, '--to-etcd-prefix', '/copied'];
    const there = storage('copy', '--from-data', path('lowdb'), ...toEtcd);
    expect(there).toMatchObject({ code: 0, stderr: '' });
    expect(there.stdout).toContain(`copied 300 objects of ${path('lowdb/data')} (revision 700000) to /copied in etcd`);
    expect(storage('backup', path('etcd.backup'), ...inEtcd('/copied'))).toMatchObject({ code: 0 });
    const copied = readFileSync(path('etcd.backup'), 'utf8');
    expect(contents(copied)).toEqual(contents(source));
    expect(Math.min(...revisionsOf(copied))).toBeGreaterThan(700_000);

    const fromEtcd = ['--from-etcd-servers', servers, '--from-etcd-prefix', '/copied'];
    expect(storage('copy', ...fromEtcd, '--to-data', path('back'))).toMatchObject({ code: 0, stderr: '' });
    const back = storage('backup', '-', '--data', path('back')).stdout;
    expect(contents(back)).toEqual(contents(source));
    expect(revisionOf(back)).toBe(revisionOf(copied));
    expect(revisionsOf(back)).toEqual(revisionsOf(copied));

    for (const args of [
      ['--from-data', path('lowdb'), ...toEtcd],
      [...fromEtcd, '--to-data', path('back')],
    ]) {
      const { code, stderr } = storage('copy', ...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/already; nothing was changed/);
    }
  });

  it('restores into etcd what another engine held, and replaces objects only when they are kept', () => {
    const target = inEtcd('/restored');
    const first = storage('restore', path('source'), ...target);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('restored 300 objects to /restored in etcd, from the backup of');
    for (const flags of [[], ['--replace']]) {
      expect(storage('restore', path('source'), ...target, ...flags)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--aside FILE') as unknown,
      });
    }
    const before = storage('backup', '-', ...target).stdout;
    const again = storage('restore', path('source'), ...target, '--replace', '--aside', path('aside.backup'));
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(`the data that were there are in ${path('aside.backup')}`);
    expect(contents(readFileSync(path('aside.backup'), 'utf8'))).toEqual(contents(before));
    const after = storage('backup', '-', ...target).stdout;
    expect(Math.min(...revisionsOf(after))).toBeGreaterThan(revisionOf(before));
  });

  it('checks what is in etcd', async () => {
    expect(storage('restore', path('source'), ...inEtcd('/checked'))).toMatchObject({ code: 0 });
    const well = storage('check', ...inEtcd('/checked'));
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toMatch(/^\/checked in etcd was read: revision \d+, 300 objects\n {2}kubedirector\.hpe\.com\//);
    await cluster.ctl('put', '/checked/objects/kubedirector.hpe.com/kubedirectorapps/ns/a', '{"kind":');
    const damaged = storage('check', ...inEtcd('/checked'));
    expect(damaged).toMatchObject({ code: 1, stderr: 'kubedirector: 1 object cannot be served\n' });
    expect(damaged.stdout).toContain('kubedirectorapps/ns/a: it is not a JSON object with metadata');
    expect(storage('check', ...inEtcd('/nothing'))).toMatchObject({ code: 2 });
  });

  it.each([
    [['--from-data', 'a'], 'name --to-data or --to-etcd-servers'],
    [['--to-data', 'a'], 'name --from-data or --from-etcd-servers'],
    [['--from-data', 'a', '--from-etcd-servers', 'http://b', '--to-data', 'c'], '--from-data is of no use with'],
    [['--from-data', 'a', '--to-data', 'c', '--to-etcd-user', 'u'], '--to-etcd-user is of no use without'],
    [
      ['--from-data', 'a', '--to-etcd-servers', 'http://b', '--to-etcd-certfile', 'c'],
      '--to-etcd-certfile and --to-etcd-keyfile',
    ],
  ])('copies nothing with %j', (args, message) => {
    expect(storage('copy', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as unknown });
  });
});
