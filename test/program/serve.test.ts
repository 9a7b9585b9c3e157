import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { createAuthority } from '../support/certificates.ts';

/** Nothing listens there. */
const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'none', user: {} }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  'current-context': 'none',
});

let directory: string;
const file = (name: string): string => join(directory, name);
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-serve-'));
  const authority = await createAuthority();
  const one = await authority.issue('CN=one', { usage: 'serverAuth' });
  const other = await authority.issue('CN=other', { usage: 'serverAuth' });
  writeFileSync(file('one.crt'), one.cert);
  writeFileSync(file('one.key'), one.key);
  writeFileSync(file('other.key'), other.key);
  writeFileSync(file('kubeconfig'), kubeconfig);
  writeFileSync(file('policy.yaml'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Everything}]\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const serve = (...args: readonly string[]) =>
  command(['serve', '--data', file('data'), '--port', '0', '--kubeconfig', file('kubeconfig'), ...args]);
const namespace = ['--system-namespace', 'kubedirector'];

describe('kubedirector serve', () => {
  it('explains every flag', async () => {
    const { code, stdout } = await command(['serve', '--help']).ended;
    const lines = stdout.slice(stdout.indexOf('Options:')).split('\n').slice(1);
    const flags = lines.filter((line) => /^ {2}-/.test(line));
    expect(code).toBe(0);
    expect(flags.length).toBeGreaterThan(20);
    for (const flag of flags) expect(flag).toMatch(/^ {2}(-h, )?--[a-z-]+( <\w+>| \[\w+\])? {2,}\w+.* \w+/);
  });

  it('comes with guest tools, which may be left out', async () => {
    const { stdout } = await command(['serve', '--help']).ended;
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/--guest-tools <file> [^"]*\(default: "[^"]*dist\/guest-tools\.tgz"\)/);
    const without = serve(...namespace, '--no-guest-tools');
    await without.printed('cannot be reached');
    without.process.kill('SIGTERM');
    expect(await without.ended).toMatchObject({ code: 0 });
  });

  it.each([
    ['no namespace, outside of a pod', [], 'name it with --system-namespace'],
    ['a namespace that is none', ['--system-namespace', 'Not_One'], 'lower case letters'],
    ['a kubeconfig that is not there', [...namespace, '--kubeconfig', '/nowhere'], '(--kubeconfig)'],
    ['a certificate without key', [...namespace, '--tls-cert-file', '/nowhere'], '--tls-private-key-file go together'],
    ['a CA for a certificate of its own', [...namespace, '--tls-ca-file', '/nowhere'], 'name --tls-cert-file, too'],
    ['a name that is none', [...namespace, '--tls-name', '1.2.3.400'], '1.2.3.400'],
    ['guest tools that are not there', [...namespace, '--guest-tools', '/nowhere.tgz'], '--guest-tools /nowhere.tgz'],
    ['an address that is none', [...namespace, '--bind-address', 'not-an-ip'], 'name another with --bind-address'],
    ["another machine's address", [...namespace, '--bind-address', '192.0.2.1'], 'name another with --bind-address'],
    ['audit flags without a policy', [...namespace, '--audit-log-path', '-'], 'of no use without --audit-policy-file'],
    ['a size of no audit log', [...namespace, '--audit-log-maxsize', '100'], '--audit-log-maxsize is of no use'],
    ['a number of no audit logs', [...namespace, '--audit-log-maxbackup', '10'], '--audit-log-maxbackup is of no use'],
    [
      'a name for a certificate from files',
      [...namespace, '--tls-cert-file', 'a', '--tls-private-key-file', 'b', '--tls-name', 'c'],
      '--tls-name is for a certificate of its own',
    ],
    [
      'times of no election',
      [...namespace, '--leader-elect-retry-period', '1s'],
      '--leader-elect-retry-period is of no',
    ],
    [
      'a renew deadline that is too long',
      [...namespace, '--leader-elect', '--leader-elect-renew-deadline', '15s'],
      'the lease duration must be longer than the renew deadline',
    ],
    [
      'a Lease of half a second more',
      [...namespace, '--leader-elect=true', '--leader-elect-lease-duration', '15s500ms'],
      'a Lease counts in whole seconds',
    ],
    ['a time without unit', [...namespace, '--leader-elect-lease-duration', '15'], 'a time is for example 15s'],
    ['an audit policy that is not there', [...namespace, '--audit-policy-file', '/nowhere'], '--audit-policy-file'],
    ['no file for traces', [...namespace, '--tracing-config-file', '/nowhere'], '--tracing-config-file: ENOENT'],
    ['servers of etcd without etcd', [...namespace, '--etcd-servers', 'https://a'], 'of no use without --storage etcd'],
    ['a port that is none', [...namespace, '--port', '70000'], 'a port is a number'],
    ['neither true nor false', [...namespace, '--service-auth-token-annotation', 'no'], 'say true or false'],
    ['no time at all for requests', [...namespace, '--request-timeout', '0'], 'a time is a number from 1'],
  ])('starts nothing with %s, and says what is wrong', async (_what, args, message) => {
    const { code, stderr, stdout } = await serve(...args).ended;
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('leaves nothing behind if it finds an error on the machine or in a file', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const listening = ['--bind-address', '127.0.0.1', '--port', String(port)];
    writeFileSync(file('plain'), kubeconfig.replace('https://', 'http://'));
    writeFileSync(file('unsigned'), kubeconfig.replace('"server"', '"certificate-authority":"none.crt","server"'));
    writeFileSync(file('all.yaml'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n');
    const audit = ['--audit-policy-file', file('all.yaml'), '--audit-log-path', file('audit/audit.log')];
    for (const [args, message] of [
      [listening, `port ${port} of 127.0.0.1 is in use; name another with --port`],
      [['--kubeconfig', file('plain')], 'the server of cluster "none" is no https URL: http://127.0.0.1:1'],
      [['--kubeconfig', file('unsigned')], 'certificate-authority: ENOENT'],
      [['--data', '/proc/none'], '(--data'],
    ] as const) {
      const data = file('fresh');
      const ended = await serve(...namespace, '--data', data, ...audit, ...args).ended;
      expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) as string });
      expect([file('audit'), data].filter((path) => existsSync(path))).toEqual([]);
    }
    taken.close();
  });

  it('names errors inside files before it connects to the cluster', async () => {
    const policy = await serve(...namespace, '--audit-policy-file', file('policy.yaml')).ended;
    expect(policy).toMatchObject({ code: 2, stderr: expect.stringContaining('rules[0].level') as string });
    const archive = await serve(...namespace, '--guest-tools', file('policy.yaml')).ended;
    expect(archive).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a .tgz archive') as string });
    expect((await serve(...namespace, '--guest-tools', '').ended).stderr).toContain('--guest-tools  cannot be read');
    const pair = ['--tls-cert-file', file('one.crt'), '--tls-private-key-file', file('other.key')];
    const mixed = await serve(...namespace, ...pair).ended;
    expect(mixed).toMatchObject({ code: 2, stderr: expect.stringContaining(file('other.key')) as string });
  });

  it('ends at once when told to while kube-apiserver is silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    writeFileSync(file('silent'), kubeconfig.replace('https://127.0.0.1:1', `https://127.0.0.1:${port}`));
    const pair = ['--tls-cert-file', file('one.crt'), '--tls-private-key-file', file('one.key')];
    const connected = once(silent, 'connection');
    const server = serve(...namespace, '--kubeconfig', file('silent'), ...pair);
    const killed = setTimeout(() => server.process.kill('SIGKILL'), 50_000);
    await connected;
    // Until the request arrives that the start waits for.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.stderr()).not.toContain('serving kubedirector.hpe.com');
    server.process.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    clearTimeout(killed);
    silent.close();
  });

  it('waits for a kube-apiserver that is not running, and ends at once when told to', async () => {
    const server = serve(...namespace);
    await server.printed('cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
    server.process.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});
