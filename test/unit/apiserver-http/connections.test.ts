import { once } from 'node:events';
import http2, { connect as connectHttp2, type Http2SecureServer } from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTlsServer, type TlsServer, type TlsServerOptions } from '../../../src/apiserver/http/tls-server.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import { createAuthority, type Authority, type Pair } from '../../support/certificates.ts';
import { createManualClock } from '../runtime/manual-clock.ts';

/** Node's own servers, the newest last: what the system tells of its socket is told to them. */
const made: Http2SecureServer[] = [];
const { createSecureServer } = http2;

let ca: Authority;
let serving: Pair;
const servers: TlsServer[] = [];
const sockets = new Set<Duplex>();

beforeAll(async () => {
  http2.createSecureServer = (...args: unknown[]) => {
    const server = createSecureServer(...(args as Parameters<typeof createSecureServer>));
    made.push(server);
    return server;
  };
  syncBuiltinESMExports();
  ca = await createAuthority();
  serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
});
afterAll(() => {
  http2.createSecureServer = createSecureServer;
  syncBuiltinESMExports();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) await server.close(0);
});

async function listening(options: Partial<TlsServerOptions> = {}): Promise<{ server: TlsServer; port: number }> {
  const server = createTlsServer({
    credentials: serving,
    handle: (_, response) => {
      response.end('here');
      return Promise.resolve();
    },
    upgrade: () => Promise.resolve(),
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
  servers.push(server);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, port };
}

function kept<T extends Socket>(socket: T): T {
  sockets.add(socket);
  socket.on('error', () => undefined);
  return socket;
}

const tcp = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = kept(connectTcp({ host: '127.0.0.1', port }, () => resolve(socket)));
  });

function tls(socket: Duplex, protocol: string): TLSSocket {
  // Whoever ends it ends what is below.
  sockets.delete(socket);
  return kept(connectTls({ socket, ca: ca.cert, servername: 'localhost', ALPNProtocols: [protocol] }));
}

const ended = (socket: Socket): Promise<true> =>
  new Promise((resolve) => {
    socket.resume();
    socket.once('close', () => resolve(true));
  });

const connections = (): Promise<number> =>
  new Promise((resolve, reject) => {
    made.at(-1)?.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

describe('a server that closes', () => {
  it.each(['http/1.1', 'h2'])('refuses clients that complete a handshake meanwhile (%s)', async (protocol) => {
    const { server, port } = await listening();
    const early = await tcp(port);
    await expect.poll(connections).toBe(1);
    // Far longer than the test may take.
    const closed = server.close(600_000);
    const late = tls(early, protocol);
    expect(await ended(late)).toBe(true);
    await closed;
  });

  it.each(['begun', 'finished'])(
    'does not wait longer than it was given for a handshake that is never %s',
    async (what) => {
      const { server, port } = await listening();
      const socket = await tcp(port);
      if (what === 'finished') {
        // Says hello, and takes no notice of the answer.
        const deaf = new Duplex({
          read: () => undefined,
          write: (chunk, _, done) => socket.write(chunk as Buffer, done),
        });
        tls(deaf, 'h2');
        await once(socket, 'data');
      }
      await expect.poll(connections).toBe(1);
      const gone = ended(socket);
      await server.close(100);
      expect(await gone).toBe(true);
    },
  );

  it('ends although connections are never released', async () => {
    const clock = createManualClock();
    const warnings: string[] = [];
    const warn = (_: object, message: string): void => void warnings.push(message);
    const { server } = await listening({ clock, logger: { ...silentLogger, warn } });
    const closeForGood = made.at(-1)!.close.bind(made.at(-1));
    made.at(-1)!.close = () => made.at(-1)!;
    const closed = server.close(100);
    clock.advance(100);
    clock.advance(1_000);
    await closed;
    expect(warnings).toEqual(['connections that do not close are left behind']);
    closeForGood();
    servers.length = 0;
  });
});

describe('a client that continues after its answer', () => {
  it('holding a refused upgrade open is cut off', async () => {
    const clock = createManualClock();
    const upgrade: TlsServerOptions['upgrade'] = (_, response) => {
      response.writeHead(401).end('no');
      return Promise.resolve();
    };
    const { port } = await listening({ clock, upgrade });
    const below = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
    const socket = tls(below, 'http/1.1');
    socket.allowHalfOpen = true;
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    await once(socket, 'end');
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(await connections()).toBe(1);
    clock.advance(2_000);
    await expect.poll(connections).toBe(0);
  });

  it('sending a body over HTTP/2 is cut off', async () => {
    const clock = createManualClock();
    const handle: TlsServerOptions['handle'] = async (request, response) => {
      // As for a body that did not come in time.
      request.resume();
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.end('late');
    };
    const { port } = await listening({ clock, handle });
    const socket = tls(await tcp(port), 'h2');
    const session = connectHttp2('https://localhost', { createConnection: () => socket });
    const stream = session.request({ ':method': 'POST' }, { endStream: false });
    stream.write('{');
    stream.resume();
    await once(stream, 'end');
    let isClosed = false;
    stream.once('close', () => (isClosed = true));
    const others = session.request({ ':path': '/' });
    others.resume();
    await once(others, 'close');
    expect(isClosed).toBe(false);
    clock.advance(2_000);
    await expect.poll(() => isClosed).toBe(true);
    expect(stream.rstCode).toBe(0);
    session.destroy();
  });
});

describe('a connection that cannot be taken', () => {
  const heard = (): { logger: Logger; warnings: object[]; onRefused: (why: string) => void; refused: string[] } => {
    const warnings: object[] = [];
    const refused: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };
    return { logger, warnings, refused, onRefused: (why) => refused.push(why) };
  };

  it('because of missing descriptors or memory is counted and logged at intervals, and the next one is served', async () => {
    const { logger, warnings, refused, onRefused } = heard();
    const { port } = await listening({ logger, onRefused });
    const { _handle: handle } = made.at(-1) as unknown as { _handle: { onconnection(error: number): void } };
    // How libuv tells of an accept that failed: EMFILE, ENFILE, ENOMEM on Linux.
    for (const code of [-24, -23, -12]) handle.onconnection(code);
    expect(refused).toEqual(['accept', 'accept', 'accept']);
    expect(warnings).toMatchObject([{ error: { code: 'EMFILE', syscall: 'accept' } }]);
    const socket = tls(await tcp(port), 'http/1.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    await ended(socket);
    expect(answer).toContain('here');
  });

  it('because of the limit is closed and counted, until another one ends', async () => {
    const { logger, warnings, refused, onRefused } = heard();
    const { port } = await listening({ logger, onRefused, maxConnections: 2 });
    const [first, second] = [await tcp(port), await tcp(port)];
    await expect.poll(connections).toBe(2);
    expect(await ended(await tcp(port))).toBe(true);
    expect(await ended(await tcp(port))).toBe(true);
    expect(refused).toEqual(['limit', 'limit']);
    expect(warnings).toEqual([{ maxConnections: 2 }]);
    first.destroy();
    await expect.poll(connections).toBe(1);
    const third = tls(await tcp(port), 'h2');
    await new Promise((resolve) => third.once('secureConnect', resolve));
    expect(second.destroyed).toBe(false);
  });
});
