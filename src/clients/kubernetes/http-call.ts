/** One HTTP request and its answer, which can be broken off at any time. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Connection } from './credentials.ts';

interface HttpCallOptions {
  readonly url: URL;
  readonly method: string;
  /** A list: a line of its own for each value. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** A request that has been sent. */
export interface HttpCall {
  /** As soon as the headers are there. Rejects with what broke the connection, or with what destroy() was given. */
  readonly response: Promise<IncomingMessage>;
  /** Ends the request, or the reading of its answer, with this error. */
  destroy(error: Error): void;
  /** True where the connection was an old one: it may have been closed just as the request went out. */
  readonly wasReused: boolean;
}

/** Sends the request at once. Failures to connect reject `response`. */
export function startCall({ url, method, headers, body }: HttpCallOptions, connection: Connection): HttpCall {
  const options: RequestOptions = {
    agent: connection.agent,
    method,
    headers: {
      ...connection.headers,
      ...headers,
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    },
  };
  const sent = url.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, options);
  let answer: IncomingMessage | undefined;
  let refuse: (error: Error) => void = () => undefined;
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    refuse = reject;
    sent.once('response', (message) => {
      answer = message;
      // Who reads it sees the error there; one that nobody reads any more must not end the process.
      message.on('error', () => undefined);
      resolve(message);
    });
    sent.on('error', reject);
  });
  response.catch(() => undefined);
  sent.end(body);
  return {
    response,
    destroy(error) {
      // A request that waits for a connection is not heard of again once it is destroyed.
      refuse(error);
      (answer ?? sent).destroy(error);
    },
    get wasReused() {
      return sent.reusedSocket;
    },
  };
}

const inflated = promisify(gunzip);

/** The whole body as text. @throws Error for one of more than so many bytes, as sent or inflated */
export async function readBody(message: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return (message.headers['content-encoding'] === 'gzip' ? await inflate(bytes, maxBytes) : bytes).toString('utf8');
}

async function inflate(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await inflated(bytes, Number.isFinite(maxBytes) ? { maxOutputLength: maxBytes } : {});
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? tooLarge(maxBytes) : error;
  }
}

function tooLarge(maxBytes: number): Error {
  return new Error(`the answer is larger than ${maxBytes} bytes`);
}
