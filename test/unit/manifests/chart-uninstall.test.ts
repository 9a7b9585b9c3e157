/** What the Helm chart runs before it is uninstalled. */
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, type Ended } from '../../support/command.ts';

let directory: string;
let server: Server;
let answer: { status: number; body: unknown };
const asked: (string | undefined)[][] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-chart-'));
  writeFileSync(join(directory, 'token'), 'the-token\n');
  server = createServer(({ url, headers }, response) => {
    asked.push([url, headers.authorization]);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

async function check(status: number, body: unknown): Promise<Ended> {
  answer = { status, body };
  const { port } = server.address() as AddressInfo;
  const env = { API_SERVER: `http://127.0.0.1:${port}`, TOKEN_FILE: join(directory, 'token') };
  const script = 'manifests/chart/files/refuse-while-clusters-exist.mjs';
  return command([script], { executable: process.execPath, env }).ended;
}

describe('Before the Helm chart is uninstalled', () => {
  it('its check succeeds if there are no clusters', async () => {
    expect(await check(200, { items: [] })).toMatchObject({ code: 0, stderr: '' });
    expect(asked.at(-1)).toEqual([
      '/apis/kubedirector.hpe.com/v1beta1/kubedirectorclusters?limit=20',
      'Bearer the-token',
    ]);
  });

  it('its check fails with the names of clusters that exist', async () => {
    const items = [{ metadata: { namespace: 'team-a', name: 'spark' } }];
    const { code, stderr } = await check(200, { items });
    expect([code, stderr]).toEqual([1, expect.stringContaining('exist, and possibly more: team-a/spark.')]);
  });

  it('its check fails if the API does not answer, and says what to do', async () => {
    const { code, stderr } = await check(503, { message: 'service unavailable' });
    expect([code, stderr]).toEqual([1, expect.stringContaining('kube-apiserver answered 503')]);
    expect(stderr).toContain('helm uninstall --no-hooks');
  });
});
