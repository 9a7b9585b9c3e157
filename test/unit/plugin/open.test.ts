import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { KubeDirectorEndpoint } from '../../../src/apis/kubedirector/types.ts';
import { openCommand } from '../../../src/plugin/forward/command.ts';
import { endpoint } from '../view/fixture.ts';
import { ask, startServer } from './forward-fixture.ts';

const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorendpoints';

function endpointOf(member: string, service: string, { ready = true, scheme = 'http' } = {}): KubeDirectorEndpoint {
  const made = endpoint(member);
  return {
    ...made,
    metadata: { name: `${member}.${service}`, namespace: 'default' },
    ...(made.spec && { spec: { ...made.spec, service, scheme } }),
    status: { url: `http://${member}.svc:8080//lab?x=1`, externalURLs: [], ready },
  };
}

/** Runs the command until it is interrupted, against an API server with these endpoints. */
async function open(items: readonly KubeDirectorEndpoint[], args: readonly string[]) {
  const api = await startServer(({ url = '' }, response) => {
    response.end(url.startsWith(`${root}?`) ? JSON.stringify({ metadata: {}, items }) : url);
  });
  const folder = mkdtempSync(join(tmpdir(), 'kd-open-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'k', cluster: { server: api.origin, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'secret-token' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  };
  writeFileSync(join(folder, 'config'), JSON.stringify(config));
  const said = { out: '', err: '', code: -1, opened: [] as string[] };
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  const command = openCommand({
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    end: (code) => (said.code = code),
    interrupted: () => interrupted,
    openBrowser: (url) => Promise.resolve(said.opened.push(url) > 0),
  });
  const ended = command.parseAsync([...args, '--kubeconfig', join(folder, 'config')], { from: 'user' });
  return { said, interrupt, ended };
}

const failure = async (items: readonly KubeDirectorEndpoint[], args: readonly string[]) => {
  const { said, ended } = await open(items, args);
  await ended;
  expect([said.code, said.out, said.opened]).toEqual([1, '', []]);
  return said.err;
};

test('opens the first ready member, and ends when it is interrupted', async () => {
  const items = [endpointOf('m-0', 'ui', { ready: false }), endpointOf('m-1', 'ui'), endpointOf('m-2', 'ui')];
  const { said, interrupt, ended } = await open(items, ['spark']);
  await expect.poll(() => said.opened.length).toBe(1);
  expect(said.out).toMatch(
    /^m-1\.ui: http:\/\/kd-\w+\.localhost:\d+\/\.kubedirector\/open\/[\w-]+ \(Ctrl-C ends it\)\n$/,
  );
  const [, url = ''] = /(http:\S+)/.exec(said.out) ?? [];
  // What the browser's arguments show opens once.
  expect(said.opened).not.toContain(url);
  const { host, pathname } = new URL(said.opened[0] ?? '');
  const page = await ask(host, pathname);
  expect(page.text).toContain('content="0; url=/lab?x=1"');
  const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  expect((await ask(host, '/a', { headers: { cookie } })).text).toBe(`${root}/m-1.ui/proxy/a`);
  expect(said.out + said.err).not.toContain('secret-token');
  interrupt();
  await ended;
  expect(said.code).toBe(0);
  await expect(ask(host, '/a', { headers: { cookie } })).rejects.toThrow('ECONNREFUSED');
});

test('opens the member that is named, without a browser', async () => {
  const { said, interrupt, ended } = await open(
    [endpointOf('m-0', 'ui'), endpointOf('m-1', 'ui'), endpointOf('m-1', 'api')],
    ['spark/ui', '--member', 'm-1', '--no-browser'],
  );
  await expect.poll(() => said.out).toMatch(/^m-1\.ui: /);
  interrupt();
  await ended;
  expect(said.opened).toEqual([]);
});

test('says which services and members there are', async () => {
  const items = [endpointOf('m-0', 'ui'), endpointOf('m-1', 'ui'), endpointOf('m-0', 'a\u001b[2Jpi')];
  expect(await failure(items, ['spark'])).toContain('kubectl kd open spark/SERVICE; there are: api, ui');
  expect(await failure(items, ['spark/web'])).toContain('there is no service web; there are: api, ui');
  expect(await failure(items, ['spark/ui', '--member', 'm-7'])).toContain('these have it: m-0, m-1');
  expect(await failure([endpointOf('m-0', 'ui', { ready: false })], ['spark'])).toContain(
    'no member with this service is ready',
  );
  expect(await failure([endpointOf('m-0', 'ui', { scheme: 'tcp' })], ['spark'])).toContain(
    'no cluster spark with a service',
  );
});
