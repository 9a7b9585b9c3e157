import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  createAuditLog,
  openAuditLog,
  parseAuditPolicy,
  readAuditPolicy,
  type AuditLog,
} from '../../src/apiserver/audit/index.ts';
import type { Authenticator } from '../../src/auth/contract.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { Api, widgetsPath } from '../support/api.ts';
import { createAuthority } from '../support/certificates.ts';

let folder: string;
let audit: AuditLog;
let api: Api;
let address: { host: string; port: number };
let ca: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
  const policyFile = join(folder, 'policy.yaml');
  await writeFile(policyFile, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n');
  const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics(), secretFields: [] };
  audit = await openAuditLog({
    ...parts,
    policy: await readAuditPolicy(policyFile, silentLogger),
    logPath: join(folder, 'audit.log'),
    maxSizeMiB: 1,
    maxBackups: 1,
  });
  const authority = await createAuthority();
  ca = authority.cert;
  const credentials = await authority.issue('CN=localhost', { usage: 'serverAuth' });
  api = await Api.started({ audit });
  address = await api.server.listen({ host: '127.0.0.1', port: 0, credentials });
});
afterAll(async () => {
  await api.server.stop(200);
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

it('writes requests over HTTP/2 and WebSocket to a file, without losing the last lines', async () => {
  const session = connectHttp2(`https://localhost:${address.port}`, { ca });
  const stream = session.request({ ':path': widgetsPath, 'x-user': 'admin' });
  stream.resume();
  await once(stream, 'close');
  session.close();

  const socket = new WebSocket(`wss://localhost:${address.port}${widgetsPath}?watch=1`, {
    ca,
    headers: { 'x-user': 'admin' },
  });
  await once(socket, 'open');
  socket.close();
  await once(socket, 'close');

  await api.server.stop(2_000);
  await audit.close(2_000);
  const events = (await readFile(join(folder, 'audit.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { verb: string; stage: string; sourceIPs: string[]; responseStatus?: object });
  expect(events.map(({ verb, stage, responseStatus }) => [verb, stage, responseStatus])).toEqual([
    ['list', 'RequestReceived', undefined],
    ['list', 'ResponseComplete', { metadata: {}, code: 200 }],
    ['watch', 'RequestReceived', undefined],
    ['watch', 'ResponseStarted', { metadata: {}, code: 101 }],
    ['watch', 'ResponseComplete', { metadata: {}, code: 101 }],
  ]);
  expect(events.every(({ sourceIPs }) => sourceIPs.join() === '127.0.0.1')).toBe(true);
});

it('counts handshakes that failed', async () => {
  const other = await Api.started();
  const { cert, key } = await (await createAuthority()).issue('CN=localhost', { usage: 'serverAuth' });
  const { port } = await other.server.listen({ host: '127.0.0.1', port: 0, credentials: { cert, key } });
  const socket = connectTcp({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.end('this is no TLS\n');
  await expect.poll(() => other.metrics.text()).toContain('apiserver_tls_handshake_errors_total 1');
  await other.server.stop(200);
  await other.stop();
});

it('reports an error in the policy before it serves anything', async () => {
  await expect(readAuditPolicy(join(folder, 'none.yaml'), silentLogger)).rejects.toThrow(
    /audit policy cannot be read: ENOENT/,
  );
});

it('logs a client that disconnected before it was authenticated', async () => {
  const lines: string[] = [];
  const metrics = createMetrics();
  const kept = createAuditLog({
    ...{ clock: systemClock, logger: silentLogger, metrics, secretFields: [] },
    policy: parseAuditPolicy('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n', () => undefined),
    sink: { write: (line) => lines.push(line) > 0, close: () => Promise.resolve() },
  });
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  let isAsked = false;
  const slow: Authenticator = {
    authenticate: async () => {
      isAsked = true;
      await told;
      return { name: 'late', groups: ['system:masters'] };
    },
  };
  const other = await Api.started({ audit: kept, authenticators: [slow] });
  const { cert, key } = await (await createAuthority()).issue('CN=localhost', { usage: 'serverAuth' });
  const { port } = await other.server.listen({ host: '127.0.0.1', port: 0, credentials: { cert, key } });
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  session.request({ ':path': widgetsPath }).on('error', () => undefined);
  await expect.poll(() => isAsked).toBe(true);
  session.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  tell();
  await expect.poll(() => lines.length).toBe(2);
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    stage: 'ResponseComplete',
    user: { username: 'late' },
    sourceIPs: ['127.0.0.1'],
  });
  expect(await metrics.text()).toContain('apiserver_audit_error_total{plugin="log"} 0');
  await other.server.stop(200);
  await other.stop();
});
