/** What happens on connections of HTTP/1.1 whose user has much waiting. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Authorizer } from '../../src/auth/contract.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { Api, widget, widgetsPath } from '../support/api.ts';

/** So many wait before connections are left unread. */
const kept = 64;

let api: Api;
let server: Server;
let release: () => void = () => undefined;
const sockets = new Set<Socket>();

/** Connections are left unread until there is room, however slow the machine is: not for five seconds at most. */
const patient: Clock = {
  ...systemClock,
  after: (milliseconds, callback) =>
    milliseconds === 5_000 ? () => undefined : systemClock.after(milliseconds, callback),
};

/** A server with room for four reads, where those of `noisy` for the object `held` take until `release`. */
beforeEach(async () => {
  const released = new Promise<void>((resolve) => (release = resolve));
  const authorizer: Authorizer = {
    async authorize({ resource }) {
      if (resource?.name === 'held') await released;
      return { allowed: true };
    },
  };
  api = await Api.started({ authorizer, clock: patient, limits: { readOnly: 4 }, waiting: { ofUser: kept } });
  for (const name of ['held', 'free']) await api.request('post', widgetsPath).send(widget(name)).expect(201);
  server = createServer((request, response) => void api.server.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  release();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
  await api.stop();
});

/** One connection, and the statuses of its answers in order. */
async function connection(): Promise<{ socket: Socket; statuses: () => number[] }> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port });
  sockets.add(socket);
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  return { socket, statuses };
}

const get = (user: string, name: string): string =>
  `GET ${widgetsPath}/${name} HTTP/1.1\r\nHost: localhost\r\nX-User: ${user}\r\n\r\n`;

const metric = async (line: string): Promise<void> => {
  await expect.poll(() => api.metrics.text()).toContain(line);
};
const paused = (count: number): Promise<void> => metric(`apiserver_flowcontrol_paused_connections ${count}`);
const waiting = (count: number): Promise<void> =>
  metric(`apiserver_flowcontrol_current_inqueue_requests{request_kind="readOnly"} ${count}`);

/** All the room that noisy may have is taken, and as many wait as may. */
async function crowd(): Promise<void> {
  for (let index = 0; index < 3 + kept; index++) (await connection()).socket.write(get('noisy', 'held'));
  await waiting(kept);
}

it('the next request waits unread, and is answered when there is room', async () => {
  await crowd();
  const { socket, statuses } = await connection();
  socket.write(get('noisy', 'free'));
  await expect.poll(statuses).toEqual([429]);
  await paused(1);
  socket.write(get('noisy', 'free'));
  const quiet = await connection();
  quiet.socket.write(get('quiet', 'free'));
  await expect.poll(quiet.statuses).toEqual([200]);
  // Others have been answered since, but not this one.
  expect(statuses()).toEqual([429]);
  await paused(1);
  release();
  await expect.poll(statuses).toEqual([429, 200]);
  await paused(0);
});

it('requests in a row (pipelining) are answered in order', async () => {
  await crowd();
  const { socket, statuses } = await connection();
  socket.write(get('noisy', 'free') + get('noisy', 'missing'));
  await expect.poll(statuses).toEqual([429, 429]);
  await paused(1);
  socket.write(get('noisy', 'missing') + get('noisy', 'free'));
  release();
  await expect.poll(statuses).toEqual([429, 429, 404, 200]);
});

it('the connection is read while another request on it is not answered yet', async () => {
  await crowd();
  const { socket, statuses } = await connection();
  const body = JSON.stringify(widget('made'));
  const head = ['Host: localhost', 'X-User: noisy', 'Content-Type: application/json', `Content-Length: ${body.length}`];
  socket.write(`${get('noisy', 'free')}${[`POST ${widgetsPath} HTTP/1.1`, ...head, '', ''].join('\r\n')}`);
  await expect.poll(statuses).toEqual([429]);
  expect(await api.metrics.text()).toContain('apiserver_flowcontrol_paused_connections 0');
  socket.write(body);
  await expect.poll(statuses).toEqual([429, 201]);
});

it('a connection with requests of several users is always read', async () => {
  await crowd();
  const { socket, statuses } = await connection();
  socket.write(get('quiet', 'free'));
  await expect.poll(statuses).toEqual([200]);
  socket.write(get('noisy', 'free'));
  await expect.poll(statuses).toEqual([200, 429]);
  socket.write(get('quiet', 'free'));
  await expect.poll(statuses).toEqual([200, 429, 200]);
});

it('a connection that its client closes while it is not read is forgotten', async () => {
  await crowd();
  const { socket, statuses } = await connection();
  socket.write(get('noisy', 'free'));
  await expect.poll(statuses).toEqual([429]);
  await paused(1);
  socket.destroy();
  release();
  await paused(0);
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  for (const one of sockets) one.destroy();
  await expect.poll(connections).toBe(0);
});
