/**
 * Clients that cost little, so that they can ask for more than a server can answer: TLS connections over which the same
 * GET is sent again and again, one at a time on each.
 */
import { connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { Credentials } from './client.ts';

/** What one user's connections do. */
export interface RawUser {
  /** Sends one request on a connection that is free. @returns false if none is */
  send(path: string): boolean;
  close(): void;
}

interface RawOptions {
  readonly credentials: Credentials;
  /** In whose name; the holder of the credentials may impersonate. Absent: in that holder's own. */
  readonly user?: string;
  readonly connections: number;
  /** A request has been answered. @param milliseconds since it was sent */
  readonly answered: (status: number, milliseconds: number) => void;
}

const headEnd = '\r\n\r\n';

/** One connection, for one request at a time. */
class RawConnection {
  readonly #socket: TLSSocket;
  readonly #head: string;
  readonly #free: () => void;
  readonly #answered: RawOptions['answered'];
  #received: Buffer = Buffer.alloc(0);
  /** Bytes of the answer that are missing; undefined before its head is complete. */
  #missing: number | undefined;
  #status = 0;
  #sentAt = 0;

  constructor(socket: TLSSocket, head: string, answered: RawOptions['answered'], free: () => void) {
    this.#socket = socket;
    this.#head = head;
    this.#answered = answered;
    this.#free = free;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  send(path: string): void {
    this.#sentAt = performance.now();
    this.#socket.write(`GET ${path} ${this.#head}`);
  }

  #receive(bytes: Buffer): void {
    if (this.#missing === undefined) {
      const all = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
      const end = all.indexOf(headEnd);
      if (end < 0) {
        this.#received = all;
        return;
      }
      const head = all.toString('latin1', 0, end);
      this.#status = Number(head.slice(9, 12));
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (Number.isNaN(length)) throw new Error(`an answer without Content-Length: ${head}`);
      this.#missing = end + headEnd.length + length - all.length;
      this.#received = Buffer.alloc(0);
    } else this.#missing -= bytes.length;
    if (this.#missing > 0) return;
    this.#missing = undefined;
    this.#answered(this.#status, performance.now() - this.#sentAt);
    this.#free();
  }
}

/** Opens all connections of a user. @throws Error if one is refused */
export async function openRawUser({ credentials, user, connections, answered }: RawOptions): Promise<RawUser> {
  const { hostname, port } = new URL(credentials.server);
  const { ca, cert, key } = credentials;
  const impersonating = user === undefined ? '' : `\r\nImpersonate-User: ${user}`;
  const head = `HTTP/1.1\r\nHost: ${hostname}\r\nAccept: application/json${impersonating}${headEnd}`;
  const sockets: TLSSocket[] = [];
  const free: RawConnection[] = [];
  for (let index = 0; index < connections; index++) {
    const socket = connect({ host: hostname, port: Number(port), ca, cert, key });
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    const connection: RawConnection = new RawConnection(socket, head, answered, () => free.push(connection));
    sockets.push(socket);
    free.push(connection);
  }
  return {
    send(path) {
      const connection = free.pop();
      connection?.send(path);
      return connection !== undefined;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
