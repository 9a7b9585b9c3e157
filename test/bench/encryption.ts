/** What encryption at rest costs: the same server with and without it, in turn. */
import { join } from 'node:path';
import { createClient } from './client.ts';
import { formatValue, percentile, sorted, type Figure } from './figure.ts';
import { runLoad } from './load.ts';
import { apps, loadApp } from './objects.ts';
import { requestLoads, storeObjects, type Target } from './requests.ts';
import type { EncryptionProvider } from './resident/child.ts';
import { withResident, type Resident } from './resident/process.ts';
import { connections, withDirectory, type Bench, type Scenario, type Stage } from './scenario.ts';

const ways = [undefined, 'aesgcm', 'secretbox'] as const;
const rounds = 3;
const objects = 10_000;
/** Starts with these objects, in each round. */
const starts = 2;
const listed: Target = { path: apps.replace('/default/', '/listed/'), make: loadApp };
const created: Target = { path: apps, make: loadApp };

type Results = Map<string, number[]>;

async function measured(stage: Stage, results: Results): Promise<void> {
  const add = (name: string, value: number): void => void results.set(name, [...(results.get(name) ?? []), value]);
  await storeObjects(stage, listed);
  for (const { name, run } of requestLoads) {
    if (name !== 'gets' && name !== 'lists') continue;
    for (const { value } of await run(stage, listed)) add(`${name}, 1/s`, value);
  }
  const before = stage.server.cpuSeconds();
  const bounds = { workers: connections, operations: objects, maxMs: 120_000 };
  const { perSecond } = await runLoad(stage.server, bounds, (index) =>
    stage.client.send('POST', created.path, created.make(`app-${index}`)),
  );
  add('creates, 1/s', perSecond);
  add('processor time of a create, ms', ((stage.server.cpuSeconds() - before) * 1000) / objects);
}

function stageOf(server: Resident): Stage {
  const credentials = { server: `https://127.0.0.1:${server.port}`, ca: Buffer.from(server.ca) };
  return {
    server: { credentials, cpuSeconds: () => server.cpuSeconds() },
    client: createClient(credentials, connections),
  };
}

async function oneRound(bench: Bench, way: EncryptionProvider | undefined, results: Results): Promise<void> {
  await withDirectory(bench, async (root) => {
    const folder = join(root, 'data');
    const work = async (server: Resident): Promise<void> => {
      const stage = stageOf(server);
      await measured(stage, results).finally(() => stage.client.close());
    };
    await withResident(folder, work, way);
    const times: number[] = [];
    for (let start = 0; start < starts; start++) {
      await withResident(folder, (server) => Promise.resolve(times.push(server.startMs)), way);
    }
    const name = 'start with 11,000 objects, s';
    results.set(name, [...(results.get(name) ?? []), ...times.map((ms) => ms / 1000)]);
  });
}

export const encryptionScenario: Scenario = {
  name: 'encryption',
  about: 'creates, gets, lists and the start without encryption at rest, with aesgcm and with secretbox',
  async run(bench) {
    const results = new Map<EncryptionProvider | undefined, Results>(ways.map((way) => [way, new Map()]));
    for (let round = 0; round < rounds; round++) {
      for (const way of ways) await oneRound(bench, way, results.get(way) ?? new Map<string, number[]>());
    }
    return [...results].flatMap(([way, figures]) =>
      [...figures].map(([name, values]): Figure => {
        const order = sorted(values);
        const [what = '', unit = ''] = name.split(/, (?=[^,]*$)/);
        return {
          name: `${way ?? 'plain'}: ${what}`,
          value: percentile(order, 0.5),
          unit,
          detail: `median of ${order.map(formatValue).join(', ')}; KubeDirectorApps of 1.7 kB`,
        };
      }),
    );
  },
};
