/** Real etcd clusters on the loopback interface, for tests. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import type { Host } from './network.ts';

/** The binary: $ETCD, or on the PATH, or where the lab keeps it. */
export const etcdBinary: string | undefined = [
  process.env['ETCD'],
  ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'etcd')),
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kd-lab/bin/etcd'),
].find((path) => path !== undefined && path !== '' && existsSync(path));

/** Why tests with a real etcd are skipped. */
export const noEtcd = 'there is no etcd: name its binary in $ETCD, or put it on the PATH';

export interface EtcdMember {
  readonly url: string;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** Starts it again, with what it stored; other flags than before if they are given. */
  start(flags?: readonly string[]): void;
  /** Its process is there. */
  readonly isRunning: boolean;
  /** All it has logged so far. */
  readonly log: string;
}

export interface EtcdCluster {
  readonly members: readonly EtcdMember[];
  readonly endpoints: string[];
  /** The member that leads now. Not with TLS. @throws Error if no member leads now */
  leader(): Promise<EtcdMember>;
  /** Makes another member lead. Not with TLS. @throws Error if no member leads now */
  moveLeader(): Promise<void>;
  /** Runs etcdctl; resolves with what it printed. */
  ctl(...args: string[]): Promise<string>;
  /** The same, with text on its standard input. */
  ctlReading(input: string, ...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

interface ClusterOptions {
  readonly members?: number;
  /** For all members. */
  readonly flags?: readonly string[];
  /** Flags for etcdctl. */
  readonly ctlFlags?: readonly string[];
  readonly scheme?: 'http' | 'https';
  /** Where the members run; absent: all on the loopback interface. */
  readonly hosts?: readonly Host[];
  /** Where their data are; they wait for the disk then. Absent: in a folder that is removed when they stop. */
  readonly folders?: readonly string[];
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

class Member implements EtcdMember {
  readonly url: string;
  readonly #command: readonly string[];
  #flags: readonly string[];
  #child: ChildProcess | undefined;
  log = '';

  constructor(url: string, command: readonly string[], flags: readonly string[]) {
    this.url = url;
    this.#command = command;
    this.#flags = flags;
  }

  start(flags = this.#flags): void {
    this.#flags = flags;
    const [file = '', ...fixed] = this.#command;
    const child = spawn(file, [...fixed, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text: Buffer) => (this.log += text.toString()));
    running.add(child);
    child.on('exit', () => running.delete(child));
    this.#child = child;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && running.has(this.#child);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || !running.has(child)) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }
}

/**
 * The ID of a member, and of the one that it takes for the leader. Nothing of a member that does not answer soon, or
 * knows no leader.
 */
async function identify({ url }: EtcdMember): Promise<{ readonly id?: string; readonly leader?: string }> {
  const options = { method: 'POST', body: '{}', signal: AbortSignal.timeout(2_000) };
  try {
    const answer = await fetch(`${url}/v3/maintenance/status`, options);
    const { header, leader } = (await answer.json()) as { header?: { member_id?: string }; leader?: string };
    const id = header?.member_id;
    return id === undefined || leader === undefined ? {} : { id, leader };
  } catch {
    return {};
  }
}

const attempts = 3;

/** Resolves when all members have found each other. Ports that were free may be taken when they are needed: then anew. */
export async function startEtcd(options: ClusterOptions = {}): Promise<EtcdCluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

async function startOnce(options: ClusterOptions): Promise<EtcdCluster> {
  if (etcdBinary === undefined) throw new Error(noEtcd);
  const { members: count = 1, scheme = 'http', flags = [], ctlFlags = [], hosts = [], folders = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'kd-etcd-'));
  const addresses: { name: string; exec: readonly string[]; client: string; peer: string; data: string[] }[] = [];
  for (let index = 0; index < count; index++) {
    const own = folders[index];
    const { address = '127.0.0.1', exec = [] } = hosts[index] ?? {};
    const ports = hosts[index] === undefined ? [await freePort(), await freePort()] : [2379, 2380];
    addresses.push({
      name: `m${index}`,
      exec,
      client: `${scheme}://${address}:${ports[0] ?? 0}`,
      peer: `http://${address}:${ports[1] ?? 0}`,
      data: own === undefined ? [join(folder, `m${index}`), '--unsafe-no-fsync'] : [own],
    });
  }
  const cluster = addresses.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const binary = etcdBinary;
  const members = addresses.map(({ name, exec, client, peer, data }) => {
    const command = [
      ...[...exec, binary, '--name', name, '--log-level', 'warn', '--data-dir', ...data],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', cluster, '--initial-cluster-token', folder],
    ];
    return new Member(client, command, flags);
  });
  const endpoints = members.map(({ url }) => url);
  const ctlReading = async (input: string, ...args: string[]): Promise<string> => {
    const all = ['--endpoints', endpoints.join(','), ...ctlFlags, ...args];
    const done = promisify(execFile)(`${binary}ctl`, all);
    done.child.stdin?.end(input);
    return (await done).stdout;
  };
  const ctl = (...args: string[]): Promise<string> => ctlReading('', ...args);
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  for (const member of members) member.start();
  try {
    await ctl('--command-timeout', '20s', '--dial-timeout', '20s', 'get', 'whatever');
  } catch (cause) {
    await stop();
    throw new Error(`etcd did not start: ${members.map(({ log }) => log).join('')}`, { cause });
  }
  const leader = async (): Promise<EtcdMember> => {
    for (const member of members) {
      const { id, leader: leading } = await identify(member);
      if (id !== undefined && id === leading) return member;
    }
    throw new Error('no member says that it leads');
  };
  const moveLeader = async (): Promise<void> => {
    const from = await leader();
    for (const member of members) {
      const { id, leader: leading } = await identify(member);
      if (id === undefined || id === leading) continue;
      const args = ['--endpoints', from.url, ...ctlFlags, 'move-leader', BigInt(id).toString(16)];
      await promisify(execFile)(`${binary}ctl`, args);
      return;
    }
    throw new Error('there is no other member');
  };
  return { members, endpoints, ctl, ctlReading, stop, leader, moveLeader };
}
