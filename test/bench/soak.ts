/** Whether memory stays the same: mixed work for some minutes, and resident memory compared with the first minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { formatValue, type Figure } from './figure.ts';
import { apps, clusters, idleApp, idleCluster, loadApp } from './objects.ts';
import { fill, withServer, type Bench, type Stage } from './scenario.ts';
import type { ServerProcess } from './server-process.ts';

const stored = 500;
const workers = 4;
/** The time between two requests of a worker: the server should be busy, but not overloaded. */
const pauseMs = 20;
const firstMs = 60_000;
const sampleMs = 1_000;

/** One step of mixed work: reads of all kinds, and writes that create, change and delete. */
async function step(client: Client, index: number): Promise<void> {
  const name = `app-${index % stored}`;
  const annotated = { metadata: { annotations: { 'bench/turn': String(index) } } };
  switch (index % 8) {
    case 0:
      await client.send('GET', `${clusters}?limit=100`);
      return;
    case 1:
      await client.send('PATCH', `${clusters}/cluster-${index % stored}`, annotated);
      return;
    case 2:
      await client.send('POST', apps, loadApp(`passing-${index}`));
      await client.send('DELETE', `${apps}/passing-${index}`);
      return;
    case 3:
      await client.send('GET', apps);
      return;
    case 4:
      await client.send('POST', clusters, idleCluster(`passing-${index}`));
      await client.send('DELETE', `${clusters}/passing-${index}`);
      return;
    case 5:
      await client.send('PATCH', `${clusters}/cluster-${index % stored}/status`, { status: { lastNodeID: index } });
      return;
    case 6:
      await client.send('PATCH', `${apps}/${name}`, annotated);
      return;
    default:
      await client.send('GET', `${apps}/${name}`);
  }
}

/** Reads a watch until the signal, as an informer does. */
async function watch(client: Client, path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const response = await client.open(`${path}?watch=1`, signal);
      await response.forEach(() => undefined);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
  }
}

async function measure({ client, server }: Stage<ServerProcess>, minutes: number): Promise<Figure> {
  const stop = new AbortController();
  const end = performance.now() + minutes * 60_000;
  let next = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await step(client, next++);
      await sleep(pauseMs);
    }
  };
  const began = performance.now();
  let first = 0;
  let last = 0;
  const sample = async (): Promise<void> => {
    while (performance.now() < end) {
      await sleep(sampleMs);
      last = server.memory().now;
      if (performance.now() - began <= firstMs) first = Math.max(first, last);
    }
  };
  const watching = Promise.all([apps, clusters].map((path) => watch(client, path, stop.signal)));
  try {
    await Promise.race([Promise.all([sample(), ...Array.from({ length: workers }, work)]), watching]);
  } finally {
    stop.abort();
  }
  await watching;
  return {
    name: 'soak',
    value: last / first,
    unit: '×',
    detail:
      `resident memory after ${minutes} min of mixed work (${next.toLocaleString('en-US')} steps), compared with the ` +
      `most of its first minute: ${formatValue(first)} → ${formatValue(last)} MB; at most 1.3 is asked for`,
  };
}

/** @throws Error if a request fails */
export function soak(bench: Bench, minutes: number): Promise<Figure[]> {
  return withServer(bench, async (stage) => {
    await stage.client.send('POST', apps, idleApp());
    await fill(stage, apps, stored, (index) => loadApp(`app-${index}`));
    await fill(stage, clusters, stored, (index) => idleCluster(`cluster-${index}`));
    return [await measure(stage, minutes)];
  });
}
