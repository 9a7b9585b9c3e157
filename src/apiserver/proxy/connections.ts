/** Connections to the servers behind proxies. */
import { Agent, type ClientRequest, type ClientRequestArgs } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Milliseconds that a connection waits for another request. Node.js closes such ones after 5 s, other servers later. */
const keptMs = 4_000;
/** The most that wait for one user and server. */
const keptOfOne = 16;

/** How a request gets its connection. */
export interface Dialled {
  /** Requests with the same key may use one connection, one after the other. */
  readonly key: string;
  /** @throws StatusError 503 if nobody answers */
  readonly open: () => Promise<Duplex>;
}

/** A request's options with what these agents need. */
export interface DialledArgs extends ClientRequestArgs {
  readonly dialled: Dialled;
}

/** Connections of one server. */
export interface ServerConnections {
  /** For requests that may be sent again: the connection may have been used before. */
  readonly kept: Agent;
  /** A connection for each request. */
  readonly single: Agent;
  /** Ends all of them. */
  close(): void;
}

/** None is open yet. */
export function createServerConnections(): ServerConnections {
  const kept = new DiallingAgent({ keepAlive: true, maxFreeSockets: keptOfOne });
  const single = new DiallingAgent({ keepAlive: false });
  return {
    kept,
    single,
    close() {
      kept.destroy();
      single.destroy();
    },
  };
}

/** What Node.js passes on are the options of the request. */
class DiallingAgent extends Agent {
  override getName(options?: DialledArgs): string {
    return options?.dialled.key ?? '';
  }

  override createConnection(
    { dialled }: DialledArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    dialled.open().then(
      (socket) => callback?.(null, socket),
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error('no connection', { cause: error });
        // The socket is of no use, but of the type.
        callback?.(failure, new Socket());
      },
    );
    return undefined;
  }

  /** Streams of simulated members cannot wait. A time-out of the agent would be set on them, too, which they do not have. */
  override keepSocketAlive(socket: Duplex): boolean {
    if (!(socket instanceof Socket)) return false;
    super.keepSocketAlive(socket);
    // The agent destroys a waiting connection then.
    socket.setTimeout(keptMs);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    if (socket instanceof Socket) socket.setTimeout(0);
  }
}
