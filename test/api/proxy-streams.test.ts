/** Long bodies, streams and upgrades that are passed on to a server behind an object. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { proxy, ProxyLab } from './proxy-fixture.ts';

let lab: ProxyLab;
beforeEach(async () => {
  lab = new ProxyLab();
  await lab.start();
});
afterEach(() => lab.stop());

const megabyte = Buffer.alloc(1024 * 1024, 'x');
const running = async (): Promise<number> =>
  Number(/apiserver_longrunning_requests\{[^}]*\} (\d+)/.exec(await lab.api.metrics.text())?.[1] ?? 0);

describe('a long answer', () => {
  it('of 100 MB arrives whole', async () => {
    lab.onRequest = (_, response) => {
      let left = 100;
      const write = (): void => {
        while (left-- > 0) {
          if (!response.write(megabyte)) {
            response.once('drain', write);
            return;
          }
        }
        response.end();
      };
      write();
    };
    const bytes = await new Promise<number>((resolve, reject) => {
      const tls = { host: '127.0.0.1', port: lab.port, ca: lab.ca.cert, ...lab.admin, agent: false as const };
      httpsRequest({ ...tls, path: `${proxy}/` }, (response) => {
        let sum = 0;
        response.on('data', (chunk: Buffer) => (sum += chunk.length));
        response.on('end', () => resolve(sum));
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
    expect(bytes).toBe(100 * megabyte.length);
  });

  it.each(['HTTP/1.1', 'HTTP/2'])('waits at the member while the client does not read (%s)', async (version) => {
    let taken = 0;
    let blocked: () => void = () => undefined;
    const stalled = new Promise<void>((resolve) => (blocked = resolve));
    lab.onRequest = (_, response) => {
      const write = (): void => {
        while (taken < 200) {
          taken++;
          if (!response.write(megabyte)) {
            response.once('drain', write);
            return;
          }
        }
        response.end();
      };
      write();
      // Once nothing was taken for a while, what is between the member and the client is full.
      let before = -1;
      const timer = setInterval(() => {
        if (taken !== before) before = taken;
        else {
          clearInterval(timer);
          blocked();
        }
      }, 200);
    };
    if (version === 'HTTP/2')
      lab
        .session()
        .request({ ':path': `${proxy}/` })
        .pause();
    else {
      const tls = { host: '127.0.0.1', port: lab.port, ca: lab.ca.cert, ...lab.admin, agent: false as const };
      const sent = httpsRequest({ ...tls, path: `${proxy}/` }, (response) => response.pause());
      sent.on('error', () => undefined).end();
    }
    await stalled;
    expect(taken).toBeLessThan(40);
  });

  it('of server-sent events arrives event by event, until the client leaves', async () => {
    let closed = false;
    let tell: (text: string) => void = () => undefined;
    lab.onRequest = (request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      tell = (text) => response.write(`data: ${text}\n\n`);
      request.socket.once('close', () => (closed = true));
    };
    const stream = lab.session().request({ ':path': `${proxy}/events` });
    const status = await new Promise((resolve) => stream.once('response', (headers) => resolve(headers[':status'])));
    expect(status).toBe(200);
    for (const text of ['one', 'two']) {
      const got = new Promise((resolve) => stream.once('data', (data: Buffer) => resolve(data.toString())));
      tell(text);
      expect(await got).toBe(`data: ${text}\n\n`);
    }
    stream.close(8);
    await expect.poll(() => closed).toBe(true);
    await expect.poll(running).toBe(0);
  });

  it('ends when the server stops', async () => {
    lab.onRequest = (_, response) => response.writeHead(200).write('begun');
    const tls = { host: '127.0.0.1', port: lab.port, ca: lab.ca.cert, ...lab.admin, agent: false as const };
    const request = httpsRequest({ ...tls, path: `${proxy}/` }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const end = textOf(response);
    end.catch(() => undefined);
    expect(await running()).toBe(1);
    await lab.api.server.stop(500);
    await expect(end).rejects.toThrow('aborted');
  });
});

it('a request of 100 MB is passed on while it arrives', async () => {
  let bytes = 0;
  lab.onRequest = (request, response) => {
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(String(bytes)));
  };
  const stream = lab.session().request({ ':method': 'PUT', ':path': `${proxy}/file` });
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
  for (let sent = 0; sent < 100; sent++) {
    if (!stream.write(megabyte)) await new Promise((resolve) => stream.once('drain', resolve));
    // None is kept: the member has nearly all that was sent.
    expect((sent + 1) * megabyte.length - bytes).toBeLessThan(24 * megabyte.length);
  }
  stream.end();
  await ended;
  expect(text).toBe(String(100 * megabyte.length));
});

describe('an upgrade', () => {
  const open = (path: string, protocols: string[] = [], headers = {}): WebSocket =>
    new WebSocket(`wss://127.0.0.1:${lab.port}${path}`, protocols, { ca: lab.ca.cert, ...lab.admin, headers });

  /** A member that sends every message back. */
  function echoServer(): { readonly offered: (string | undefined)[]; readonly sockets: WebSocketServer } {
    const offered: (string | undefined)[] = [];
    const sockets = new WebSocketServer({ noServer: true });
    lab.member.on('upgrade', (request, socket, head) => {
      offered.push(request.headers['sec-websocket-protocol'], request.headers.authorization, request.url);
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        accepted.on('message', (data, isBinary) => accepted.send(data, { binary: isBinary }));
      });
    });
    return { offered, sockets };
  }

  const firstOf = (socket: WebSocket): Promise<string> =>
    new Promise((resolve, reject) => {
      socket.once('message', (data: Buffer) => resolve(data.toString()));
      socket.once('error', reject);
    });

  it('to WebSocket passes messages both ways, and the close', async () => {
    const { offered, sockets } = echoServer();
    const token = 'base64url.bearer.authorization.k8s.io.dG9rZW4';
    const socket = open(`${proxy}/ws?x=1`, [token, 'chat']);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.protocol).toBe('chat');
    expect(offered).toEqual(['chat', 'token secret-of-a', '/ws?x=1']);
    for (const text of ['one', 'x'.repeat(3_000_000)]) {
      const got = firstOf(socket);
      socket.send(text);
      expect(await got).toBe(text);
    }
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (const one of sockets.clients) one.close(4001);
    expect(await closed).toBe(4001);
    await expect.poll(running).toBe(0);
  });

  it('ends with the member, and when the server stops', async () => {
    const { sockets } = echoServer();
    const socket = open(`${proxy}/`);
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (const one of sockets.clients) one.terminate();
    expect(await closed).toBe(1006);
    const second = open(`${proxy}/`);
    await new Promise((resolve) => second.once('open', resolve));
    const ended = new Promise((resolve) => second.once('close', resolve));
    await lab.api.server.stop(500);
    await ended;
  });

  it('whose path has the verb of another request is not passed on', async () => {
    const { sockets } = echoServer();
    const empty = proxy.replace('/a/proxy', '//proxy/ws?fieldSelector=metadata.name%3Da');
    const watch = proxy.replace('/v1/', '/v1/watch/');
    expect([empty, watch]).not.toContain(proxy);
    for (const path of [empty, watch]) {
      const socket = open(path);
      const refused = new Promise<number>((resolve, reject) => {
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
        socket.on('open', () => reject(new Error('it was passed on')));
        socket.on('error', () => undefined);
      });
      expect(await refused).toBeGreaterThanOrEqual(400);
    }
    expect(sockets.clients.size).toBe(0);
  });

  it('that the member refuses gets its answer', async () => {
    lab.member.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'));
    const socket = open(`${proxy}/`);
    const answered = new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      socket.on('error', () => undefined);
    });
    expect(await answered).toBe(403);
  });

  it.each([
    ['h2c hides requests', 'GET', { Upgrade: 'h2c', 'HTTP2-Settings': 'AAA' }],
    ['TLS hides requests', 'GET', { Upgrade: 'TLS/1.2' }],
    ['several are offered', 'GET', { Upgrade: 'websocket, h2c' }],
    ['a body follows', 'GET', { Upgrade: 'websocket', 'Content-Length': '3' }],
    ['it is no GET', 'POST', { Upgrade: 'websocket' }],
  ])('is a bad request if %s', async (_, method, headers) => {
    let seen = 0;
    lab.member.on('upgrade', () => seen++);
    lab.onRequest = () => seen++;
    const { status, text } = await lab.ask(`${proxy}/`, { method, headers: { Connection: 'Upgrade', ...headers } });
    expect([status, JSON.parse(text), seen]).toMatchObject([400, { reason: 'BadRequest' }, 0]);
  });
});
