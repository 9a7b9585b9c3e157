/** Watches by WebSocket. */
import { request } from 'node:https';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { widget, widgetsPath } from '../../support/api.ts';
import { type Pair } from '../../support/certificates.ts';
import { admin, agentOf, ask, ca, eachWithServer, open, port, type Answer } from './tls-fixture.ts';

eachWithServer();

describe('WebSocket', () => {
  const url = (path: string): string => `wss://127.0.0.1:${port}${path}`;
  const open = (path: string, pair?: Pair): WebSocket => new WebSocket(url(path), { ca: ca.cert, ...pair });

  it('streams a watch, one event a message', async () => {
    const socket = open(`${widgetsPath}?watch=true`, admin);
    const messages: string[] = [];
    const two = new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        messages.push(data.toString());
        if (messages.length === 2) resolve();
      });
      socket.on('error', reject);
      socket.on('open', () => {
        void ask('POST', widgetsPath, { pair: admin, body: widget('a') }).then(() =>
          ask('DELETE', `${widgetsPath}/a`, { pair: admin }),
        );
      });
    });
    await two;
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.close(1000);
    expect(await closed).toBe(1000);
    expect(messages.map((one) => (JSON.parse(one) as { type: string }).type)).toEqual(['ADDED', 'DELETED']);
  });

  it.each([
    [`${widgetsPath}?watch=true`, undefined, 401],
    [widgetsPath, 'admin', 400],
    ['/apis/demo.example/v1/nothing?watch=true', 'admin', 404],
    ['/healthz', 'admin', 404],
    [`${widgetsPath}/a/exec?command=ls`, 'admin', 405],
  ])('answers over HTTP where it is refused: %s as %s is %i', async (path, who, status) => {
    const socket = open(path, who === undefined ? undefined : admin);
    const answered = new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      socket.on('error', () => undefined);
    });
    expect(await answered).toBe(status);
  });
});

describe('WebSocket handshakes', () => {
  const bearer = 'base64url.bearer.authorization.k8s.io.dG9rZW4';
  it.each([
    [['base64.binary.k8s.io'], 'base64.binary.k8s.io'],
    [[bearer, 'binary.k8s.io', 'base64.binary.k8s.io'], 'binary.k8s.io'],
    [[], ''],
  ])('select of %j %j, send text, and end normally', async (offered, selected) => {
    const url = `wss://127.0.0.1:${port}${widgetsPath}?watch=true&allowWatchBookmarks=true&timeoutSeconds=1`;
    const socket = new WebSocket(url, offered, { ca: ca.cert, ...admin });
    const frames: boolean[] = [];
    socket.on('message', (_, isBinary) => frames.push(isBinary));
    const code = await new Promise<number>((resolve, reject) => {
      socket.on('close', resolve);
      socket.on('error', reject);
    });
    expect([socket.protocol, code, frames]).toEqual([selected, 1000, [false]]);
  });

  it.each([
    ['a key that is none', { 'Sec-WebSocket-Key': 'short', 'Sec-WebSocket-Version': '13' }],
    ['an unknown version', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '99' }],
  ])('with %s are answered with a Status, and leave nothing behind', async (_, headers) => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const agent = agentOf(admin);
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', ...headers };
      const path = `${widgetsPath}?watch=true`;
      const sent = request({ host: '127.0.0.1', port, path, agent, headers: upgrade }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      sent.on('error', reject).end();
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Status', reason: 'BadRequest' });
    await expect.poll(open).toBe(0);
  });

  it('for SPDY are answered with the reason why there is none', async () => {
    const headers = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' };
    const status = await new Promise<string>((resolve, reject) => {
      const path = `${widgetsPath}/a/exec?command=ls`;
      const agent = agentOf(admin);
      const sent = request({ host: '127.0.0.1', port, method: 'POST', path, agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve(text);
        });
      });
      sent.on('error', reject).end();
    });
    expect(JSON.parse(status)).toMatchObject({ code: 405, reason: 'MethodNotAllowed', message: 'nothing to run in' });
  });
});
