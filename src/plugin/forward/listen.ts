/** Listening on a port of this machine. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A server that listens. */
interface Listening {
  readonly port: number;
  /** Ends it with all its connections, also those that were upgraded. */
  readonly stop: () => Promise<void>;
}

/** Listens on 127.0.0.1 only. @throws Error where the port is taken */
export async function listen(server: Server, port: number): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
