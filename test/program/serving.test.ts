import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority } from '../support/certificates.ts';
import { command, type Command } from '../support/command.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';
import { get, send, type Caller } from './support/https.ts';

let directory: string;
let authority: Authority;
let cluster: FakeApiServer;
let server: Command;
let url: string;
let administrator: Caller;
/** Whether kube-apiserver answers the lists of the server's informers. */
let lists = false;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-serving-'));
  const file = (name: string): string => join(directory, name);
  authority = await createAuthority();
  const serving = await authority.issue('CN=localhost', { usage: 'serverAuth' });
  administrator = { ca: authority.cert, ...(await authority.issue('O=system:masters, CN=admin')) };
  writeFileSync(file('tls.crt'), serving.cert);
  writeFileSync(file('tls.key'), serving.key);
  cluster = await FakeApiServer.start(serving);
  cluster.interfere = ({ path }) => (lists || !/\/(pods|nodes)$/.test(path) ? undefined : { status: 500 });
  writeFileSync(file('kubeconfig'), cluster.config.exportConfig());
  server = command([
    ...['serve', '--data', file('data'), '--bind-address', '127.0.0.1', '--port', '0'],
    ...['--kubeconfig', file('kubeconfig'), '--system-namespace', 'kubedirector'],
    ...['--tls-cert-file', file('tls.crt'), '--tls-private-key-file', file('tls.key')],
    '--ui',
  ]);
  await server.printed('serving kubedirector.hpe.com');
  const port = /"port":(\d+)/.exec(server.stdout() + server.stderr())?.[1] ?? '';
  url = `https://127.0.0.1:${port}`;
});
afterAll(async () => {
  server.process.kill('SIGTERM');
  const { code } = await server.ended;
  await cluster.close();
  rmSync(directory, { recursive: true });
  expect(code).toBe(0);
});

/** Without credentials, as probes do. */
const probe = (path: string) => get(`${url}${path}`, { ca: authority.cert });
/** Waits until the server has read which CA kube-apiserver trusts. */
async function trust(): Promise<void> {
  const name = { name: 'extension-apiserver-authentication', namespace: 'kube-system' };
  cluster.put({ apiVersion: 'v1', kind: 'ConfigMap' }, name, { data: { 'client-ca-file': authority.cert } });
  const check = '/readyz/delegated-authentication';
  await expect.poll(async () => (await probe(check)).status, { timeout: 30_000 }).toBe(200);
}

describe('a server behind kube-apiserver', () => {
  it('serves the page with --ui, to browsers without credentials, and no tickets', async () => {
    const page = await get(`${url}/`, { ca: authority.cert }, { accept: 'text/html' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('name="kubedirector-place" content="serve"');
    const script = /src="(ui\/page-\w+\.js)"/.exec(page.text)?.[1] ?? 'no script';
    expect((await probe(`/${script}`)).status).toBe(200);
    expect((await probe('/')).status).toBe(401);
    expect((await send(`${url}/ui/session`, { ca: authority.cert }, { method: 'POST', body: '{}' })).status).toBe(405);
  });

  it('reports, check by check, what it does not know yet', async () => {
    const { status, text } = await probe('/readyz?verbose');
    expect(status).toBe(500);
    expect(text).toContain('[-]delegated-authentication failed');
    expect(text).toContain('[-]informers failed');
    expect((await probe('/readyz/informers')).status).toBe(500);
    expect((await probe('/readyz/delegated-authentication')).status).toBe(500);
    expect((await probe('/livez')).status).toBe(200);
  });

  it('is ready once it knows which CA to trust and has listed the objects', async () => {
    await trust();
    expect((await probe('/readyz')).status).toBe(500);
    lists = true;
    await expect.poll(async () => (await probe('/readyz/informers')).status, { timeout: 30_000 }).toBe(200);
    const { status, text } = await probe('/readyz?verbose');
    expect(status).toBe(200);
    expect(text).toContain('[+]delegated-authentication ok');
    expect(text).toContain('[+]informers ok');
  });

  it('exports metrics of its storage', async () => {
    await trust();
    const { status, text } = await get(`${url}/metrics`, administrator);
    expect(status).toBe(200);
    for (const sample of journalSamples) expect(text).toMatch(sample);
    expect(text).toContain('# TYPE kubedirector_journal_snapshots_total counter');
  });
});

const journalSamples = [
  /^kubedirector_journal_fsync_duration_seconds_count \d+$/m,
  /^kubedirector_journal_bytes [1-9]\d*$/m,
  /^kubedirector_journal_objects \d+$/m,
  /^kubedirector_journal_failed_writes_total 0$/m,
  /^kubedirector_journal_snapshot_duration_seconds_count \d+$/m,
];
