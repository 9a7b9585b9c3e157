import type { ServerResponse } from 'node:http';
import type * as Zlib from 'node:zlib';
import { gunzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import type { Exchange } from '../../../src/apiserver/exchange.ts';
import { sendBody } from '../../../src/apiserver/http/send.ts';

const memory = vi.hoisted(() => ({ isShort: false }));
vi.mock('node:zlib', async (original) => {
  const zlib = await original<typeof Zlib>();
  const gzip = (bytes: Buffer, options: object, done: (error: Error | null, result?: Buffer) => void): void => {
    if (memory.isShort) done(new Error('ENOMEM'));
    else zlib.gzip(bytes, options, done);
  };
  return { ...zlib, gzip };
});

it('compresses an answer anew where that failed the first time', async () => {
  const compressed = new WeakMap<object, Promise<Buffer>>();
  const sent: Buffer[] = [];
  const response = { writeHead: () => undefined, end: (bytes: Buffer) => void sent.push(bytes) };
  const exchange = {
    ...{ compressed, requestId: 'one', request: { method: 'GET', headers: { 'accept-encoding': 'gzip' } } },
    response: response as unknown as ServerResponse,
  } as unknown as Exchange;
  const body = Buffer.alloc(200_000, 'x');
  const answer = { status: 200, contentType: 'text/plain', body };
  memory.isShort = true;
  await expect(sendBody(exchange, answer)).rejects.toThrow('ENOMEM');
  memory.isShort = false;
  await sendBody(exchange, answer);
  expect(gunzipSync(sent[0] ?? '')).toEqual(body);
  const kept = compressed.get(body);
  await sendBody(exchange, answer);
  expect(compressed.get(body)).toBe(kept);
});
