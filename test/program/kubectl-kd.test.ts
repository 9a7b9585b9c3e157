/** What `kubectl kd` prints, its exit statuses, and how it reads kubeconfigs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Ended } from '../support/command.ts';
import { startPluginFixture, type Env, type Kubeconfig, type PluginFixture } from './support/plugin.ts';

let fixture: PluginFixture;
/** What the playground has written. */
let config: Kubeconfig;
const run = (args: readonly string[], env?: Env): Promise<Ended> => fixture.run(args, env);
const kd = (...args: string[]): Promise<Ended> => fixture.kd(...args);
const written = (name: string, content: object): string => fixture.written(name, content);
const asUser = (user: object): object => ({ ...config, users: [{ name: config.users[0].name, user }] });
/** Where nobody listens. */
const lost = { name: 'lost', cluster: { server: 'https://127.0.0.1:1' } };

beforeAll(async () => {
  // What a person may have called a service, for terminals that would take it for a command.
  fixture = await startPluginFixture(String.raw`page\e[2J\u009b31m of the master`);
  ({ config } = fixture);
});
afterAll(() => fixture.stop());

describe('what is printed', () => {
  it('is a table on standard output, and the exit status is 0', async () => {
    const { code, stdout, stderr } = await kd('get');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^NAME +APP +STATE +SET UP +AGE +LAST WORDS\nspark +spark +configured +4\/4 +\d+s\n$/);
  });

  it('has other forms for programs and for who wants more', async () => {
    const json = await kd('get', 'spark', '-o', 'json');
    const views = JSON.parse(json.stdout) as object[];
    expect(views).toMatchObject([{ namespace: 'default', name: 'spark', state: 'configured', setUp: { done: 4 } }]);
    const yaml = await kd('get', 'spark', '-o', 'yaml');
    expect(parse(yaml.stdout)).toMatchObject([{ name: 'spark', roles: [{ id: 'master' }, {}, {}] }]);
    expect((await kd('get', '-o', 'name')).stdout).toBe('kubedirectorcluster.kubedirector.hpe.com/spark\n');
    expect((await kd('get', '-A', '-o', 'wide')).stdout).toMatch(
      /^NAMESPACE .* UPDATED +RESTARTS +ROLES +AGE +LAST WORDS\ndefault .* 0 +master 1\/1, worker 2\/2, jupyter 1\/1 /,
    );
  });

  it('contains nothing that a terminal would take for a command', async () => {
    const { code, stdout } = await kd('tree', 'spark');
    expect([code, stdout]).toEqual([0, expect.stringContaining('page of the master: http://')]);
    const missing = await kd('tree', 'spa\u001b[2Jrk');
    expect([missing.code, missing.stdout]).toEqual([1, '']);
    expect(missing.stderr).toMatch(/^kubectl kd: .*not found\n$/);
    for (const text of [stdout, missing.stderr, (await kd('tree', 'spark', '-o', 'yaml')).stdout])
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('is the change that a server foretells, and its name for programs', async () => {
    const { code, stdout, stderr } = await kd('scale', 'spark', 'worker', '3', '--dry-run');
    expect([code, stdout]).toEqual([0, 'role worker of spark scaled to 3 (dry run: nothing was changed)\n']);
    expect(stderr).toMatch(/^Warning: role worker: 1 member joins\n/);
    const named = await kd('suspend', 'spark', '--dry-run', '-o', 'name');
    expect(named.stdout).toBe('kubedirectorcluster.kubedirector.hpe.com/spark\n');
  });
});

describe('the exit status', () => {
  it.each([['doctor', 'spark'], ['version'], ['--help'], ['get', '--help']])('is 0 for %s %s', async (...args) => {
    const { code, stdout, stderr } = await kd(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toBe('');
  });

  it.each([
    ['get', '--colour'],
    ['get', '-o', 'xml'],
    ['tree'],
    ['trees', 'spark'],
    ['scale', 'spark', 'worker', 'many'],
    ['get', '--request-timeout', 'soon'],
    [],
  ])('is 2 for the wrong command line %s %s %s %s', async (...args) => {
    const { code, stdout, stderr } = await kd(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it.each([
    [['get', 'hadoop'], 'kubedirectorclusters.kubedirector.hpe.com "hadoop" not found'],
    [['get', '--as', 'joe'], 'User "joe" cannot list resource "kubedirectorclusters"'],
    [['get', 'spark', '-A'], 'leave out either the names or --all-namespaces'],
    [['get', '--as-group', 'system:masters'], 'say who the user of --as is'],
    [['wait', 'spark', '--for', 'condition=Suspended', '--timeout', '0'], 'the time is over'],
    [['get', '--context', 'nowhere'], 'the kubeconfig has no context "nowhere"'],
    [['get', '--kubeconfig', '/nowhere'], 'the kubeconfig cannot be used: ENOENT'],
  ])('is 1 where it cannot be done: %s', async (args, words) => {
    const { code, stdout, stderr } = await kd(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('kubectl kd: ');
    expect(stderr).toContain(words);
  });

  it('is 1 without a cluster', async () => {
    const context = { cluster: 'lost', user: 'u' };
    const contexts = [{ name: 'lost', context }];
    const file = written('lost', {
      clusters: [lost],
      users: [{ name: 'u', user: {} }],
      contexts,
      'current-context': 'lost',
    });
    const { code, stdout, stderr } = await run(['get', '--kubeconfig', file]);
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      'kubectl kd: 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n',
    ]);
    const none = await run(['get']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('--kubeconfig or KUBECONFIG name a file')]);
  });
});

describe('flags of the connection', () => {
  it('choose file, context, namespace and user', async () => {
    const [{ context }] = config.contexts;
    const contexts = [
      { name: 'lost', context: { ...context, cluster: 'lost' } },
      { name: 'empty', context: { ...context, namespace: 'kube-system' } },
    ];
    const file = written('several', {
      ...config,
      contexts,
      clusters: [...config.clusters, lost],
      'current-context': 'lost',
    });
    const get = async (...args: string[]) => (await run(['get', '-o', 'name', '--kubeconfig', file, ...args])).stdout;
    expect(await get()).toBe('');
    expect(await get('--context', 'empty')).toBe('');
    expect(await get('--context', 'empty', '--namespace', 'default')).toContain('/spark');
    const joe = ['--as', 'joe', '--as-uid', '7'];
    expect((await kd('get', ...joe, '--as-group', 'none', '--as-group', 'system:masters')).code).toBe(0);
  });

  it('are not needed with several files in KUBECONFIG, of which the first that says something counts', async () => {
    const { users, contexts, ...others } = config;
    const first = written('first', { users, contexts, 'current-context': config['current-context'] });
    const second = written('second', {
      ...others,
      users: [{ name: users[0].name, user: {} }],
      'current-context': 'none',
    });
    const files = ['/nowhere', first, second].join(delimiter);
    const { code, stderr } = await run(['get'], { KUBECONFIG: files });
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('a user of the kubeconfig', () => {
  /** A plugin that tells what it was asked, and gives what it gives. */
  const executable = (folder: string, body: string): void =>
    writeFileSync(join(fixture.directory, folder, 'plugin'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });

  it('can have a token in a file', async () => {
    const file = written('token', asUser({ tokenFile: 'token' }));
    const [, key = ''] = /#key=([\w-]+)/.exec(fixture.server.output()) ?? [];
    writeFileSync(join(fixture.directory, 'token', 'token'), `${key}\n`);
    const { code, stdout, stderr } = await run(['get', '-o', 'name', '--kubeconfig', file]);
    expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining('/spark')]);
  });

  it('can have a credential plugin, which is told about the cluster and tells the user something', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1';
    const exec = {
      ...{ apiVersion, command: './plugin', args: ['one two'], env: [{ name: 'ASKED', value: 'asked.json' }] },
      ...{ interactiveMode: 'IfAvailable', provideClusterInfo: true },
    };
    const file = written('plugin', asUser({ exec }));
    const pem = (field: string) => Buffer.from(config.users[0].user[field] ?? '', 'base64').toString();
    const status = { clientCertificateData: pem('client-certificate-data'), clientKeyData: pem('client-key-data') };
    writeFileSync(
      join(fixture.directory, 'plugin', 'answer'),
      JSON.stringify({ apiVersion, kind: 'ExecCredential', status }),
    );
    executable(
      'plugin',
      'here=$(dirname "$0"); echo "$KUBERNETES_EXEC_INFO" > "$here/$ASKED"; echo "hello $1" >&2; cat "$here/answer"',
    );
    const { code, stdout, stderr } = await run(['get', '-o', 'name', '--kubeconfig', file]);
    expect([code, stderr, stdout]).toEqual([0, 'hello one two\n', expect.stringContaining('/spark')]);
    const { cluster } = config.clusters[0];
    expect(JSON.parse(readFileSync(join(fixture.directory, 'plugin', 'asked.json'), 'utf8'))).toEqual({
      ...{ apiVersion, kind: 'ExecCredential' },
      spec: { interactive: false, cluster },
    });
  });

  it.each([
    ['fails', 'echo no; exit 3', 'failed with exit status 3'],
    ['gives something else', 'echo secret-token', 'gave no ExecCredential of client.authentication.k8s.io/v1beta1'],
  ])('is told where the credential plugin %s', async (name, body, words) => {
    const folder = name.replaceAll(' ', '-');
    const exec = { apiVersion: 'client.authentication.k8s.io/v1beta1', command: './plugin' };
    const file = written(folder, asUser({ exec }));
    executable(folder, body);
    const { code, stdout, stderr } = await run(['get', '--kubeconfig', file]);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(words)]);
    expect(stderr).not.toContain('secret-token');
  });

  it('is told how to get a credential plugin that is not there', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'kd-no-plugin', installHint: 'Ask Ann.' };
    const { code, stderr } = await run(['get', '--kubeconfig', written('absent', asUser({ exec }))]);
    expect([code, stderr]).toEqual([
      1,
      'kubectl kd: the credential plugin kd-no-plugin of the kubeconfig is not there\nAsk Ann.\n',
    ]);
  });
});
