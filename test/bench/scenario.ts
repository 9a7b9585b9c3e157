/** The input and the output of a scenario. Each one runs its own program with an empty data folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, type Client } from './client.ts';
import type { Figure } from './figure.ts';
import { runLoad } from './load.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';

/** Where scenarios run. */
export interface Bench {
  /** Data folders are created in it and removed again. */
  readonly directory: string;
}

export interface Scenario {
  readonly name: string;
  /** One line for --help. */
  readonly about: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** A server under load. */
export type Served = Pick<ServerProcess, 'credentials' | 'cpuSeconds'>;

export interface Stage<Server extends Served = Served> {
  readonly server: Server;
  readonly client: Client;
}

/** The number of requests that one client sends at the same time. */
export const connections = 16;

/** Provides an empty data folder while `use` runs. */
export async function withDirectory<T>(bench: Bench, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(bench.directory, 'kubedirector-bench-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Provides a running program with an empty store while `use` runs. */
export function withServer<T>(bench: Bench, use: (stage: Stage<ServerProcess>) => Promise<T>): Promise<T> {
  return withDirectory(bench, async (directory) => {
    const server = await startServer(directory, await freePort());
    const client = createClient(server.credentials, connections);
    try {
      return await use({ server, client });
    } finally {
      client.close();
      await server.stop('SIGTERM');
    }
  });
}

/** Stores this number of objects as fast as the program accepts them. */
export async function fill(
  { server, client }: Stage,
  collection: string,
  count: number,
  make: (index: number) => object,
): Promise<void> {
  const bounds = { workers: connections, operations: count, maxMs: 120_000 };
  let stored = 0;
  await runLoad(server, bounds, async (index) => {
    await client.send('POST', collection, make(index));
    stored++;
  });
  if (stored < count) throw new Error(`only ${stored} of ${count} objects could be stored in 120 s`);
}
