/** How fast requests are while many clusters start: gets without other load, and gets during 1,000 creates. */
import type { Client } from './client.ts';
import { percentile, sorted, type Figure } from './figure.ts';
import { runLoad } from './load.ts';
import { apps, clusters, loadApp, sparkApp, sparkCluster, sparkMembers } from './objects.ts';
import { connections, fill, withServer, type Scenario, type Stage } from './scenario.ts';

const count = 1000;
const objects = 100;
/** The number of clients that create the clusters, as if a few users run `kubectl apply -f FOLDER`. */
const writers = 4;
const readers = connections - writers;
const calmMs = 5000;
/** The longest time for the measurement of gets. On a small machine the creation of the clusters takes longer. */
const crowdedMs = 30_000;

interface Gets {
  readonly perSecond: number;
  readonly p99: number;
  readonly detail: string;
}

/** Sends as many gets as possible while `going` returns true. */
async function gets({ client, server }: Stage, going: () => boolean, maxMs: number): Promise<Gets> {
  const latencies: number[] = [];
  const bounds = { workers: readers, operations: going() ? 10_000_000 : 0, maxMs };
  const { perSecond, detail } = await runLoad(server, bounds, async (index) => {
    if (!going()) return;
    const begun = performance.now();
    await client.send('GET', `${apps}/app-${index % objects}`);
    latencies.push(performance.now() - begun);
  });
  return { perSecond, detail, p99: percentile(sorted(latencies), 0.99) };
}

async function configured(client: Client): Promise<number> {
  const { items } = JSON.parse((await client.send('GET', clusters)).text()) as {
    items: { status?: { state?: string } }[];
  };
  return items.filter(({ status }) => status?.state === 'configured').length;
}

async function measure(stage: Stage): Promise<Figure[]> {
  const { client, server } = stage;
  await fill(stage, apps, objects, (index) => loadApp(`app-${index}`));
  await client.send('POST', apps, sparkApp());
  const always = (): boolean => true;
  await gets(stage, always, calmMs / 5);
  const calm = await gets(stage, always, calmMs);
  const make = (index: number) => client.send('POST', clusters, sparkCluster(`spark-${index}`));
  const making = runLoad(server, { workers: writers, operations: count, maxMs: crowdedMs }, make);
  const crowded = await gets(stage, always, crowdedMs);
  const { perSecond: created } = await making;
  const up = await configured(client);
  const what = `while ${count} clusters of ${sparkMembers} members are being made (${created.toFixed(0)}/s by ${writers}; ${up} configured at the end)`;
  return [
    { name: 'gets, calm', value: calm.perSecond, unit: '1/s', detail: calm.detail },
    { name: 'gets p99, calm', value: calm.p99, unit: 'ms', detail: 'the same' },
    { name: 'gets, crowded', value: crowded.perSecond, unit: '1/s', detail: `${what}; ${crowded.detail}` },
    { name: 'gets p99, crowded', value: crowded.p99, unit: 'ms', detail: 'the same' },
    { name: 'gets, share', value: (crowded.perSecond / calm.perSecond) * 100, unit: '%', detail: 'of the calm rate' },
  ];
}

export const crowdScenario: Scenario = {
  name: 'crowd',
  about: 'gets while 1,000 Spark clusters are being made, beside gets in calm',
  run: (bench) => withServer(bench, measure),
};
