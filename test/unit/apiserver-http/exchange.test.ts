import { once } from 'node:events';
import { createServer as createHttp1 } from 'node:http';
import { connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Request, Response } from '../../../src/apiserver/exchange.ts';
import { createPartCompressor } from '../../../src/apiserver/http/gzip-parts.ts';
import { ClientGoneError, HttpExchange } from '../../../src/apiserver/http/exchange.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';
import { warnsOfListeners } from '../../support/listeners.ts';
import { createUnsentBytes } from '../../../src/apiserver/flowcontrol/unsent.ts';
import { unhurried } from '../../../src/runtime/turns.ts';

type Server = ReturnType<typeof createHttp1> | ReturnType<typeof createHttp2>;

/** Answers nothing, or a whole answer, to one client that then goes away; and tells what the request's signal says. */
async function signalAfter(server: Server, ask: (port: number) => () => void, answers: boolean): Promise<AbortSignal> {
  let asked: (signal: AbortSignal, response: Response) => void = () => undefined;
  const arrived = new Promise<{ signal: AbortSignal; closed: Promise<unknown> }>((resolve) => {
    asked = (signal, response) => {
      resolve({ signal, closed: new Promise((over) => response.once('close', over)) });
    };
  });
  server.on('request', (req: Request, response: Response) => {
    const made = {
      requestId: 'id',
      info: parseRequestInfo('GET', '/'),
      compressed: new WeakMap(),
      compressor: createPartCompressor(),
      turns: unhurried,
      unsent: createUnsentBytes(1_000),
    };
    const { signal } = new HttpExchange(req, response, made);
    asked(signal, response);
    if (answers) response.end('whole');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const leave = ask((server.address() as AddressInfo).port);
  const { signal, closed } = await arrived;
  if (!answers) leave();
  await closed;
  leave();
  server.close();
  return signal;
}

const overHttp1 = (port: number): (() => void) => {
  const client = request({ port, host: '127.0.0.1' }, (response) => response.resume());
  client.on('error', () => undefined).end();
  return () => client.destroy();
};

const overHttp2 = (port: number): (() => void) => {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => undefined).resume();
  return () => {
    session.destroy();
  };
};

const protocols: [string, () => Server, typeof overHttp1][] = [
  ['HTTP/1.1', () => createHttp1(), overHttp1],
  ['HTTP/2', () => createHttp2(), overHttp2],
];

describe.each(protocols)('the signal of a request over %s', (_, createServer, ask) => {
  it('may have any number of listeners', async () => {
    expect(await warnsOfListeners(await signalAfter(createServer(), ask, true))).toBe(false);
  });

  it('is aborted where the client goes away before it was answered', async () => {
    const signal = await signalAfter(createServer(), ask, false);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(ClientGoneError);
  });

  it('is not aborted after a complete answer', async () => {
    expect((await signalAfter(createServer(), ask, true)).aborted).toBe(false);
  });
});
