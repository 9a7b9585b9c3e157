import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClientCertificateAuthenticator } from '../../../src/auth/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Api, widgetsPath } from '../../support/api.ts';
import { createAuthority } from '../../support/certificates.ts';

let api: Api;
let socket: TLSSocket;
const uncaught: unknown[] = [];
const remember = (error: unknown): void => void uncaught.push(error);

beforeEach(async () => {
  process.on('uncaughtException', remember);
  const ca = await createAuthority();
  const serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
  const admin = await ca.issue('CN=admin,O=system:masters');
  const certificates = createClientCertificateAuthenticator({ authorities: ca.cert, clock: systemClock });
  api = await Api.started({ authenticators: [certificates] });
  const { port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials: serving });
  socket = connect({ host: '127.0.0.1', port, ca: ca.cert, servername: 'localhost', ...admin });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
});
afterEach(async () => {
  process.off('uncaughtException', remember);
  socket.destroy();
  await api.server.stop(200);
  await api.stop();
});

it('ends a connection that sends no frames after its watch was refused, and nothing else', async () => {
  const closed = once(socket, 'close');
  let answer = '';
  const refused = new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
      if (answer.includes('Timeout')) resolve();
    });
  });
  const head = [
    `GET ${widgetsPath}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999999 HTTP/1.1`,
    ...['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await refused;
  expect(answer).toMatch(/^HTTP\/1.1 101 /);
  socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  await closed;
  expect(uncaught).toEqual([]);
});
