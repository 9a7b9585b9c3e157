import { connect } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../src/clients/contract.ts';
import type { UserInfo } from '../../src/meta/user.ts';
import {
  createAccessReviewAuthorizer,
  createDelegatedAuthenticator,
  publicInfoAuthorizer,
} from '../../src/auth/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { Api, widgetsPath } from '../support/api.ts';
import { createAuthority, type Authority, type Pair } from '../support/certificates.ts';

let ca: Authority;
let frontCa: Authority;
let serving: Pair;
let front: Pair;
let jane: Pair;
let api: Api;
let port: number;
let asked: AccessRequest[];
let unreachable: boolean;

beforeAll(async () => {
  ca = await createAuthority('CN=client-ca');
  frontCa = await createAuthority('CN=front-proxy-ca');
  serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
  front = await frontCa.issue('CN=front-proxy-client');
  jane = await ca.issue('CN=jane,O=dev');
});
beforeEach(async () => {
  asked = [];
  unreachable = false;
  const requestHeader = {
    ...{ authorities: frontCa.cert, allowedNames: ['front-proxy-client'] },
    ...{ usernameHeaders: ['x-remote-user'], uidHeaders: ['x-remote-uid'], groupHeaders: ['x-remote-group'] },
    extraHeaderPrefixes: ['x-remote-extra-'],
  };
  const config = { clientAuthorities: ca.cert, requestHeader };
  const ports = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
  const authenticator = createDelegatedAuthenticator({
    ...ports,
    reviewer: { review: () => (unreachable ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve(undefined)) },
    config: {
      ...{ current: () => config, loaded: () => true, start: () => Promise.resolve() },
      onChange: () => () => undefined,
    },
  });
  const authorizer = createAccessReviewAuthorizer({
    ...ports,
    reviewer: {
      review: (request) => {
        asked.push(request);
        return unreachable ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve({ allowed: true, reason: '' });
      },
    },
  });
  api = await Api.started({ authenticators: [authenticator], authorizer: publicInfoAuthorizer(authorizer) });
  ({ port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials: serving }));
});
afterEach(async () => {
  await api.server.stop(200);
  await api.stop();
});

type Lines = [string, string][];

/** Written by hand, because a client of Node.js would correct the error. */
function overHttp1(pair: Pair | undefined, lines: Lines, path = widgetsPath): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, ca: ca.cert, ALPNProtocols: ['http/1.1'], ...pair }, () => {
      const headers = [['Host', 'localhost'], ['Connection', 'close'], ...lines].map((line) => line.join(': '));
      socket.write(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('end', () => {
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]));
    });
    socket.on('error', reject);
  });
}

function overHttp2(pair: Pair | undefined, lines: Lines, path = widgetsPath): Promise<number> {
  const headers: Record<string, string | string[]> = { ':path': path };
  for (const [name, value] of lines) {
    // HTTP/2 shows each byte as one character.
    const text = Buffer.from(value, 'utf8').toString('latin1');
    const before = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = before === undefined ? text : [...[before].flat(), text];
  }
  return new Promise((resolve, reject) => {
    const session = connect(`https://localhost:${port}`, { ca: ca.cert, ...pair });
    session.on('error', reject);
    const stream = session.request(headers);
    stream.on('response', ({ ':status': status }) => {
      resolve(status ?? 0);
      session.destroy();
    });
    stream.on('error', reject);
    stream.end();
  });
}

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s', (_, send) => {
  const userOf = async (pair: Pair | undefined, lines: Lines): Promise<UserInfo | number> => {
    const status = await send(pair, lines);
    return status === 200 ? (asked.at(-1)?.user ?? 0) : status;
  };
  const root: Lines = [
    ['X-Remote-User', 'root'],
    ['X-Remote-Group', 'system:masters'],
  ];

  it('asks about whoever the front proxy names', async () => {
    const lines: Lines = [
      ['X-Remote-User', 'jürgen'],
      ['X-Remote-Uid', '7'],
      ['X-Remote-Group', 'ops, really'],
      ['X-Remote-Group', 'system:authenticated'],
      ['X-Remote-Extra-Example.com%2fscope', 'a'],
      ['X-Remote-Extra-Example.com%2fscope', 'b'],
    ];
    expect(await userOf(front, lines)).toEqual({
      name: 'jürgen',
      uid: '7',
      groups: ['ops, really', 'system:authenticated'],
      extra: { 'example.com/scope': ['a', 'b'] },
    });
    expect(asked).toMatchObject([{ verb: 'list', resource: { resource: 'widgets', namespace: 'default' } }]);
    await send(front, lines);
    expect(asked).toHaveLength(1);
  });

  it('does not know a user whom the front proxy does not name', async () => {
    const lines: Lines = [
      ['X-Remote-User', 'system:anonymous'],
      ['X-Remote-Group', 'system:unauthenticated'],
    ];
    expect(await userOf(front, lines)).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'] });
  });

  it('ignores the headers of the front proxy if they come from anybody else', async () => {
    expect(await userOf(jane, root)).toEqual({ name: 'jane', groups: ['dev', 'system:authenticated'] });
    expect(await userOf(undefined, root)).toBe(401);
    expect(await userOf(await frontCa.issue('CN=somebody'), root)).toBe(401);
    const underscores: Lines = [
      ['X_Remote_User', 'root'],
      ['X_Remote_Group', 'system:masters'],
    ];
    expect(await userOf(front, underscores)).toBe(401);
  });

  it('shows only health to everybody', async () => {
    expect(await send(undefined, [], '/readyz')).toBe(200);
    expect(await send(undefined, root, '/apis')).toBe(401);
    expect(await send(undefined, [], '/metrics')).toBe(401);
    expect(asked).toEqual([]);
  });

  it('lets nobody in while kube-apiserver does not answer', async () => {
    unreachable = true;
    expect(await send(front, root)).toBe(503);
    expect(await send(jane, [])).toBe(503);
    expect(await send(undefined, [['Authorization', 'Bearer opaque']])).toBe(503);
    expect(await send(undefined, [])).toBe(401);
    unreachable = false;
    expect(await send(front, root)).toBe(200);
    expect(await send(undefined, [['Authorization', 'Bearer opaque']])).toBe(401);
  });
});
