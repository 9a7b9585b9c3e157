import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { BodyPart, Exchange } from '../../../src/apiserver/exchange.ts';
import { ClientGoneError } from '../../../src/apiserver/http/exchange.ts';
import { createPartCompressor } from '../../../src/apiserver/http/gzip-parts.ts';
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

it.each(['as a whole', 'in parts'])(
  'fails with the reason of the signal where a client leaves a body compressed %s',
  async (how) => {
    const gone = new AbortController();
    // Nobody reads it.
    const output = new PassThrough();
    const response = Object.assign(output, { writeHead: () => undefined }) as unknown as ServerResponse;
    const exchange = {
      ...{ compressor: createPartCompressor(), requestId: 'one', signal: gone.signal, response },
      request: { method: 'GET', headers: { 'accept-encoding': 'gzip' } },
    } as unknown as Exchange;
    let made = 0;
    function* parts(): Generator<BodyPart> {
      for (; made < 100; made += 1) {
        const bytes = randomBytes(300_000);
        yield { key: bytes, bytes: () => bytes };
      }
    }
    function* body(): Generator<Buffer> {
      for (const part of parts()) yield part.bytes();
    }
    const answer = {
      status: 200,
      contentType: 'text/plain',
      body: body(),
      ...(how === 'in parts' ? { parts: parts() } : {}),
    };
    const sent = sendBody(exchange, answer);
    await expect.poll(() => output.writableLength).toBeGreaterThan(400_000);
    gone.abort(new ClientGoneError());
    await expect(sent).rejects.toThrow(ClientGoneError);
    expect(made).toBeLessThan(20);
    expect(output.writableLength).toBeLessThan(1_000_000);
  },
);
