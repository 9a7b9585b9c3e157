/** An HTTP/2 client by hand: it can do what libraries do not allow, and continues where they would give up. */
import { connect, type TLSSocket } from 'node:tls';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 } as const;
export const flags = { ack: 1, endStream: 1, endHeaders: 4 } as const;

const maxFrame = 16_384;

export interface FrameClient {
  readonly socket: TLSSocket;
  /** All frames received so far. */
  readonly frames: readonly Frame[];
  /** Whether pings are answered; settings always are. */
  answersPings: boolean;
  /** Resolves once the other side has closed the connection. */
  readonly closed: Promise<void>;
  request(stream: number, headers: readonly (readonly [string, string])[], method?: string): void;
  ping(): void;
}

/** Connects, sends the preface, and answers what has to be answered; ignores GOAWAY. */
export function connectFrames(options: {
  port: number;
  ca: string;
  cert?: string;
  key?: string;
}): Promise<FrameClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', ALPNProtocols: ['h2'], ...options });
    const frames: Frame[] = [];
    let waiting: Buffer = Buffer.alloc(0);
    const client: FrameClient = {
      ...{ socket, frames, answersPings: true },
      closed: new Promise((done) => socket.once('close', () => done())),
      request: (stream, headers, method = 'GET') => socket.write(Buffer.concat(requestFrames(stream, method, headers))),
      ping: () => socket.write(frame(frameTypes.ping, 0, 0, Buffer.alloc(8))),
    };
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (let size = sizeOf(waiting); size !== undefined; size = sizeOf(waiting)) {
        const one = frameOf(waiting.subarray(0, size));
        waiting = waiting.subarray(size);
        frames.push(one);
        const isAsked = (one.flags & flags.ack) === 0;
        if (one.type === frameTypes.settings && isAsked) socket.write(frame(frameTypes.settings, flags.ack, 0));
        if (one.type === frameTypes.ping && isAsked && client.answersPings)
          socket.write(frame(frameTypes.ping, flags.ack, 0, one.payload));
      }
    });
    socket.once('secureConnect', () => {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(frame(frameTypes.settings, 0, 0));
      resolve(client);
    });
  });
}

function sizeOf(bytes: Buffer): number | undefined {
  const size = bytes.length < 9 ? Infinity : 9 + bytes.readUIntBE(0, 3);
  return size <= bytes.length ? size : undefined;
}

function frameOf(bytes: Buffer): Frame {
  const payload = Buffer.from(bytes.subarray(9));
  return { type: bytes.readUInt8(3), flags: bytes.readUInt8(4), stream: bytes.readUInt32BE(5), payload };
}

function frame(type: number, flag: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flag, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Without a body; the headers in one HEADERS frame and as many CONTINUATIONs as it takes. */
function requestFrames(stream: number, method: string, headers: readonly (readonly [string, string])[]): Buffer[] {
  const all: (readonly [string, string])[] = [
    [':method', method],
    [':scheme', 'https'],
    [':authority', 'localhost'],
  ];
  const block = Buffer.concat([...all, ...headers].map(([name, value]) => literal(name, value)));
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += maxFrame) {
    const isFirst = at === 0;
    const flag = (isFirst ? flags.endStream : 0) | (at + maxFrame >= block.length ? flags.endHeaders : 0);
    const type = isFirst ? frameTypes.headers : frameTypes.continuation;
    frames.push(frame(type, flag, stream, block.subarray(at, at + maxFrame)));
  }
  return frames;
}

/** A field that goes into no table, without Huffman's code (RFC 7541 section 6.2.2). */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([prefixed(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (RFC 7541 section 5.1). */
function prefixed(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
