import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { clusterCommands } from '../../../src/plugin/clusters/commands.ts';
import { run } from './cluster-server.ts';
import { cluster, condition, endpoint, member } from '../view/fixture.ts';

const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';
const spark = cluster({
  state: 'updating',
  conditions: [condition('Ready', 'False', 'm-0:\u001b[2J no image')],
  roles: [
    {
      ...{ id: 'master', statefulSet: 'm' },
      members: [
        member('m-0', { state: 'create pending', stateDetail: { podErrorMessage: 'no\u001b]0;x\u0007 image' } }),
      ],
    },
  ],
});

test('lists clusters as the user of the kubeconfig, without escape sequences', async () => {
  const { out, code, asked } = await run(['get', '--as', 'ann'], {
    [`${root}/kubedirectorclusters`]: {
      metadata: {},
      items: [{ ...spark, metadata: { ...spark.metadata, creationTimestamp: 'never' } }],
    },
  });
  expect(out).toBe(
    'NAME    APP     STATE      SET UP   AGE         LAST WORDS\n' +
      'spark   spark   updating   0/3      <unknown>   m-0: no image\n',
  );
  expect(code).toBe(0);
  expect(asked).toMatchObject([
    { path: `${root}/kubedirectorclusters`, user: 'ann', authorization: 'Bearer secret-token' },
  ]);
});

test('asks for long lists in parts, and for all at once where the server forgets them', async () => {
  const named = (name: string) => ({ ...spark, metadata: { ...spark.metadata, name } });
  const path = `${root}/kubedirectorclusters`;
  const { out, asked } = await run(['get', '-o', 'name'], {
    [`${path}?limit=500`]: { metadata: { continue: 'more' }, items: [named('a')] },
    [`${path}?limit=500&continue=more`]: { metadata: {}, items: [named('b')] },
  });
  const line = (name: string) => `kubedirectorcluster.kubedirector.hpe.com/${name}\n`;
  expect(out).toBe(line('a') + line('b'));
  expect(asked.map(({ query }) => query)).toEqual(['limit=500', 'limit=500&continue=more']);
  const forgotten = await run(['get', '-o', 'name'], {
    [`${path}?limit=500`]: { metadata: { continue: 'more' }, items: [named('a')] },
    [`${path}?limit=500&continue=more`]: 410,
    [path]: { metadata: {}, items: [named('a'), named('c')] },
  });
  expect(forgotten.out).toBe(line('a') + line('c'));
});

test('gives up after the time of --request-timeout', async () => {
  const { err, code } = await run(['get', '--request-timeout', '30ms'], {
    [`${root}/kubedirectorclusters`]: new Promise(() => undefined),
  });
  expect([err, code]).toEqual([expect.stringMatching(/127.0.0.1:\d+ has not answered in the time of/), 1]);
});

test('asks as the user of --as, with groups and UID', async () => {
  const { asked } = await run(['get', '--as=ann', '--as-group=a', '--as-group', 'b', '--as-uid=7'], {});
  expect(asked).toMatchObject([{ user: 'ann', groups: ['a', 'b'], uid: '7' }]);
});

test('shows what belongs to a cluster', async () => {
  const { out } = await run(['tree', 'spark'], {
    [`${root}/kubedirectorclusters/spark`]: spark,
    [`${root}/kubedirectorendpoints`]: { metadata: {}, items: [endpoint('m-0')] },
  });
  expect(out.split('\n').slice(1)).toEqual([
    '  m-0: no image',
    '  master: 0/1 set up',
    '    m-0: create pending',
    '      no image',
    '      Spark UI: http://m-0.svc:8080/',
    '  worker: 0/2 set up',
    '',
  ]);
});

test('says what is wrong, what was not looked at, and ends with 1 for an error', async () => {
  const { out, code } = await run(['doctor', 'spark'], { [`${root}/kubedirectorclusters/spark`]: spark });
  expect(out).toContain('error: m-0: no image\n  -> ');
  expect(out).toContain('Not looked at, as you may not list them: pods, events.');
  expect(code).toBe(1);
});

test("tells a server's refusal without its escape sequences, and never the token", async () => {
  const { out, err, code } = await run(['get', '-o', 'json'], {});
  expect([out, err, code]).toEqual(['', 'kubectl kd: no\n', 1]);
});

test('does not show a token of a kubeconfig that cannot be read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kd-plugin-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config');
  writeFileSync(file, 'users:\n- user:\n    token: secret-token\n   bad: [\n');
  const said = { out: '', err: '' };
  const [get = new Command()] = clusterCommands({
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    end: () => undefined,
  });
  await get.parseAsync(['--kubeconfig', file], { from: 'user' });
  expect(said).toEqual({ out: '', err: 'kubectl kd: the kubeconfig cannot be used: it is no valid YAML (line 4)\n' });
});
