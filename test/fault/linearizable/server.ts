/** Servers of widgets on one store, each a process of its own. */
import type { Host } from '../../support/network.ts';
import { runCommand, type Run } from '../storage-program.ts';
import type { Engine } from './server-child.ts';
import { kill } from '../../support/kill.ts';

/** Where a client may ask now. */
export interface Asked {
  readonly replica: number;
  /** Another one after each start. */
  readonly url: string;
}

export class Server {
  readonly replica: number;
  readonly #program: string;
  readonly #engine: Engine;
  readonly #host: Host;
  #run: Run | undefined;
  /** '' while it is away. */
  url = '';

  constructor(replica: number, program: string, engine: Engine, host: Host = { address: '127.0.0.1', exec: [] }) {
    this.#host = host;
    this.replica = replica;
    this.#program = program;
    this.#engine = engine;
  }

  async start(): Promise<void> {
    const { exec, address } = this.#host;
    const argument = JSON.stringify({ ...this.#engine, address });
    const run = runCommand([...exec, process.execPath, this.#program, argument]);
    this.#run = run;
    await run.waitFor('port ');
    this.url = `http://${address}:${/port (\d+)/.exec(run.said())?.[1] ?? ''}`;
  }

  async kill(): Promise<void> {
    this.url = '';
    await this.#run?.kill();
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    kill(this.#run?.pid, name);
  }
}

/** Chooses one of those that are up at random; undefined if none is. */
export function anyOf(servers: readonly Server[], random: () => number): () => Asked | undefined {
  return () => {
    const up = servers.filter(({ url }) => url !== '');
    return up[Math.floor(random() * up.length)];
  };
}
