/** How long many clusters take from apply to configured. */
import { runLoad } from './load.ts';
import { percentile, sorted, type Figure } from './figure.ts';
import { apps, clusters, sparkApp, sparkCluster, sparkMembers } from './objects.ts';
import { connections, withServer, type Scenario, type Stage } from './scenario.ts';

const count = 100;
const timeoutMs = 180_000;

interface ClusterEvent {
  readonly object: { readonly metadata: { readonly name: string }; readonly status?: { readonly state?: string } };
}

/** Calls `seen` with the name and state of every changed cluster. Ends when the signal aborts. */
async function follow({ client }: Stage, signal: AbortSignal, seen: (name: string, state: string) => void) {
  const response = await client.open(`${clusters}?watch=1&resourceVersion=0`, signal);
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { object } = JSON.parse(line) as ClusterEvent;
      seen(object.metadata.name, object.status?.state ?? 'none');
    }
  }
}

async function measure(stage: Stage): Promise<Figure[]> {
  await stage.client.send('POST', apps, sparkApp());
  const begin = performance.now();
  const states = new Map<string, string>();
  const configuredAfter = new Map<string, number>();
  const stop = new AbortController();
  const timeout = setTimeout(() => {
    stop.abort();
  }, timeoutMs);
  const watching = follow(stage, stop.signal, (name, state) => {
    states.set(name, state);
    if (state === 'configured' && !configuredAfter.has(name)) configuredAfter.set(name, performance.now() - begin);
    if (configuredAfter.size === count) stop.abort();
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const bounds = { workers: connections - 1, operations: count, maxMs: timeoutMs };
  const applied = runLoad(stage.server, bounds, (index) =>
    stage.client.send('POST', clusters, sparkCluster(`spark-${index}`)),
  );
  try {
    await Promise.all([watching, applied]);
  } finally {
    stop.abort();
    clearTimeout(timeout);
  }
  if (configuredAfter.size < count) {
    const late = [...states].filter(([name]) => !configuredAfter.has(name)).slice(0, 5);
    throw new Error(`${configuredAfter.size} of ${count} configured after ${timeoutMs / 1000} s; ${late.join('; ')}`);
  }
  const order = sorted([...configuredAfter.values()]);
  const what = `${count} clusters of ${sparkMembers} members, simulated delays included`;
  return [
    { name: 'spark, all', value: (order.at(-1) ?? Number.NaN) / 1000, unit: 's', detail: what },
    { name: 'spark, median', value: percentile(order, 0.5) / 1000, unit: 's', detail: 'from the first apply' },
  ];
}

export const sparkScenario: Scenario = {
  name: 'spark',
  about: '100 Spark clusters in the playground, from apply to configured',
  run: (bench) => withServer(bench, measure),
};
