/** Clients that do not read are cut off, and can see that what they have is not the whole. */
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { Response } from '../../../src/apiserver/exchange.ts';
import { createUnsentBytes } from '../../../src/apiserver/flowcontrol/unsent.ts';
import { BodyWriter } from '../../../src/apiserver/http/body-writer.ts';
import { HttpExchange } from '../../../src/apiserver/http/exchange.ts';
import { createPartCompressor } from '../../../src/apiserver/http/gzip-parts.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';
import { ResponseSink } from '../../../src/apiserver/registry/response-sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { unhurried } from '../../../src/runtime/turns.ts';

const large = Buffer.alloc(4 * 1024 * 1024, 'x');
const unsent = createUnsentBytes(1_000);

const listed = async (exchange: HttpExchange): Promise<void> => {
  await new BodyWriter(exchange).writeAll(large);
};
const watched = ({ response }: { response: Response }): Promise<void> => {
  const options = { clock: systemClock, sizes: { observe: () => undefined }, unsent, onCut: () => undefined };
  new ResponseSink(response, options).write([large]);
  return Promise.resolve();
};

it.each<[what: string, answer: (exchange: HttpExchange) => Promise<void>]>([
  ['a list', listed],
  ['a watch', watched],
])('over HTTP/2, %s that is cut off ends with an error', async (_, answer) => {
  let cutOff: () => void = () => undefined;
  const server = createServer((request, response) => {
    const exchange = new HttpExchange(request, response, {
      ...{ requestId: 'id', info: parseRequestInfo('GET', '/'), compressed: new WeakMap(), turns: unhurried, unsent },
      compressor: createPartCompressor(),
    });
    response.stream.on('error', () => undefined).once('close', () => cutOff());
    answer(exchange).catch(() => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  const stream = session.request({ ':path': '/' });
  const seen: string[] = [];
  stream.on('end', () => seen.push('end')).on('error', (error: Error) => seen.push(error.message));
  // It reads again when it is too late.
  cutOff = () => stream.resume();
  await new Promise((closed) => stream.once('close', closed));
  expect(seen).toEqual(['Stream closed with error code NGHTTP2_INTERNAL_ERROR']);
});
