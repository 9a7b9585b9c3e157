/** How long a change takes to reach all watchers. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Client, Credentials } from './client.ts';
import { percentile, sorted, type Figure } from './figure.ts';
import { apps, loadApp } from './objects.ts';
import { fill, withServer, type Scenario, type Stage } from './scenario.ts';

const watchers = 100;
const changesPerSecond = 100;
const seconds = 5;
const objects = 100;
/** The time after the last change for events that have not arrived yet. */
const patienceMs = 5000;

const stampField = 'bench/sent';
const stampStart = Buffer.from(`"${stampField}":"`);
const quote = '"'.charCodeAt(0);

/**
 * Follows a watch until the signal, and reports the latency of every event with a time stamp, in milliseconds. It only
 * searches for the stamps, because one process reads a hundred watches, and each of them waits for the others.
 * @returns resolves after the signal @throws Error if the stream ends earlier, or the request fails
 */
function follow(
  credentials: Credentials,
  path: string,
  signal: AbortSignal,
  seen: (ms: number) => void,
): Promise<void> {
  const { hostname, port } = new URL(credentials.server);
  const { ca, cert, key } = credentials;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca, cert, key }, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAccept: application/json\r\n\r\n`);
    });
    let rest: Buffer = Buffer.alloc(0);
    let status: string | undefined;
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      status ??= chunk.toString('latin1', 0, 12);
      if (status !== 'HTTP/1.1 200') socket.destroy(new Error(`the watch was answered with ${status}`));
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (;;) {
        const start = text.indexOf(stampStart, from);
        if (start < 0) break;
        const end = text.indexOf(quote, start + stampStart.length);
        if (end < 0) break;
        seen(now - Number(text.toString('latin1', start + stampStart.length, end)));
        from = end;
      }
      rest = Buffer.from(text.subarray(Math.max(from, text.length - 64)));
    });
    socket.on('error', reject).on('end', () => reject(new Error('the watch ended')));
    signal.addEventListener('abort', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Changes objects at a constant rate, even if the answers are slower. */
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

/** Measures a collection that has the objects app-0 … app-99. */
export async function measureWatch(stage: Stage, collection: string): Promise<Figure[]> {
  const { metadata } = JSON.parse((await stage.client.send('GET', `${collection}?limit=1`)).text()) as {
    metadata: { resourceVersion: string };
  };
  const path = `${collection}?watch=1&resourceVersion=${metadata.resourceVersion}`;
  const stop = new AbortController();
  setMaxListeners(watchers, stop.signal);
  const latencies: number[] = [];
  let failure: unknown;
  const streams = Array.from({ length: watchers }, () =>
    follow(stage.server.credentials, path, stop.signal, (ms) => latencies.push(ms)).catch((error: unknown) => {
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
