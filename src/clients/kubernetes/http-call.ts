/** One HTTP request and its answer, which can be broken off at any time. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Connection } from './credentials.ts';

export interface HttpCallOptions {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpCall {
  /** As soon as the headers are there. Rejects with what broke the connection, or with what destroy() was given. */
  readonly response: Promise<IncomingMessage>;
  /** Ends the request, or the reading of its answer, with this error. */
  destroy(error: Error): void;
  /** True where the connection was an old one: it may have been closed just as the request went out. */
  readonly wasReused: boolean;
}

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
  const response = new Promise<IncomingMessage>((resolve, reject) => {
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
    destroy: (error) => void (answer ?? sent).destroy(error),
    get wasReused() {
      return sent.reusedSocket;
    },
  };
}

const inflated = promisify(gunzip);

/** The whole body as text. @throws Error for one of more than so many bytes */
export async function readBody(message: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return (message.headers['content-encoding'] === 'gzip' ? await inflated(bytes) : bytes).toString('utf8');
}
