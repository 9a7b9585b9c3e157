import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { etcdBinary, noEtcd, startEtcd } from '../support/etcd.ts';
import { freePort } from '../support/free-port.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-serve-etcd-'));
  const kubeconfig = {
    clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'none', user: {} }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    'current-context': 'none',
  };
  writeFileSync(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig));
});
afterAll(() => rmSync(directory, { recursive: true }));

const serve = (servers: string, ...args: readonly string[]) =>
  command([
    ...['serve', '--storage', 'etcd', '--etcd-servers', servers, '--port', '0', '--bind-address', '127.0.0.1'],
    ...['--kubeconfig', join(directory, 'kubeconfig'), '--system-namespace', 'kubedirector', ...args],
  ]);

describe('kubedirector serve --storage etcd', () => {
  it('ends at once when told to while etcd does not answer', async () => {
    const server = serve(`http://127.0.0.1:${await freePort()}`);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    server.process.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it('ends with the reason if etcd does not answer for long', async () => {
    const port = await freePort();
    const { code, stderr } = await serve(`http://127.0.0.1:${port}`).ended;
    expect(stderr).toContain(
      `no etcd member can be used: http://127.0.0.1:${port}: no connection: connect ECONNREFUSED`,
    );
    expect(code).toBe(1);
  });

  it.each([
    ['ftp://a', [], 'is no etcd endpoint: use http(s)://HOST:PORT'],
    ['https://a', ['--etcd-prefix', 'x'], 'is no prefix for etcd'],
    ['https://a', ['--etcd-cafile', '/nowhere'], 'the certificates for etcd cannot be used: ENOENT'],
  ])('starts nothing with %s %j', async (servers, args, message) => {
    const { code, stderr } = await serve(servers, ...args).ended;
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it.skipIf(etcdBinary === undefined)(
    etcdBinary === undefined ? noEtcd : 'opens its storage, and waits for kube-apiserver',
    async () => {
      const cluster = await startEtcd();
      try {
        const server = serve(cluster.endpoints.join(','), '--log-level', 'debug');
        await server.printed('cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
        server.process.kill('SIGTERM');
        expect(await server.ended).toMatchObject({ code: 0 });
      } finally {
        await cluster.stop();
      }
    },
  );
});
