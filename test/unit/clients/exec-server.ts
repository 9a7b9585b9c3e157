/** Stands in for kube-apiserver's pods/exec: every test says how the command goes. */
import { createServer as createPlainServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';
import { WebSocketServer, type WebSocket } from 'ws';

export const v5 = 'v5.channel.k8s.io';
export const v4 = 'v4.channel.k8s.io';

/** A command as the server sees it. */
export interface Running {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly socket: WebSocket;
  /** Resolves with all of the input once it has been closed. */
  readonly stdin: Promise<Buffer>;
  stdout(data: string | Uint8Array): void;
  stderr(data: string | Uint8Array): void;
  /** Sends a Status, and ends the connection as kube-apiserver does. */
  end(status: object): void;
}

export interface Refusal {
  readonly code: number;
  readonly body: string;
}

export interface ExecServer {
  /** A kubeconfig that leads here. */
  config(user?: Partial<User>, cluster?: Partial<Cluster>): KubeConfig;
  /** How many TCP connections are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export const success = { metadata: {}, status: 'Success' };
export const exited = (code: number): object => ({
  metadata: {},
  status: 'Failure',
  reason: 'NonZeroExitCode',
  message: `command terminated with non-zero exit code: exit status ${code}`,
  details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
});

export interface ExecServerOptions {
  readonly run: (command: Running) => void;
  /** Before any upgrade. */
  readonly refuse?: (request: IncomingMessage) => Refusal | undefined;
  readonly protocols?: readonly string[];
  readonly tls?: ServerOptions;
}

export async function startExecServer({
  run,
  refuse = () => undefined,
  protocols = [v5],
  tls,
}: ExecServerOptions): Promise<ExecServer> {
  const server = tls ? createTlsServer(tls) : createPlainServer();
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => undefined);
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    const known = offered.some((one) => protocols.includes(one));
    const refusal = refuse(request) ?? (known ? undefined : { code: 403, body: '' });
    if (refusal) {
      const length = Buffer.byteLength(refusal.body);
      socket.write(`HTTP/1.1 ${refusal.code} No\r\ncontent-length: ${length}\r\n\r\n${refusal.body}`);
      // Whoever asked is to hang up.
      socket.on('end', () => socket.end()).resume();
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (ws) => run(running(request, ws)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    config: (user = {}, cluster = {}) => kubeConfig(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, user, cluster),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function kubeConfig(server: string, user: Partial<User> = {}, cluster: Partial<Cluster> = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'here', server, skipTLSVerify: server.startsWith('http:'), ...cluster },
    { name: 'me', ...user },
  );
  return config;
}

function running(request: IncomingMessage, socket: WebSocket): Running {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const chunks: Buffer[] = [];
  const stdin = new Promise<Buffer>((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) chunks.push(data.subarray(1));
      if (data[0] === 255 && data[1] === 0) resolve(Buffer.concat(chunks));
    });
  });
  const send = (channel: number, data: string | Uint8Array): void => {
    socket.send(Buffer.concat([Uint8Array.of(channel), Buffer.from(data)]));
  };
  // As kube-apiserver, to tell that it is connected.
  send(1, '');
  return {
    path: pathname,
    query: searchParams,
    headers: request.headers,
    socket,
    stdin,
    stdout: (data) => send(1, data),
    stderr: (data) => send(2, data),
    end(status) {
      send(3, JSON.stringify(status));
      socket.close(1000);
    },
  };
}
