import type { ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Exchange } from '../../../src/apiserver/exchange.ts';
import { sendBody } from '../../../src/apiserver/http/send.ts';

it('compresses an answer anew where that failed the first time', async () => {
  const compressed = new WeakMap<object, Promise<Buffer>>();
  const sent: Buffer[] = [];
  const response = { writeHead: () => undefined, end: (bytes: Buffer) => void sent.push(bytes) };
  const exchange = {
    ...{ compressed, requestId: 'one', request: { method: 'GET', headers: { 'accept-encoding': 'gzip' } } },
    response: response as unknown as ServerResponse,
  } as unknown as Exchange;
  const piece = Buffer.alloc(200_000, 'x');
  let isShort = true;
  function* body(): Generator<Buffer> {
    yield piece;
    if (isShort) throw new Error('ENOMEM');
    yield piece;
  }
  const identity = {};
  const send = (): Promise<void> =>
    sendBody(exchange, { status: 200, contentType: 'text/plain', body: body(), identity });
  await expect(send()).rejects.toThrow('ENOMEM');
  isShort = false;
  await send();
  expect(gunzipSync(sent[0] ?? '')).toEqual(Buffer.concat([piece, piece]));
  const kept = compressed.get(identity);
  await send();
  expect(compressed.get(identity)).toBe(kept);
});
