/** One cluster with seven members, set up by a playground, for copies in data folders. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import type { Entry } from '../../../src/storage/contract.ts';
import { inspectJournal, restoreJournal } from '../../../src/storage/journal/index.ts';
import { apps, clusters, sevenMembers, sparkApp } from '../objects.ts';
import { withServer, type Bench } from '../scenario.ts';

const templateName = 'cluster-template';
const settleTimeoutMs = 60_000;
const logger = createLogger({ level: 'error', format: 'json' });

export interface Template {
  /** The app, and all other objects that do not belong to the cluster. */
  readonly shared: readonly Entry[];
  /** The configured cluster itself. */
  readonly cluster: Entry;
}

/** @throws Error if the cluster does not become configured */
export function makeTemplate(bench: Bench): Promise<Template> {
  return withServer(bench, async ({ client, server }) => {
    await client.send('POST', apps, sparkApp());
    await client.send('POST', clusters, sevenMembers(templateName));
    const deadline = performance.now() + settleTimeoutMs;
    for (;;) {
      const answer = await client.send('GET', `${clusters}/${templateName}`);
      const { status } = JSON.parse(answer.text()) as { status?: { state?: string } };
      if (status?.state === 'configured') break;
      if (performance.now() > deadline) throw new Error(`the cluster is ${status?.state ?? 'without status'}`);
      await sleep(200);
    }
    await server.stop('SIGTERM');
    return templateOf(await entriesIn(server.directory));
  });
}

async function entriesIn(directory: string): Promise<readonly Entry[]> {
  const found = await inspectJournal({ directory: join(directory, 'data'), clock: systemClock, logger });
  if (found.state !== 'written') throw new Error(`${directory} has no data`);
  return found.entries;
}

function templateOf(entries: readonly Entry[]): Template {
  const ours = entries.filter(({ key }) => key.startsWith('/kubedirector.hpe.com/'));
  const cluster = ours.find(({ key }) => key.endsWith(`/${templateName}`));
  if (cluster === undefined) throw new Error('the data folder has no cluster');
  return { shared: ours.filter((entry) => entry !== cluster), cluster };
}

/** Writes a data folder with this number of copies of the cluster. Each copy has its own name and uid. */
export async function writeFolder(directory: string, { shared, cluster }: Template, count: number): Promise<void> {
  const text = cluster.value.toString();
  const { metadata } = JSON.parse(text) as { metadata: { uid: string } };
  const highest = Math.max(...shared.map(({ revision }) => revision));
  const copies = Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(templateName.length - 'cluster-'.length, '0');
    const uid = metadata.uid.slice(0, -8) + number;
    const named = (old: string): string => old.replaceAll(templateName, `cluster-${number}`);
    const value = Buffer.from(named(text).replaceAll(metadata.uid, uid));
    return { key: named(cluster.key), value, revision: highest + 1 + index };
  });
  const entries = [...shared, ...copies];
  await restoreJournal({ directory, revision: highest + count, entries, clock: systemClock, logger });
}
