/** How much memory the program takes with clusters in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { formatValue, type Figure } from './figure.ts';
import { apps, clusters, idleApp, idleCluster } from './objects.ts';
import { fill, withServer, type Scenario, type Stage } from './scenario.ts';
import type { ServerProcess } from './server-process.ts';

const settleTimeoutMs = 180_000;
const idleMs = 5000;

/** Until the controller has brought every cluster to `configured`. */
async function settled(client: Client): Promise<void> {
  const unfinished = `${clusters}?limit=1&fieldSelector=${encodeURIComponent('status.state!=configured')}`;
  const deadline = performance.now() + settleTimeoutMs;
  for (;;) {
    const { items } = JSON.parse((await client.send('GET', unfinished)).text()) as { items: unknown[] };
    if (items.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`not configured after ${settleTimeoutMs / 1000} s: ${JSON.stringify(items[0]).slice(0, 2000)}`);
    }
    await sleep(100);
  }
}

async function residentAt({ server, client }: Stage<ServerProcess>, count: number): Promise<Figure> {
  await settled(client);
  await sleep(idleMs);
  const { now, peak } = server.memory();
  return {
    name: `memory at ${count.toLocaleString('en-US')}`,
    value: now,
    unit: 'MB',
    detail: `resident with so many clusters without members (1.7 kB, each with a headless Service); peak ${formatValue(peak)} MB`,
  };
}

export const memoryScenario: Scenario = {
  name: 'memory',
  about: 'resident memory with 1,000 and with 10,000 KubeDirectorClusters without members',
  run: (bench) =>
    withServer(bench, async (stage) => {
      await stage.client.send('POST', apps, idleApp());
      await fill(stage, clusters, 1000, (index) => idleCluster(`cluster-${index}`));
      const few = await residentAt(stage, 1000);
      await fill(stage, clusters, 9000, (index) => idleCluster(`cluster-${index + 1000}`));
      return [few, await residentAt(stage, 10_000)];
    }),
};
