/** How the program stops, and who may ask it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLeaf } from '../../src/pki/certificates.ts';
import { createAuthority } from '../support/certificates.ts';
import { command, type Command } from '../support/command.ts';
import { get, type Caller } from './support/https.ts';
import {
  clientOf,
  directory,
  eachInItsFolder,
  patience,
  playground,
  read,
  serving,
  started,
  urlOf,
} from './cli-fixture.ts';

eachInItsFolder();

describe('the program, asked to stop', () => {
  /** Resolves once the server has begun to answer; `done` once it has ended the answer. */
  const watch = (url: string, caller: Caller): Promise<{ done: Promise<void> }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { ...caller, agent: false }, (response) => {
        const done = new Promise<void>((resolveDone, rejectDone) => {
          response.once('end', resolveDone).once('error', rejectDone).resume();
        });
        resolve({ done });
      });
      outgoing.on('error', reject).end();
    });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends its watches and itself in order at %s', async (signal) => {
    const program = await serving();
    const caller = clientOf(directory);
    const watches = await Promise.all(
      ['/api/v1/pods', '/apis/kubedirector.hpe.com/v1beta1/kubedirectorclusters'].map((path) =>
        watch(`${urlOf(program)}${path}?watch=true`, caller),
      ),
    );
    program.process.kill(signal);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/stopping…\n$/);
    await Promise.all(watches.map(({ done }) => done));
  });

  it('does so while it starts, and can be started again', { timeout: 300_000 }, async () => {
    const moments = ['data', 'data/format.json', 'pki/ca.crt', 'pki/client.crt', 'kubeconfig'];
    const stopped = async (awaited: string): Promise<void> => {
      const fresh = join(directory, awaited.replace('/', '-'));
      const program = started(['playground', '--data', fresh, '--port', '0']);
      await expect.poll(() => existsSync(join(fresh, awaited)), { ...patience, interval: 1 }).toBe(true);
      program.process.kill('SIGINT');
      expect(await program.ended, awaited).toMatchObject({ code: 0, stderr: '' });
      const again = started(['playground', '--data', fresh, '--port', '0']);
      await again.printed('Ctrl-C stops it');
      again.process.kill('SIGINT');
      expect(await again.ended, awaited).toMatchObject({ code: 0, stderr: '' });
    };
    await Promise.all(moments.map(stopped));
  });

  it('does so while it waits for a folder that another machine may hold', async () => {
    const elsewhere = { pid: 1, host: 'elsewhere', boot: 'another', pidNamespace: 'pid:[1]', started: '1' };
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data/lock-0000000001.json'), JSON.stringify(elsewhere));
    const program = playground();
    await program.printed('may be in use on another machine: waiting 5 s');
    program.process.kill('SIGINT');
    // Had it gone on until the lock was its own, it would have printed where it serves.
    expect(await program.ended).toMatchObject({ code: 0, stdout: '' });
  });

  it('ends at once at the second signal', async () => {
    const program = await serving();
    // A request that never ends keeps the server waiting for its grace period.
    const slow = request(`${urlOf(program)}/api/v1/namespaces`, {
      ...clientOf(directory),
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '1000' },
    });
    slow.on('error', () => undefined);
    const sent = new Promise<void>((resolve) => slow.once('socket', (socket) => socket.once('secureConnect', resolve)));
    slow.write('{');
    await sent;
    await get(`${urlOf(program)}/readyz`, clientOf(directory)); // by now the request has arrived too
    program.process.kill('SIGINT');
    await program.printed('stopping…');
    program.process.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 130 });
    slow.destroy();
  });
});

describe('who may ask the program', () => {
  let shared: string;
  let program: Command;
  let url: string;
  beforeAll(async () => {
    shared = mkdtempSync(join(tmpdir(), 'kubedirector-callers-'));
    program = command(['playground', '--data', shared, '--port', '0']);
    await program.printed('Ctrl-C stops it');
    url = urlOf(program);
  });
  afterAll(async () => {
    program.process.kill('SIGKILL');
    await program.ended;
    rmSync(shared, { recursive: true });
  });

  const forged = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters', 'X-Remote-Uid': '1' };
  const clusters = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorclusters';
  const guarded = ['/api', '/apis', '/api/v1/namespaces', '/openapi/v3', '/metrics', '/version', '/nowhere', clusters];
  const open = ['/healthz', '/livez', '/readyz'];

  it('is only this machine', async () => {
    const port = Number(new URL(url).port);
    const reaches = (host: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ host, port });
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    expect(await reaches('127.0.0.1')).toBe(true);
    // A server on all addresses would answer here as well.
    expect(await reaches('127.0.0.2')).toBe(false);
    expect(await reaches('::1')).toBe(false);
  });

  it('is anybody, for its health', async () => {
    for (const path of open) expect((await get(url + path, { ca: clientOf(shared).ca })).status, path).toBe(200);
  });

  it('is nobody without a certificate, whatever headers they send', async () => {
    const { ca } = clientOf(shared);
    for (const path of guarded) {
      for (const headers of [
        {},
        forged,
        { Authorization: 'Bearer abc' },
        { Authorization: 'Basic YWRtaW46YWRtaW4=' },
      ]) {
        const { status, text } = await get(url + path, { ca }, headers);
        expect(status, path).toBe(401);
        expect(JSON.parse(text)).toMatchObject({ kind: 'Status', code: 401, reason: 'Unauthorized' });
      }
    }
  });

  it('is nobody with a certificate of another CA, even with the same name', async () => {
    const { ca } = clientOf(shared);
    for (const name of ['CN=other-ca', 'CN=kubedirector-playground-ca']) {
      const other = await createAuthority(name);
      const stranger = { ca, ...(await other.issue('O=system:masters, CN=playground-admin')) };
      for (const path of guarded) expect((await get(url + path, stranger, forged)).status, path).toBe(401);
      for (const path of open) expect((await get(url + path, stranger)).status, path).toBe(200);
    }
  });

  it('is nobody in the name of another user', async () => {
    const ca = { certificate: clientOf(shared).ca, key: read(shared, 'pki/ca.key') };
    const somebody = await makeLeaf(ca, { subject: 'O=guests, CN=somebody', usage: 'client', days: 1 }, new Date());
    const caller = { ca: ca.certificate, cert: somebody.certificate, key: somebody.key };
    const { status, text } = await get(url + clusters, caller, forged);
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({
      message: expect.stringContaining('User "somebody" cannot list') as unknown,
    });
  });

  it('is anybody with the kubeconfig', async () => {
    for (const path of [...guarded.filter((path) => path !== '/nowhere'), ...open]) {
      expect((await get(url + path, clientOf(shared))).status, path).toBe(200);
    }
    expect((await get(`${url}/nowhere`, clientOf(shared))).status).toBe(404);
  });

  it('is nobody else who can read files on this machine', async () => {
    const { stat } = await import('node:fs/promises');
    for (const path of ['kubeconfig', 'pki/ca.key', 'pki/client.key', 'pki/server.key', 'data/journal.jsonl']) {
      expect((await stat(join(shared, path))).mode & 0o077, path).toBe(0);
    }
  });
});
