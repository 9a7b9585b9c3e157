/** When a connection to a member is used again. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { proxy, ProxyLab } from './proxy-fixture.ts';

let lab: ProxyLab;
let opened: number;
beforeEach(async () => {
  lab = new ProxyLab();
  opened = 0;
  lab.member.on('connection', () => opened++);
  await lab.start();
});
afterEach(() => lab.stop());

const ask = async (...sent: Parameters<ProxyLab['ask']>): Promise<[number, string]> => {
  const { status, text } = await lab.ask(...sent);
  return [status, text];
};

it('the next GET of the same user uses it', async () => {
  for (let count = 0; count < 3; count++) expect(await ask(`${proxy}/`)).toEqual([200, 'hello']);
  expect(opened).toBe(1);
});

it('another user never does', async () => {
  const other = await lab.ca.issue('CN=other,O=system:masters');
  await ask(`${proxy}/`);
  expect(await ask(`${proxy}/`, { as: other })).toEqual([200, 'hello']);
  expect(opened).toBe(2);
});

it('a request that may not be sent again never does', async () => {
  await ask(`${proxy}/`);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect(await ask(`${proxy}/`, { method, body: 'x' })).toEqual([200, 'hello']);
  }
  expect(opened).toBe(5);
});

it('a GET gets another one where the member has just ended the one that was kept, and so does nobody else', async () => {
  const used = new Set<Socket>();
  let requests = 0;
  lab.onRequest = ({ socket }, response) => {
    requests++;
    if (used.has(socket)) socket.destroy();
    else response.end('hello');
    used.add(socket);
  };
  await ask(`${proxy}/`);
  expect(await ask(`${proxy}/`)).toEqual([200, 'hello']);
  expect([opened, requests]).toEqual([2, 3]);
  // One that fails on a connection of its own is not repeated.
  requests = 0;
  lab.onRequest = ({ socket }) => {
    requests++;
    socket.destroy();
  };
  expect((await ask(`${proxy}/`, { method: 'POST', body: 'x' }))[0]).toBe(503);
  expect(requests).toBe(1);
});

it('an answer that was not read to its end leaves none', async () => {
  lab.onRequest = (_, response) => {
    response.writeHead(200);
    response.write('begun');
  };
  const stream = lab.session().request({ ':path': `${proxy}/` });
  await new Promise((resolve) => stream.once('data', resolve));
  stream.close(8);
  lab.onRequest = (_, response) => response.end('hello');
  expect(await ask(`${proxy}/`)).toEqual([200, 'hello']);
  expect(opened).toBe(2);
});

it('a stream that is no socket, as those of simulated members, is used once', async () => {
  lab.isSimulated = true;
  for (const method of ['GET', 'GET', 'POST']) expect(await ask(`${proxy}/`, { method })).toEqual([200, 'hello']);
  expect(opened).toBe(3);
});
