import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClientCertificateAuthenticator } from '../../../src/auth/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Api, widget, widgetsPath } from '../../support/api.ts';
import { createAuthority, type Authority, type Pair } from '../../support/certificates.ts';

let ca: Authority;
let serving: Pair;
let admin: Pair;
let api: Api;
let port: number;
let session: ClientHttp2Session;

beforeAll(async () => {
  ca = await createAuthority();
  serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
  admin = await ca.issue('CN=admin,O=system:masters');
  const certificates = createClientCertificateAuthenticator({ authorities: ca.cert, clock: systemClock });
  api = await Api.started({ authenticators: [certificates] });
  ({ port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials: serving }));
});
afterAll(async () => {
  await api.server.stop(200);
  await api.stop();
});
beforeEach(() => {
  session = connect(`https://127.0.0.1:${port}`, { ca: ca.cert, ...admin });
});
afterEach(() => session.destroy());

interface Answered {
  readonly status: number;
  /** The interim answers before it. */
  readonly interim: readonly number[];
  readonly text: string;
}

async function overHttp2(method: string, path: string, expects: string, body?: object): Promise<Answered> {
  const stream = session.request({ ':method': method, ':path': path, expect: expects });
  const interim: number[] = [];
  stream.on('continue', () => interim.push(100));
  stream.on('headers', (headers) => interim.push(Number(headers[':status'])));
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  stream.end(body === undefined ? undefined : JSON.stringify(body));
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
  await once(stream, 'close');
  return { status: headers[':status'], interim, text };
}

async function overHttp1(method: string, path: string, expects: string, body = ''): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert, ...admin });
  await once(socket, 'secureConnect');
  const head = ['Host: localhost', 'Connection: close', `Expect: ${expects}`, `Content-Length: ${body.length}`];
  socket.write([`${method} ${path} HTTP/1.1`, ...head, '', ''].join('\r\n'));
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    if (text === '' && chunk.toString().startsWith('HTTP/1.1 100 ')) socket.write(body);
    text += chunk.toString();
  });
  await once(socket, 'close');
  return text;
}

describe('a request that expects 100-continue', () => {
  it.each([
    ['POST', widgetsPath, widget('a'), 201],
    ['POST', widgetsPath, widget('a'), 409],
    ['POST', widgetsPath, { ...widget('b'), metadata: { name: 'No Name' } }, 422],
    ['GET', `${widgetsPath}/none`, undefined, 404],
    ['DELETE', `${widgetsPath}/a`, undefined, 200],
  ])('gets its one answer over HTTP/2: %s %s', async (method, path, body, status) => {
    expect(await overHttp2(method, path, '100-continue', body)).toMatchObject({ status, interim: [] });
  });

  it('is told over HTTP/1.1 to send its body, and then answered', async () => {
    const text = await overHttp1('POST', widgetsPath, '100-continue', JSON.stringify(widget('c')));
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created\r\n/);
  });
});

describe('a request that expects something else', () => {
  it('is refused over HTTP/1.1, with a Status, and the connection is closed', async () => {
    const text = await overHttp1('GET', '/version', 'tea');
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/);
    expect(head).toMatch(/connection: close/i);
    expect(body).toContain('"code":417');
  });

  it.each(['tea', '100-Continue', '100-continue, tea'])(
    'is answered over HTTP/2 as if it did not: %s',
    async (expects) => {
      expect(await overHttp2('GET', '/version', expects)).toMatchObject({ status: 200, interim: [] });
    },
  );
});
