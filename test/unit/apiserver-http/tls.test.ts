import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { Agent, request } from 'node:https';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { widget, widgetsPath } from '../../support/api.ts';
import { createAuthority } from '../../support/certificates.ts';
import { admin, agentOf, agents, api, ask, ca, eachWithServer, open, port } from './tls-fixture.ts';

eachWithServer();

function askHttp2(
  session: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ...headers, ':path': path });
    let status = 0;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => (status = headers[':status'] ?? 0));
    stream.on('data', (chunk: string) => (text += chunk));
    stream.on('end', () => {
      resolve({ status, text });
    });
    stream.on('error', reject);
    session.on('error', reject);
  });
}

describe('TLS', () => {
  it('serves clients with a certificate of the CA, over HTTP/1.1 and HTTP/2', async () => {
    const made = await ask('POST', widgetsPath, { pair: admin, body: widget('a') });
    expect(made.status).toBe(201);
    const session = connect(`https://127.0.0.1:${port}`, { ca: ca.cert, ...admin });
    expect(await askHttp2(session, `${widgetsPath}/a`)).toMatchObject({ status: 200, text: made.text });
    expect(await askHttp2(session, `${widgetsPath}/b`)).toMatchObject({ status: 404 });
    session.close();
  });

  it('answers 401 without a certificate, or with one of another CA; health is for everybody', async () => {
    const foreign = await createAuthority('CN=elsewhere');
    const stranger = await foreign.issue('CN=admin,O=system:masters');
    for (const pair of [undefined, stranger]) {
      const options = pair === undefined ? {} : { pair };
      const answer = await ask('GET', widgetsPath, options);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({
        kind: 'Status',
        reason: 'Unauthorized',
        message: 'Unauthorized',
      });
      expect((await ask('GET', '/readyz', options)).text).toBe('ok');
      expect((await ask('GET', '/metrics', options)).status).toBe(401);
    }
  });

  it('answers 403 without the right, and names the request', async () => {
    const jane = await ca.issue('CN=jane,O=dev');
    const answer = await ask('GET', `${widgetsPath}/a`, { pair: jane });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({
      reason: 'Forbidden',
      message:
        'widgets.demo.example "a" is forbidden: User "jane" cannot get resource "widgets" in API group "demo.example" in the namespace "default"',
      details: { name: 'a', group: 'demo.example', kind: 'widgets' },
    });
    const path = await ask('GET', '/metrics', { pair: jane });
    expect((JSON.parse(path.text) as { message: string }).message).toBe(
      'forbidden: User "jane" cannot get path "/metrics"',
    );
    expect((await ask('GET', '/version', { pair: jane })).status).toBe(200);
  });

  it('keeps connections, and knows the user on each of its requests', async () => {
    const agent = agentOf(admin);
    for (let count = 0; count < 5; count++) expect((await ask('GET', '/version', { agent })).status).toBe(200);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  });

  it('knows the user on a connection that resumes a TLS session', async () => {
    const agent = new Agent({ keepAlive: false, ca: ca.cert, ...admin });
    agents.add(agent);
    const resumed: boolean[] = [];
    agent.on('keylog', (_, socket: TLSSocket) => {
      socket.once('secureConnect', () => resumed.push(socket.isSessionReused()));
    });
    for (let count = 0; count < 3; count++) expect((await ask('GET', widgetsPath, { agent })).status).toBe(200);
    expect(resumed).toContain(true);
  });

  it('releases watches of disconnected clients, with every protocol', async () => {
    const path = `${widgetsPath}?watch=true`;
    const session = connect(`https://127.0.0.1:${port}`, { ca: ca.cert, ...admin });
    session.on('error', () => undefined);
    const http2 = session.request({ ':path': path });
    http2.on('error', () => undefined);
    const http1 = request({ host: '127.0.0.1', port, path, agent: agentOf(admin) });
    http1.on('error', () => undefined).end();
    const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, { ca: ca.cert, ...admin });
    await expect.poll(open).toBe(3);
    http2.close();
    await expect.poll(open).toBe(2);
    http1.destroy();
    await expect.poll(open).toBe(1);
    socket.terminate();
    await expect.poll(open).toBe(0);
    session.destroy();
  });

  type Cancel = (
    session: ClientHttp2Session,
    stream: ReturnType<ClientHttp2Session['request']>,
    socket: TLSSocket,
  ) => void;
  const cancellations: [string, Cancel][] = [
    ['resets the stream with CANCEL', (_, stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ['resets the stream with NO_ERROR', (_, stream) => stream.close(constants.NGHTTP2_NO_ERROR)],
    ['destroys the stream', (_, stream) => stream.destroy()],
    ['destroys the session', (session) => session.destroy()],
    ['breaks the connection', (_, __, socket) => socket.destroy()],
  ];
  describe.each(cancellations)('when an HTTP/2 client %s', (_, cancel) => {
    it.each([false, true])('lets go of its watch, paused: %s', async (paused) => {
      const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert, ...admin, ALPNProtocols: ['h2'] });
      const session = connect(`https://127.0.0.1:${port}`, { createConnection: () => socket });
      session.on('error', () => undefined);
      const stream = session.request({ ':path': `${widgetsPath}?watch=true` });
      stream.on('error', () => undefined);
      if (paused) stream.pause();
      else stream.resume();
      await expect.poll(open).toBe(1);
      // More than the stream's window holds, so that the server waits for a reader who is paused.
      for (let at = 0; at < 8; at++) {
        const big = { ...widget(`w${at}`), metadata: { name: `w${at}`, annotations: { big: 'x'.repeat(200_000) } } };
        expect((await ask('POST', widgetsPath, { pair: admin, body: big })).status).toBe(201);
      }
      cancel(session, stream, socket);
      await expect.poll(open).toBe(0);
      session.destroy();
    });
  });

  it('takes a new certificate without a restart', async () => {
    const shown = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert }, () => {
          resolve(socket.getPeerCertificate().subject.CN as string);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    expect(await shown()).toBe('localhost');
    api.server.updateCredentials(await ca.issue('CN=renewed', { usage: 'serverAuth' }));
    expect(await shown()).toBe('renewed');
    expect(() => {
      api.server.updateCredentials({ cert: 'nonsense', key: 'nonsense' });
    }).toThrow();
    expect(await shown()).toBe('renewed');
  });

  it('refuses TLS 1.1', async () => {
    const failed = new Promise<string>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
      socket.on('secureConnect', () => {
        resolve('connected');
      });
      socket.on('error', () => {
        resolve('refused');
      });
    });
    expect(await failed).toBe('refused');
  });

  it('answers malformed requests with 400 and continues', async () => {
    const answer = new Promise<string>((resolve) => {
      let text = '';
      const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert }, () => {
        socket.write('NONSENSE\r\n\r\n');
      });
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => {
        resolve(text);
      });
    });
    const [head, body] = (await answer).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(body ?? '')).toMatchObject({ kind: 'Status', code: 400, reason: 'BadRequest' });
    expect((await ask('GET', '/livez')).status).toBe(200);
  });

  it('refuses headers beyond the limit with 431', async () => {
    const path = `${widgetsPath}?labelSelector=${'x'.repeat(100_000)}`;
    const refused = await ask('GET', path, { pair: admin });
    expect(refused.status).toBe(431);
    expect(JSON.parse(refused.text)).toMatchObject({ kind: 'Status', code: 431 });
  });

  it.each([
    ['60 KB in one line', [`big: ${'x'.repeat(60_000)}`]],
    ['500 lines', Array.from({ length: 500 }, (_, at) => `X-Remote-Group: group-${at}`)],
    ['60 KB in 500 lines', Array.from({ length: 500 }, (_, at) => `X-Remote-Group: group-${at}-${'x'.repeat(88)}`)],
  ])('takes %s of headers, over HTTP/1.1 and HTTP/2', async (_, lines) => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert, ...admin }, () => {
        socket.write(['GET /version HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n'));
      });
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => {
        resolve(text);
      });
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    const headers: Record<string, string[]> = {};
    for (const line of lines) {
      const [name = '', value = ''] = line.split(': ');
      (headers[name.toLowerCase()] ??= []).push(value);
    }
    const session = connect(`https://127.0.0.1:${port}`, { ca: ca.cert, ...admin });
    expect(await askHttp2(session, '/version', headers)).toMatchObject({ status: 200 });
    session.close();
  });
});

describe('a graceful stop', () => {
  it('fails readyz, ends watches, lets running requests finish, and closes', async () => {
    const agent = agentOf(admin);
    await ask('POST', widgetsPath, { pair: admin, body: widget('a') });
    const session = connect(`https://127.0.0.1:${port}`, { ca: ca.cert, ...admin });
    const http1 = ask('GET', `${widgetsPath}?watch=true`, { agent });
    const http2 = askHttp2(session, `${widgetsPath}?watch=true`);
    await expect.poll(() => api.metrics.text()).toMatch(/apiserver_longrunning_requests\{[^}]*\} 2/);
    // It does not wait for the end of its grace period, which is far longer than the test may take.
    const stopped = api.server.stop(600_000);
    await stopped;
    for (const { status, text } of [await http1, await http2]) {
      expect(status).toBe(200);
      expect(text).toContain('"type":"ADDED"');
    }
    await expect(ask('GET', '/livez')).rejects.toThrow('ECONNREFUSED');
    const { text, statusCode } = await new Promise<{ text: string; statusCode: number }>((resolve) => {
      void api.request('get', '/readyz').then((answer) => {
        resolve({ text: answer.text, statusCode: answer.status });
      });
    });
    expect(statusCode).toBe(500);
    expect(text).toContain('[-]shutdown failed');
    await api.request('get', `${widgetsPath}?watch=true`).expect(503);
  });
});

describe('a stop where others serve on', () => {
  it('fails readyz first and serves on, then sends GOAWAY and ends the watches', async () => {
    await ask('POST', widgetsPath, { pair: admin, body: widget('a') });
    const session = connect(`https://127.0.0.1:${port}`, { ca: ca.cert, ...admin });
    let isAway = false;
    const away = once(session, 'goaway').then(([code]) => {
      isAway = true;
      return code as number;
    });
    const watches = [1, 2, 3].map(() => askHttp2(session, `${widgetsPath}?watch=true`));
    await expect.poll(() => api.metrics.text()).toMatch(/apiserver_longrunning_requests\{[^}]*\} 3/);
    const stopped = api.server.stop(600_000, { delayMs: 1_000, watchesMs: 300 });
    expect((await ask('GET', '/readyz')).status).toBe(500);
    expect((await ask('POST', widgetsPath, { pair: admin, body: widget('b') })).status).toBe(201);
    expect((await askHttp2(session, `${widgetsPath}/b`)).status).toBe(200);
    expect(isAway).toBe(false);
    expect(await away).toBe(0);
    await expect(ask('GET', '/livez')).rejects.toThrow('ECONNREFUSED');
    for (const { status, text } of await Promise.all(watches)) {
      expect(status).toBe(200);
      for (const name of ['a', 'b']) expect(text).toContain(`"name":"${name}"`);
      expect(text).not.toContain('"ERROR"');
    }
    await stopped;
  });
});
