/** A front on a server of Node's own, which serves the page to one user. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Front, FrontAnswer } from '../apiserver/front.ts';

/**
 * Answers the request if it is for the front.
 * @returns false if it is not: nothing was done
 */
export function answerPlainly(front: Front, request: IncomingMessage, response: ServerResponse): boolean {
  const handler = front.find(request);
  if (handler === undefined) return false;
  // A client that leaves is no error of this server.
  response.on('error', () => undefined);
  const readBody = (limit: number): Promise<Buffer> => read(request, limit);
  Promise.resolve(handler(readBody)).then(
    (answer) => send(answer, request, response),
    () => response.writeHead(413, { Connection: 'close' }).end(),
  );
  return true;
}

function send({ status, contentType, body, headers }: FrontAnswer, request: IncomingMessage, response: ServerResponse) {
  response.writeHead(status, { ...headers, 'Content-Type': contentType, 'Content-Length': body.length });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

/** @throws Error if there are more bytes than this, or the request ends early */
async function read(request: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    // The rest is read and dropped, so that the client gets the answer.
    if (length <= limit) parts.push(part);
  }
  if (length > limit) throw new Error(`the body has more than ${limit} bytes`);
  return Buffer.concat(parts, length);
}
