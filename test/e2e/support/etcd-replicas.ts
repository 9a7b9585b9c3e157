/** Several servers on one etcd, as processes of this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { builtProgram } from '../../support/command.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually, type Cluster } from './cluster.ts';
import { apiServiceName, serviceName, systemNamespace, type Installation } from './installation.ts';
import { isAvailable } from './server.ts';
import { tokenOf, writeKubeconfig } from './users.ts';
import type { StreamEvent } from './watch-stream.ts';

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** A watch on one replica. */
export interface ReplicaWatch {
  readonly events: readonly StreamEvent[];
  readonly isOver: boolean;
  close(): void;
}

export interface Replica {
  readonly name: string;
  /** As the Lease names it if it leads. */
  identity(): string;
  /** Asks as cluster-admin. @throws Error if there is no answer */
  ask(path: string, asked?: Asked): Promise<{ readonly status: number; readonly body: unknown }>;
  watch(path: string): ReplicaWatch;
  start(): void;
  /** Resolves when it is ready. */
  ready(): Promise<void>;
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  log(): string;
}

export interface Replicas {
  readonly all: readonly Replica[];
  /** Ends them, and removes what they needed. */
  stop(): Promise<void>;
}

interface ReplicasOptions {
  readonly count: number;
  readonly installation: Installation;
  readonly cluster: Cluster;
  readonly endpoints: readonly string[];
  /** Writes the kubeconfig of the replicas, with their token; absent: it leads to kube-apiserver. */
  readonly configure?: (file: string, token: string) => Promise<void>;
  /** More flags of `serve`. */
  readonly flags?: readonly string[];
}

/**
 * They are started, and ready, and serve in place of the installed server, which must have been stopped: kube-apiserver
 * reaches all of them through its port.
 */
export async function startReplicas(options: ReplicasOptions): Promise<Replicas> {
  const { count, installation, cluster, endpoints, flags = [] } = options;
  const folder = join(installation.directory, 'replicas');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'kubeconfig');
  const ownToken = await tokenOf(cluster, systemNamespace, serviceName, '--duration=6h');
  await (options.configure?.(config, ownToken) ?? writeKubeconfig(config, cluster, ownToken));
  const args = [
    ...['serve', '--storage', 'etcd', '--etcd-servers', endpoints.join(','), '--bind-address', '127.0.0.1'],
    ...['--kubeconfig', config, '--system-namespace', systemNamespace, '--service-name', serviceName, ...flags],
  ];
  const token = await adminToken(cluster);
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const all = ports.map((port, index) => {
    const name = `replica-${index}`;
    return new ReplicaProcess({ name, port, args, token, cluster, log: join(folder, `${name}.log`) });
  });
  const balancer = await balance(installation.port, ports);
  for (const replica of all) replica.start();
  await Promise.all(all.map((replica) => replica.ready()));
  await isAvailable(cluster);
  return {
    all,
    async stop() {
      await Promise.all(all.map((replica) => replica.kill('SIGKILL')));
      await balancer.close();
      await cluster.ok('delete', 'clusterrolebinding', adminName, '--ignore-not-found');
      await cluster.ok('delete', 'serviceaccount', adminName, '-n', systemNamespace, '--ignore-not-found');
    },
  };
}

/** Leads connections to the ports in turn, and past those where nobody listens, as a Service does. */
async function balance(port: number, targets: readonly number[]): Promise<{ close(): Promise<void> }> {
  let next = 0;
  const open = new Set<Socket>();
  const lead = (from: Socket, attempts: number): void => {
    const to = connect(targets[next++ % targets.length] ?? 0, '127.0.0.1');
    const refused = (): void => {
      if (attempts > 1) lead(from, attempts - 1);
      else from.destroy();
    };
    to.once('error', refused).once('connect', () => {
      to.off('error', refused);
      from.pipe(to).pipe(from);
      for (const socket of [from, to]) {
        open.add(socket);
        socket
          .on('error', () => undefined)
          .on('close', () => {
            open.delete(socket);
            from.destroy();
            to.destroy();
          });
      }
    });
  };
  const server = createServer((from) => {
    from.on('error', () => from.destroy());
    lead(from, targets.length);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const adminName = 'replicas-admin';

async function adminToken(cluster: Cluster): Promise<string> {
  const { code } = await cluster.kubectl('create', 'serviceaccount', adminName, '-n', systemNamespace);
  if (code === 0) {
    const account = `--serviceaccount=${systemNamespace}:${adminName}`;
    await cluster.ok('create', 'clusterrolebinding', adminName, '--clusterrole=cluster-admin', account);
  }
  return tokenOf(cluster, systemNamespace, adminName, '--duration=6h');
}

interface ProcessOptions {
  readonly name: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly token: string;
  readonly cluster: Cluster;
  /** A file. */
  readonly log: string;
}

class ReplicaProcess implements Replica {
  readonly name: string;
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #ca = '';

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    const { args, port, log } = this.#options;
    const output = openSync(log, 'a');
    this.#child = spawn(process.execPath, [builtProgram, ...args, '--port', String(port)], {
      stdio: ['ignore', output, output],
    });
    closeSync(output);
  }

  async ready(): Promise<void> {
    await eventually(
      `${this.name} to be ready`,
      async () => {
        this.#ca = await caOf(this.#options.cluster);
        if (this.#child?.exitCode !== null) throw new Error(this.log());
        return (await this.ask('/readyz')).status === 200;
      },
      60_000,
    );
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended;
  }

  log(): string {
    return readFileSync(this.#options.log, 'utf8');
  }

  identity(): string {
    const found = [...this.log().matchAll(/"identity":"([^"]+)","msg":"waiting for the Lease/g)];
    return found.at(-1)?.[1] ?? '';
  }

  ask(path: string, { method = 'GET', body, contentType = 'application/json' }: Asked = {}) {
    return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string> = text === undefined ? {} : { 'content-type': contentType };
      const outgoing = request(this.#request(path, { method, timeout: 30_000 }, headers), (answer) => {
        textOf(answer).then((received) => {
          resolve({ status: answer.statusCode ?? 0, body: parsed(received) });
        }, reject);
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within 30 s: ${path}`)));
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  watch(path: string): ReplicaWatch {
    const events: StreamEvent[] = [];
    const watch = { events, isOver: false, close: () => outgoing.destroy() };
    const over = (): void => {
      watch.isOver = true;
    };
    const outgoing = request(this.#request(path, {}), (answer) => {
      let rest = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) events.push(JSON.parse(line) as StreamEvent);
      });
      answer.on('close', over).on('error', over);
    });
    outgoing.on('error', over).end();
    return watch;
  }

  #request(
    path: string,
    options: Pick<RequestOptions, 'method' | 'timeout'>,
    given: Record<string, string> = {},
  ): RequestOptions {
    const { port, token } = this.#options;
    const headers = { ...given, authorization: `Bearer ${token}` };
    const servername = `${serviceName}.${systemNamespace}.svc`;
    return { ...options, host: '127.0.0.1', port, path, ca: this.#ca, servername, agent: false, headers };
  }
}

async function caOf(cluster: Cluster): Promise<string> {
  const found = await cluster.read<{ spec: { caBundle?: string } }>('apiservice', apiServiceName);
  return Buffer.from(found?.spec.caBundle ?? '', 'base64').toString();
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) text += chunk as string;
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
