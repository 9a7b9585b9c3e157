import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import process from 'node:process';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionDeath } from '../../../src/apiserver/http/session-watchdog.ts';
import { createTlsServer, type TlsServer, type TlsServerOptions } from '../../../src/apiserver/http/tls-server.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createAuthority, type Authority, type Pair } from '../../support/certificates.ts';
import { connectFrames, frameTypes, type FrameClient } from '../../support/http2-frames.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

/** More than the system takes for a client that reads nothing. */
const muchBytes = 64 << 20;

type Child = ChildProcessByStdio<null, Readable, null>;

let ca: Authority;
let serving: Pair;
const servers: TlsServer[] = [];
const clients: FrameClient[] = [];
const children: Child[] = [];

beforeAll(async () => {
  ca = await createAuthority();
  serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const { socket } of clients.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close(0);
});

interface Served {
  readonly port: number;
  readonly clock: ManualClock;
  readonly deaths: SessionDeath[];
  readonly asked: string[];
  /** Of the watches that are open. */
  readonly open: Set<string>;
}

/** /watch stays open, everything else is answered at once. */
async function serve(watch: (write: (bytes: Buffer) => void) => void = () => undefined): Promise<Served> {
  const clock = createManualClock();
  const deaths: SessionDeath[] = [];
  const asked: string[] = [];
  const open = new Set<string>();
  const handle: TlsServerOptions['handle'] = (request, response) => {
    const path = request.url ?? '';
    asked.push(path.slice(0, 20));
    if (!path.startsWith('/watch')) {
      response.end('here');
      return Promise.resolve();
    }
    open.add(path);
    response.on('close', () => open.delete(path));
    response.writeHead(200);
    watch((bytes) => void (response as Writable).write(bytes));
    return Promise.resolve();
  };
  const server = createTlsServer({
    ...{ handle, clock, credentials: serving, logger: silentLogger },
    upgrade: () => Promise.resolve(),
    onSessionDeath: (why) => deaths.push(why),
  });
  servers.push(server);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { port, clock, deaths, asked, open };
}

async function client(port: number): Promise<FrameClient> {
  const made = await connectFrames({ port, ca: ca.cert });
  made.socket.on('error', () => undefined);
  clients.push(made);
  return made;
}

const get = (path: string): [string, string][] => [[':path', path]];

/** A ping is written, read, answered and read: each takes a turn of the event loop, some of them two. */
const turnsThereAndBack = 10;

/**
 * So many looks at the sessions. Between two of them bytes go there and back: turns are counted, since on a busy machine the
 * process may get none for some time.
 */
async function look(clock: ManualClock, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    clock.advance(1_000);
    for (let turn = 0; turn < turnsThereAndBack; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const pingsTo = ({ frames }: FrameClient): number =>
  frames.filter(({ type, flags }) => type === frameTypes.ping && flags === 0).length;

/** Node.js 20 and 22 do not notice that nghttp2 has ended a session; 24 destroys it by itself, before the watchdog looks. */
const byWatchdog = Number(process.versions.node.split('.')[0]) < 24 ? ['ended'] : [];

describe('a session that was ended by a header value beyond nghttp2’s limit', () => {
  it.each([
    ['a query of 90,000 bytes', [[':path', `/?a=${'~'.repeat(90_000)}`]]],
    [
      'a label selector that is 60 kB before and 180 kB after escaping',
      [[':path', `/?labelSelector=${'%3D'.repeat(60_000)}`]],
    ],
    ['a header of 70,000 bytes', [...get('/'), ['x-remote-extra-note', 'x'.repeat(70_000)]]],
  ] as [string, [string, string][]][])('is destroyed within three looks: %s', async (_, headers) => {
    const { port, clock, deaths, asked, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => [...open]).toEqual(['/watch']);
    await look(clock, 3);
    one.request(3, headers);
    await expect.poll(() => one.frames.some(({ type }) => type === frameTypes.goaway)).toBe(true);
    await look(clock, 3);
    await one.closed;
    expect(deaths).toEqual(byWatchdog);
    await expect.poll(() => [...open]).toEqual([]);
    expect(asked).toEqual(['/watch']);
    const next = await client(port);
    next.request(1, get('/watch'));
    await expect.poll(() => [...open]).toEqual(['/watch']);
  });

  it('is destroyed though the client goes on to send pings', async () => {
    const { port, clock, deaths, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    one.request(3, get(`/?a=${'~'.repeat(90_000)}`));
    for (let time = 0; time < 3; time++) {
      one.ping();
      await look(clock, 1);
    }
    await one.closed;
    expect(deaths).toEqual(byWatchdog);
  });
});

describe('a session that lives', () => {
  it('has a request beyond the size of all headers reset, and its watch goes on', async () => {
    let write: (bytes: Buffer) => void = () => undefined;
    const { port, clock, deaths, open } = await serve((given) => (write = given));
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    const many = Array.from({ length: 1_600 }, (_, at): [string, string] => [
      'x-remote-group',
      `${at}`.padStart(40, 'g'),
    ]);
    one.request(3, [...get('/'), ...many]);
    await expect
      .poll(() => one.frames.some(({ type, stream }) => type === frameTypes.reset && stream === 3))
      .toBe(true);
    await look(clock, 40);
    expect(deaths).toEqual([]);
    write(Buffer.from('an event'));
    const seen = (): string =>
      one.frames.map(({ type, payload }) => (type === frameTypes.data ? payload.toString() : '')).join('');
    await expect.poll(seen).toContain('an event');
  });

  it.each([800, 1_500])('serves a user in %d groups of 40 bytes', async (count) => {
    const { port, asked } = await serve();
    const one = await client(port);
    const groups = Array.from({ length: count }, (_, at): [string, string] => [
      'x-remote-group',
      `${at}`.padStart(40, 'g'),
    ]);
    one.request(1, [...get('/of-many-groups'), ...groups]);
    await expect.poll(() => asked).toEqual(['/of-many-groups']);
    await expect.poll(() => one.frames.some(({ type, stream }) => type === frameTypes.data && stream === 1)).toBe(true);
  });

  it('is asked for life rarely while nothing comes in, and not at all without a stream', async () => {
    const { port, clock, deaths, open } = await serve();
    const quiet = await client(port);
    quiet.request(1, get('/watch'));
    const unused = await client(port);
    unused.request(1, get('/'));
    await expect.poll(() => open.size).toBe(1);
    await look(clock, 62);
    expect(pingsTo(quiet)).toBeGreaterThanOrEqual(3);
    expect(pingsTo(quiet)).toBeLessThanOrEqual(10);
    expect(pingsTo(unused)).toBe(0);
    expect(deaths).toEqual([]);
  });

  it('is left alone while its client takes nothing for a while', async () => {
    const { port, clock, deaths, open } = await serve((write) => write(Buffer.alloc(muchBytes)));
    const child = await stoppedApart(port);
    await look(clock, 12);
    expect(deaths).toEqual([]);
    const all = once(child.stdout, 'data');
    child.kill('SIGCONT');
    await all;
    await look(clock, 4);
    expect(deaths).toEqual([]);
    expect(open.size).toBe(1);
  }, 30_000);
});

describe('a session whose client is gone', () => {
  it('without a word is destroyed within half a minute', async () => {
    const { port, clock, deaths, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    one.answersPings = false;
    await look(clock, 14);
    expect(deaths).toEqual([]);
    await look(clock, 18);
    expect(deaths).toEqual(['silent']);
    await one.closed;
    await expect.poll(() => open.size).toBe(0);
  });

  it('while much was on its way to it is destroyed, too', async () => {
    const { port, clock, deaths, open } = await serve((write) => write(Buffer.alloc(muchBytes)));
    await stoppedApart(port);
    await look(clock, 34);
    expect(deaths).toEqual(['silent']);
    await expect.poll(() => open.size).toBe(0);
    // What it never took does not keep the connection.
    await look(clock, 2);
    const closed = servers.splice(0).map((server) => server.close(60_000));
    await Promise.all(closed);
  }, 30_000);
});

describe('a session without streams', () => {
  it('is closed after a minute and a half, one with a quiet watch is not', async () => {
    const { port, clock, open } = await serve();
    const unused = await client(port);
    unused.request(1, get('/'));
    await expect.poll(() => unused.frames.some(({ type }) => type === frameTypes.data)).toBe(true);
    const quiet = await client(port);
    quiet.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    await look(clock, 92);
    await unused.closed;
    expect(quiet.frames.some(({ type }) => type === frameTypes.goaway)).toBe(false);
    quiet.request(3, get('/'));
    await expect
      .poll(() => quiet.frames.some(({ type, stream }) => type === frameTypes.data && stream === 3))
      .toBe(true);
  });
});

/**
 * A client in a process of its own, which lets the server send as much as it likes. It stops as a whole at the first byte of its
 * watch, and takes the rest once it goes on.
 */
async function stoppedApart(port: number): Promise<Child> {
  const code = `
    const { writeSync } = require('node:fs');
    const settings = { initialWindowSize: 2 ** 31 - 1 };
    const client = require('node:http2').connect('https://127.0.0.1:${port}', { rejectUnauthorized: false, settings });
    client.on('error', () => undefined).on('connect', () => client.setLocalWindowSize(2 ** 31 - 1));
    const stream = client.request({ ':path': '/watch' });
    let bytes = 0;
    stream.on('error', () => undefined).on('data', (chunk) => {
      if (bytes === 0) {
        writeSync(1, 'begun');
        process.kill(process.pid, 'SIGSTOP');
      }
      bytes += chunk.length;
      if (bytes === ${muchBytes}) writeSync(1, 'all');
    });
  `;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  // It may be about to do so itself.
  child.kill('SIGSTOP');
  return child;
}
