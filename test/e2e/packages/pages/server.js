// A member's server, for tests of connections to it. What it keeps is in its memory.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { URL } from 'node:url';

const listeners = new Set();
let kept = [];

const answers = {
  '/': (_, response) => response.end('hello\n'),
  '/page': (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><script src="/script.js"></script><a href="/next?a=1&amp;b=2">next</a>\n');
  },
  // What it was asked.
  '/asked': ({ method, url, headers }, response) => response.end(JSON.stringify({ method, url, headers })),
  // Each part of the body as soon as it is there.
  '/echo': (request, response) => request.pipe(response),
  '/kept': async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'Content-Length': kept.reduce((sum, { length }) => sum + length, 0) });
      for (const chunk of kept) response.write(chunk);
      response.end();
      return;
    }
    const chunks = [];
    const hash = createHash('sha256');
    for await (const chunk of request) {
      chunks.push(chunk);
      hash.update(chunk);
    }
    kept = chunks;
    response.end(hash.digest('hex'));
  },
  // A stream of lines: what others say.
  '/lines': (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.flushHeaders();
    listeners.add(response);
    response.once('close', () => listeners.delete(response));
  },
  '/say': (_, response, query) => {
    for (const listener of listeners) listener.write(`${query.get('line')}\n`);
    response.end(String(listeners.size));
  },
  '/redirect': (_, response, query) => response.writeHead(302, { Location: query.get('to') }).end(),
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://member');
  const answer = answers[pathname] ?? ((_, missing) => missing.writeHead(404).end());
  void answer(request, response, searchParams);
});

// WebSockets get their messages back; users of other protocols their bytes.
server.on('upgrade', ({ headers }, socket, head) => {
  const key = headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${headers.upgrade}`];
  const isWebSocket = headers.upgrade.toLowerCase() === 'websocket';
  if (isWebSocket) lines.push(`Sec-WebSocket-Accept: ${accept}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.on('error', () => socket.destroy());
  if (isWebSocket) echoFrames(socket, head);
  else {
    socket.write(head);
    socket.pipe(socket);
  }
});

/** Source: RFC 6455, section 5.2 */
function echoFrames(socket, head) {
  let received = head;
  const next = () => {
    for (;;) {
      const short = received[1] & 0x7f;
      const sizeBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
      const start = 6 + sizeBytes;
      if (received.length < start) return;
      const size = sizeBytes === 8 ? received.readUInt32BE(6) : sizeBytes === 2 ? received.readUInt16BE(2) : short;
      if (received.length < start + size) return;
      const mask = received.subarray(start - 4, start);
      const payload = received.subarray(start, start + size).map((byte, index) => byte ^ mask[index % 4]);
      socket.write(Buffer.concat([received.subarray(0, 1), Buffer.from([short]), received.subarray(2, 2 + sizeBytes)]));
      socket.write(payload);
      const isClose = (received[0] & 0x0f) === 8;
      received = received.subarray(start + size);
      if (isClose) {
        socket.end();
        return;
      }
    }
  };
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    next();
  });
  next();
}

server.listen(8080);
