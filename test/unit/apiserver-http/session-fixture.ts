/** A server whose HTTP/2 sessions are watched, with clients that speak in frames. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import process from 'node:process';
import { afterEach, beforeAll } from 'vitest';
import type { SessionDeath } from '../../../src/apiserver/http/session-watchdog.ts';
import { createTlsServer, type TlsServer, type TlsServerOptions } from '../../../src/apiserver/http/tls-server.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createAuthority, type Authority, type Pair } from '../../support/certificates.ts';
import { connectFrames, frameTypes, type FrameClient } from '../../support/http2-frames.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

/** More than the system takes for a client that reads nothing. */
export const muchBytes = 64 << 20;

type Child = ChildProcessByStdio<null, Readable, null>;

let ca: Authority;
let serving: Pair;
export const servers: TlsServer[] = [];
const clients: FrameClient[] = [];
const children: Child[] = [];

/** Hooks: what a test has started ends with it. */
export function eachWithItsSessions(): void {
  beforeAll(async () => {
    ca = await createAuthority();
    serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const { socket } of clients.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) await server.close(0);
  });
}

export interface Served {
  readonly port: number;
  readonly clock: ManualClock;
  /** So much time passes in which the process gets no turns. */
  readonly pause: (milliseconds: number) => void;
  readonly deaths: SessionDeath[];
  readonly asked: string[];
  /** Of the watches that are open. */
  readonly open: Set<string>;
}

/** /watch stays open, everything else is answered at once. */
export async function serve(watch: (write: (bytes: Buffer) => void) => void = () => undefined): Promise<Served> {
  const clock = createManualClock();
  let paused = 0;
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
    ...{ handle, credentials: serving, logger: silentLogger },
    clock: { ...clock, monotonic: () => clock.monotonic() + paused },
    upgrade: () => Promise.resolve(),
    onSessionDeath: (why) => deaths.push(why),
  });
  servers.push(server);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { port, clock, pause: (milliseconds) => (paused += milliseconds), deaths, asked, open };
}

export async function client(port: number): Promise<FrameClient> {
  const made = await connectFrames({ port, ca: ca.cert });
  made.socket.on('error', () => undefined);
  clients.push(made);
  return made;
}

export const get = (path: string): [string, string][] => [[':path', path]];

/** A ping is written, read, answered and read: each takes a turn of the event loop, some of them two. */
const turnsThereAndBack = 10;

/**
 * So many looks at the sessions. Between two of them bytes go there and back: turns are counted, since on a busy machine the
 * process may get none for some time.
 */
export async function look(clock: ManualClock, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    clock.advance(1_000);
    await thereAndBack();
  }
}

export async function thereAndBack(): Promise<void> {
  for (let turn = 0; turn < turnsThereAndBack; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

export const pingsTo = ({ frames }: FrameClient): number =>
  frames.filter(({ type, flags }) => type === frameTypes.ping && flags === 0).length;

/**
 * A client in a process of its own, which lets the server send as much as it likes. It stops as a whole at the first byte of its
 * watch, and takes the rest once it goes on.
 */
export async function stoppedApart(port: number): Promise<Child> {
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
