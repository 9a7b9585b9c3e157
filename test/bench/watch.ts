/** How long a change takes to reach everybody who watches. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from './client.ts';
import { percentile, sorted, type Figure } from './figure.ts';
import { apps, loadApp } from './objects.ts';
import { fill, withServer, type Scenario, type Stage } from './scenario.ts';

const watchers = 100;
const changesPerSecond = 100;
const seconds = 5;
const objects = 100;
/** After the last change, for what is still on its way. */
const patienceMs = 5000;

const stampField = 'bench/sent';
const stampPattern = new RegExp(`"${stampField}":"([0-9.]+)"`);

/** Reads a watch to its end and reports the latency of every stamped event, in milliseconds. */
async function follow(client: Client, path: string, signal: AbortSignal, seen: (ms: number) => void): Promise<void> {
  const response = await client.open(path, signal);
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const now = performance.now();
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const stamp = stampPattern.exec(line)?.[1];
      if (stamp !== undefined) seen(now - Number(stamp));
    }
  }
}

/** Changes objects at an even pace, whether or not the answers keep up with it. */
async function change(client: Client, path: string): Promise<void> {
  const total = changesPerSecond * seconds;
  const begin = performance.now();
  const answers: Promise<unknown>[] = [];
  for (let index = 0; index < total; index++) {
    const wait = begin + (index * 1000) / changesPerSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const annotations = { [stampField]: performance.now().toFixed(3) };
    answers.push(client.send('PATCH', `${path}/app-${index % objects}`, { metadata: { annotations } }));
  }
  await Promise.all(answers);
}

/** Of a collection that has objects app-0 … app-99. */
export async function measureWatch(stage: Stage, collection: string): Promise<Figure[]> {
  const { metadata } = JSON.parse((await stage.client.send('GET', `${collection}?limit=1`)).text()) as {
    metadata: { resourceVersion: string };
  };
  const path = `${collection}?watch=1&resourceVersion=${metadata.resourceVersion}`;
  const watching = createClient(stage.server.credentials, watchers);
  const stop = new AbortController();
  setMaxListeners(watchers, stop.signal);
  const latencies: number[] = [];
  let failure: unknown;
  const streams = Array.from({ length: watchers }, () =>
    follow(watching, path, stop.signal, (ms) => latencies.push(ms)).catch((error: unknown) => {
      if (!stop.signal.aborted) failure ??= error;
    }),
  );
  try {
    await sleep(1000);
    await change(stage.client, collection);
    const expected = watchers * changesPerSecond * seconds;
    const deadline = performance.now() + patienceMs;
    while (latencies.length < expected && failure === undefined && performance.now() < deadline) await sleep(20);
    if (failure !== undefined) throw new Error('a watch broke off', { cause: failure });
    if (latencies.length !== expected) throw new Error(`${latencies.length} events came, not ${expected}`);
  } finally {
    stop.abort();
    await Promise.all(streams);
    watching.close();
  }
  const order = sorted(latencies);
  const what = `${watchers} watchers × ${changesPerSecond} changes/s for ${seconds} s, from before the PATCH to the event read`;
  return [
    { name: 'watch median', value: percentile(order, 0.5), unit: 'ms', detail: what },
    { name: 'watch p99', value: percentile(order, 0.99), unit: 'ms', detail: 'the same' },
  ];
}

export const watchScenario: Scenario = {
  name: 'watch',
  about: 'latency of 100 changes/s at 100 watchers, median and p99',
  run: (bench) =>
    withServer(bench, async (stage) => {
      await fill(stage, apps, objects, (index) => loadApp(`app-${index}`));
      return measureWatch(stage, apps);
    }),
};
