/** How long the program takes from its start until it is ready. */
import { createClient } from './client.ts';
import { formatValue, percentile, sorted, type Figure } from './figure.ts';
import { apps, loadApp } from './objects.ts';
import { connections, fill, withDirectory, type Scenario } from './scenario.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';

const runs = 3;
const objects = 10_000;

/** The median of start times. */
export function startFigure(name: string, milliseconds: readonly number[], detail: string): Figure {
  const order = sorted(milliseconds);
  const all = order.map((ms) => formatValue(ms / 1000)).join(', ');
  return { name, value: percentile(order, 0.5) / 1000, unit: 's', detail: `${detail}; median of ${all}` };
}

/** @throws Error if the program does not have exactly this number of apps */
async function expectApps(server: ServerProcess, expected: number): Promise<void> {
  const client = createClient(server.credentials, 1);
  const { items, metadata } = JSON.parse((await client.send('GET', `${apps}?limit=1`)).text()) as {
    items: unknown[];
    metadata: { remainingItemCount?: number };
  };
  client.close();
  const found = items.length + (metadata.remainingItemCount ?? 0);
  if (found !== expected) throw new Error(`${found} apps were there after the start, not ${expected}`);
}

type End = 'SIGTERM' | 'SIGKILL';

/**
 * Starts the program with the folder, and ends it with the signal.
 * @param expected the number of apps that there must be
 * @returns milliseconds to /readyz of each start
 */
export async function startTimes(directory: string, times: number, end: End, expected = 0): Promise<number[]> {
  const port = await freePort();
  const milliseconds: number[] = [];
  for (let run = 0; run < times; run++) {
    const server = await startServer(directory, port);
    milliseconds.push(server.startMs);
    try {
      await expectApps(server, expected);
    } finally {
      await server.stop(end);
    }
  }
  return milliseconds;
}

async function store(directory: string): Promise<void> {
  const server = await startServer(directory, await freePort());
  const client = createClient(server.credentials, connections);
  try {
    await fill({ server, client }, apps, objects, (index) => loadApp(`app-${index}`));
  } finally {
    client.close();
    await server.stop('SIGKILL');
  }
}

export const startScenario: Scenario = {
  name: 'start',
  about: 'time from calling the program to /readyz, with an empty store and with 10,000 objects',
  async run(bench) {
    const first: number[] = [];
    for (let run = 0; run < runs; run++) {
      first.push(...(await withDirectory(bench, (directory) => startTimes(directory, 1, 'SIGTERM'))));
    }
    const again = await withDirectory(bench, (directory) => startTimes(directory, runs + 1, 'SIGTERM'));
    const [crashed, full] = await withDirectory(bench, async (directory) => {
      await store(directory);
      const afterCrash = await startTimes(directory, runs, 'SIGKILL', objects);
      const [, ...afterStop] = await startTimes(directory, runs + 1, 'SIGTERM', objects);
      return [afterCrash, afterStop] as const;
    });
    const many = `${objects.toLocaleString('en-US')} KubeDirectorApps of 1.7 kB`;
    return [
      startFigure('start, first', first, 'no data folder yet: certificates are made'),
      startFigure('start, empty', again.slice(1), 'an empty store'),
      startFigure('start, 10,000', full, `${many}, after a clean stop`),
      startFigure('start after kill -9', crashed, `${many}, after kill -9`),
    ];
  },
};
