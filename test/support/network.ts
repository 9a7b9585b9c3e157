/** Hosts of a network that exist only on this machine: network namespaces on a bridge in a namespace of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Where a process runs, and how others reach it. */
export interface Host {
  readonly address: string;
  /** What its commands begin with. */
  readonly exec: readonly string[];
}

/** Everything in one word, so that a process inside can use it, too. */
export interface NetworkNames {
  readonly prefix: string;
  readonly hosts: readonly string[];
}

/** Why there can be no such network here; '' if there can be one. */
export const noNetwork = ((): string => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root';
  const name = `kd${process.pid}-try`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
    execFileSync('ip', ['-n', name, 'link', 'add', 'br0', 'type', 'bridge'], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'exec', name, 'iptables', '-w', '-L', 'INPUT'], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return `there are no network namespaces with bridges and iptables: ${String(error)}`;
  } finally {
    try {
      execFileSync('ip', ['netns', 'delete', name], { stdio: 'pipe' });
    } catch {
      // It was not made.
    }
  }
})();

const run = async (command: string, ...args: string[]): Promise<void> => {
  await promisify(execFile)(command, args);
};

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Nothing leads out of it, and nothing outside of it changes. */
export class Network {
  readonly names: NetworkNames;

  constructor(names: NetworkNames) {
    this.names = names;
  }

  /** @throws Error if it cannot be made (see noNetwork) */
  static async make(hosts: readonly string[]): Promise<Network> {
    const network = new Network({ prefix: `kd${process.pid}`, hosts });
    const hub = network.#namespace('hub');
    await run('ip', 'netns', 'add', hub);
    await run('ip', '-n', hub, 'link', 'set', 'lo', 'up');
    await run('ip', '-n', hub, 'link', 'add', 'br0', 'type', 'bridge');
    await run('ip', '-n', hub, 'address', 'add', '10.0.0.1/24', 'dev', 'br0');
    await run('ip', '-n', hub, 'link', 'set', 'br0', 'up');
    for (const host of hosts) {
      const namespace = network.#namespace(host);
      await run('ip', 'netns', 'add', namespace);
      await run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
      await run('ip', '-n', hub, 'link', 'add', host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
      await run('ip', '-n', hub, 'link', 'set', host, 'master', 'br0', 'up');
      await run('ip', '-n', namespace, 'address', 'add', `${network.host(host).address}/24`, 'dev', 'eth0');
      await run('ip', '-n', namespace, 'link', 'set', 'eth0', 'up');
    }
    return network;
  }

  /** Reaches all hosts, whatever is cut. */
  get hub(): Host {
    return { address: '10.0.0.1', exec: ['ip', 'netns', 'exec', this.#namespace('hub')] };
  }

  host(name: string): Host {
    const address = `10.0.0.${10 + this.names.hosts.indexOf(name)}`;
    return { address, exec: ['ip', 'netns', 'exec', this.#namespace(name)] };
  }

  /** Drops what the one sends to the other. What the other one sends still arrives. */
  async cut(from: string, to: string): Promise<void> {
    await this.#iptables(to, '-A', 'INPUT', '-s', this.host(from).address, '-j', 'DROP');
  }

  /** Cuts every way between a host of the one side and one of the other. */
  async part(one: readonly string[], other: readonly string[]): Promise<void> {
    const pairs = one.flatMap((left) => other.map((right) => [left, right] as const));
    await Promise.all(pairs.flatMap(([left, right]) => [this.cut(left, right), this.cut(right, left)]));
  }

  async mend(): Promise<void> {
    await Promise.all(this.names.hosts.map((host) => this.#iptables(host, '-F', 'INPUT')));
  }

  /** Mends everything, and ends all processes that are still in it. */
  async clear(): Promise<void> {
    await this.mend();
    for (const host of [...this.names.hosts, 'hub']) {
      const { stdout } = await promisify(execFile)('ip', ['netns', 'pids', this.#namespace(host)]);
      for (const pid of stdout.split('\n').filter((line) => line !== '')) kill(Number(pid));
    }
  }

  async remove(): Promise<void> {
    await this.clear();
    for (const host of [...this.names.hosts, 'hub']) await run('ip', 'netns', 'delete', this.#namespace(host));
  }

  #namespace(host: string): string {
    return `${this.names.prefix}-${host}`;
  }

  async #iptables(host: string, ...args: string[]): Promise<void> {
    const [command = '', ...rest] = [...this.host(host).exec, 'iptables', '-w', ...args];
    await run(command, ...rest);
  }
}
