/**
 * Containers for simulated nodes: a way to kube-apiserver that runs the commands of pods/exec by the local bash, in a folder
 * for each pod that stands for the container's root. All other requests are handed on.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as TlsAgent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { parseCommand } from '../../../src/guest/steps.ts';
import { exited, success } from '../../unit/clients/exec-server.ts';
import type { Cluster } from './cluster.ts';
import { writeKubeconfig } from './users.ts';

/** A command in a container. */
export interface ShellCommand {
  readonly pod: string;
  /** Of src/guest/steps.ts. */
  readonly step: string | undefined;
  readonly term: string;
}

export interface MemberShells {
  /** Of a kubeconfig that leads here, with this token. */
  writeKubeconfig(file: string, token: string): Promise<void>;
  /** Asked before a command begins, once its input is complete: it begins when the promise resolves. */
  before: (command: ShellCommand) => Promise<void>;
  /** Every command that has ended, with its exit status. */
  readonly ended: readonly (ShellCommand & { readonly code: number | null })[];
  /** The lines of a file in the container; none if it is not there. */
  lines(pod: string, path: string): string[];
  close(): Promise<void>;
}

interface Upstream {
  readonly url: URL;
  readonly agent: TlsAgent;
}

const execPath = /^\/api\/v1\/namespaces\/[^/]+\/pods\/([^/]+)\/exec$/;
const protocol = 'v5.channel.k8s.io';

/** @param folder of the roots */
export async function openMemberShells(cluster: Cluster, folder: string): Promise<MemberShells> {
  const upstream = await upstreamOf(cluster);
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
  // The commands of an exec stand in its URL. kube-apiserver's limit is 1 MiB, Go's own; that of Node.js is 16 KiB.
  const server = createServer({ maxHeaderSize: 1 << 20 }, (incoming, response) => handOn(upstream, incoming, response));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    upgrades.handleUpgrade(incoming, socket, head, (webSocket) => {
      void serve(incoming, webSocket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ended: (ShellCommand & { code: number | null })[] = [];
  const shells: MemberShells = {
    async writeKubeconfig(file, token) {
      await writeKubeconfig(file, cluster, token);
      const config = JSON.parse(readFileSync(file, 'utf8')) as { clusters: { name: string; cluster: object }[] };
      const here = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
      const clusters = config.clusters.map(({ name }) => ({ name, cluster: here }));
      writeFileSync(file, JSON.stringify({ ...config, clusters }), { mode: 0o600 });
    },
    before: () => Promise.resolve(),
    ended,
    lines(pod, path) {
      const file = join(folder, pod, path);
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      upstream.agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(incoming: IncomingMessage, socket: WebSocket): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://here');
    const [, pod = ''] = execPath.exec(pathname) ?? [];
    const command = searchParams.getAll('command');
    const { name, term } = parseCommand(command);
    const input = await inputOf(socket, searchParams.get('stdin') === 'true');
    const what = { pod, step: name, term };
    await shells.before(what);
    const code = await runIn(join(folder, pod), command, input, socket);
    ended.push({ ...what, code });
  }
  return shells;
}

async function upstreamOf(cluster: Cluster): Promise<Upstream> {
  const view = await cluster.ok('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json');
  const config = JSON.parse(view) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  };
  const [only] = config.clusters;
  if (only === undefined) throw new Error('the kubeconfig names no cluster');
  const ca = Buffer.from(only.cluster['certificate-authority-data'], 'base64');
  return { url: new URL(only.cluster.server), agent: new TlsAgent({ ca, keepAlive: true }) };
}

function handOn({ url, agent }: Upstream, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = incoming;
  const outgoing = request(
    { host: url.hostname, port: url.port, path: incoming.url, method, headers, agent },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy()).pipe(response);
    },
  );
  outgoing.on('error', () => response.destroy());
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function inputOf(socket: WebSocket, hasInput: boolean): Promise<Buffer> {
  // As kube-apiserver, to tell that it is connected.
  socket.send(Buffer.of(1));
  if (!hasInput) return Promise.resolve(Buffer.alloc(0));
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) chunks.push(data.subarray(1));
      if (data[0] === 255 && data[1] === 0) resolve(Buffer.concat(chunks));
    });
  });
}

/** As kubelet: whether anybody listens still is of no account. */
function runIn(root: string, command: readonly string[], input: Buffer, socket: WebSocket): Promise<number | null> {
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  // Nothing is to be installed on this machine.
  writeFileSync(join(root, 'usr/local/bin/configcli'), '');
  const [file = '', ...args] = command.map((word) => word.replace(/^root='' /, `root='${root}' `));
  const child = spawn(file, args, { env: { PATH: process.env['PATH'], HOME: root } });
  const tell = (channel: number) => (data: Buffer) => socket.send(Buffer.concat([Buffer.of(channel), data]));
  socket.on('error', () => undefined);
  child.stdout.on('data', tell(1));
  child.stderr.on('data', tell(2));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      tell(3)(Buffer.from(JSON.stringify(code === 0 ? success : exited(code ?? 137))));
      socket.close(1000);
      resolve(code);
    });
  });
}
