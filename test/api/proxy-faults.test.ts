/** Members and clients that break off, do not read, send too much, or are very many, at a proxy to a real server. */
import { request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
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
const tls = () => ({ host: '127.0.0.1', port: lab.port, ca: lab.ca.cert, ...lab.admin, agent: false as const });
const running = async (): Promise<number> =>
  Number(/apiserver_longrunning_requests\{[^}]*\} (\d+)/.exec(await lab.api.metrics.text())?.[1] ?? 0);

/** Resolves with the count once it has not changed for a while: what lies between is full then. */
async function settled(count: () => number): Promise<number> {
  for (let before = -1; before !== count();) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return count();
}

interface Pair {
  readonly client: WebSocket;
  readonly member: WebSocket;
}

/** WebSockets to the member, and their other ends. Handshakes of TLS but the first are short ones. */
function webSockets() {
  const server = new WebSocketServer({ noServer: true });
  const accepted = new Map<string, WebSocket>();
  lab.member.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (member) => accepted.set(request.url ?? '', member));
  });
  let session: Buffer | undefined;
  let count = 0;
  const createConnection = () => {
    const socket = connectTls({ ...tls(), ...(session === undefined ? {} : { session }) });
    return socket.once('session', (ticket) => (session = ticket));
  };
  return {
    server,
    open: () =>
      new Promise<Pair>((resolve, reject) => {
        const path = `/ws?${count++}`;
        const url = `wss://127.0.0.1:${lab.port}${proxy}${path}`;
        const client = new WebSocket(url, { createConnection, perMessageDeflate: false });
        client.once('error', reject).once('open', () => {
          const member = accepted.get(path);
          if (member === undefined) reject(new Error('the member has not accepted it'));
          else resolve({ client, member });
        });
      }),
  };
}

/** Sends without an end, a megabyte at a time, as fast as the connection takes it. @returns how many it took */
function flood(socket: WebSocket): () => number {
  let taken = 0;
  const next = (): void => {
    if (taken >= 200) return;
    socket.send(megabyte, (error) => {
      if (error) return;
      taken++;
      next();
    });
  };
  next();
  return () => taken;
}

describe('a member that is gone in the middle of an answer', () => {
  it.each(['ask', 'askHttp2'] as const)('makes an answer that is cut off, and no whole one (%s)', async (how) => {
    lab.onRequest = (request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('begun', () => request.socket.destroy());
    };
    await expect(lab[how](`${proxy}/`)).rejects.toThrow();
    lab.onRequest = (request, response) => {
      response.writeHead(200);
      response.write('begun', () => request.socket.destroy());
    };
    await expect(lab[how](`${proxy}/`)).rejects.toThrow();
    lab.onRequest = (_, response) => response.end('hello');
    expect(await lab[how](`${proxy}/`)).toMatchObject({ status: 200, text: 'hello' });
    await expect.poll(running).toBe(0);
  });
});

describe('who does not read', () => {
  it.each(['HTTP/1.1', 'HTTP/2'])('makes who sends a request wait (%s)', async (version) => {
    lab.onRequest = (request) => void request.pause();
    let taken = 0;
    const sent =
      version === 'HTTP/2'
        ? lab.session().request({ ':method': 'PUT', ':path': `${proxy}/` })
        : httpsRequest({ ...tls(), method: 'PUT', path: `${proxy}/` });
    sent.on('error', () => undefined);
    const next = (): void => {
      if (taken >= 200) return;
      sent.write(megabyte, (error) => {
        if (error) return;
        taken++;
        next();
      });
    };
    next();
    expect(await settled(() => taken)).toBeLessThan(40);
    expect((await lab.ask(`${proxy}?other`)).status).toBe(302);
    // Over HTTP/1.1, that the client has left is behind the bytes that nobody takes.
    sent.destroy();
    lab.member.closeAllConnections();
    await expect.poll(running).toBe(0);
  });

  it('makes the other side of a WebSocket wait, in both directions', async () => {
    const { open } = webSockets();
    const slowClient = await open();
    slowClient.client.pause();
    expect(await settled(flood(slowClient.member))).toBeLessThan(40);
    const slowMember = await open();
    slowMember.member.pause();
    expect(await settled(flood(slowMember.client))).toBeLessThan(40);
    for (const { client, member } of [slowClient, slowMember]) {
      client.terminate();
      member.terminate();
    }
    await expect.poll(running).toBe(0);
  });
});

describe('headers', () => {
  it('as large as this server takes them pass, larger ones are refused', async () => {
    let got = 0;
    lab.onRequest = (request, response) => {
      got = String(request.headers['x-large']).length;
      response.end();
    };
    const large = (length: number) => lab.ask(`${proxy}/`, { headers: { 'X-Large': 'x'.repeat(length) } });
    // The member's own server takes no more by default.
    expect([(await large(12_000)).status, got]).toEqual([200, 12_000]);
    got = 0;
    expect([(await large(80_000)).status, got]).toEqual([431, 0]);
  });

  it('of a member that are too large are an error that names it', async () => {
    lab.onRequest = (_, response) => response.writeHead(200, { 'X-Large': 'x'.repeat(80_000) }).end();
    for (const how of ['ask', 'askHttp2'] as const) {
      const { status, text } = await lab[how](`${proxy}/`);
      expect([status, text]).toEqual([503, expect.stringContaining('HPE_HEADER_OVERFLOW')]);
    }
  });
});

it('1,000 idle WebSockets cost little memory, and hold nobody up', async () => {
  const { open, server } = webSockets();
  const before = process.memoryUsage().rss;
  const pairs = [await open()];
  while (pairs.length < 1000) pairs.push(...(await Promise.all(Array.from({ length: 27 }, open))));
  expect(await running()).toBe(1000);
  // With the sockets of clients and members, which are in this process, too.
  expect((process.memoryUsage().rss - before) / pairs.length).toBeLessThan(400_000);
  lab.onRequest = (_, response) => response.end('hello');
  expect(await lab.ask(`${proxy}/`)).toMatchObject({ status: 200, text: 'hello' });
  const [first, last] = [pairs[0], pairs.at(-1)];
  for (const pair of [first, last]) {
    const got = new Promise((resolve) => pair?.client.once('message', (data: Buffer) => resolve(data.toString())));
    pair?.member.send('awake');
    expect(await got).toBe('awake');
  }
  for (const { client } of pairs) client.terminate();
  await expect.poll(running).toBe(0);
  await expect.poll(() => server.clients.size).toBe(0);
});
