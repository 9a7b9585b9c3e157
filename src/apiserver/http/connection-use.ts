/** Follows the requests on each connection of HTTP/1.1, to find connections on which nothing is going on. */
import type { Socket } from 'node:net';
import type { Request } from '../exchange.ts';
import type { HttpExchange } from './exchange.ts';

interface Use {
  /** Requests that are being handled: more than one with pipelining (RFC 9112 section 9.3.2). */
  running: number;
  /** Whose requests came over it; undefined before the first one has ended. */
  user: string | undefined;
  /** Requests of several users came over it: there is a proxy before them. */
  isShared: boolean;
}

/** What the connections of one server are used for. */
export class ConnectionUse {
  readonly #uses = new WeakMap<Socket, Use>();

  /** A request begins. */
  begin(request: Request): void {
    if ('stream' in request) return;
    const use = this.#uses.get(request.socket);
    if (use === undefined) this.#uses.set(request.socket, { running: 1, user: undefined, isShared: false });
    else use.running += 1;
  }

  /**
   * A request ends.
   * @returns its connection if the next request on it may be left unread for a while: nothing is left of this one, no other
   *          has been read, and so far there was only this user. Undefined for HTTP/2, where several users share a connection.
   */
  end({ request, response, user }: Pick<HttpExchange, 'request' | 'response' | 'user'>): Socket | undefined {
    if ('stream' in request || 'stream' in response) return undefined;
    const { socket } = request;
    const use = this.#uses.get(socket);
    if (use === undefined) return undefined;
    use.running -= 1;
    use.user ??= user.name;
    if (use.user !== user.name) use.isShared = true;
    if (use.running > 0 || use.isShared) return undefined;
    const isIdle = request.complete && response.writableEnded && response.shouldKeepAlive && !socket.destroyed;
    return isIdle ? socket : undefined;
  }
}
