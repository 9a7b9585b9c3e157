/** How long the program takes to start with more objects than the bench could create by requests. */
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';
import { createClient } from './client.ts';
import type { Figure } from './figure.ts';
import { apps, loadApp, namespace } from './objects.ts';
import { withDirectory, type Bench, type Scenario } from './scenario.ts';
import { freePort, startServer } from './server-process.ts';
import { startFigure, startTimes } from './start.ts';

const runs = 3;
/** Commits that are made at the same time. */
const batch = 500;

/** The server creates one app, and the rest are copies of it with other names and uids: written as by a server, commit by commit. */
async function store(directory: string, count: number): Promise<void> {
  const server = await startServer(directory, await freePort());
  const client = createClient(server.credentials, 1);
  await client.send('POST', apps, loadApp('app-0'));
  client.close();
  await server.stop('SIGTERM');
  const logger = createLogger({ level: 'error', format: 'json' });
  const data = await openJournalStore({ directory: join(directory, 'data'), clock: systemClock, logger });
  try {
    const prefix = `/kubedirector.hpe.com/kubedirectorapps/${namespace}/`;
    const original = (await data.read(`${prefix}app-0`))?.value.toString() ?? '';
    const { uid } = (JSON.parse(original) as { metadata: { uid: string } }).metadata;
    for (let next = 1; next < count;) {
      const commits: Promise<number>[] = [];
      for (; next < count && commits.length < batch; next++) {
        const own = `${uid.slice(0, -8)}${next.toString(16).padStart(8, '0')}`;
        const value = Buffer.from(original.replace('"app-0"', `"app-${next}"`).replace(uid, own));
        commits.push(data.commit({ require: [], writes: [{ key: `${prefix}app-${next}`, value }] }));
      }
      await Promise.all(commits);
    }
  } finally {
    await data.close();
  }
}

async function figures(bench: Bench, count: number): Promise<Figure[]> {
  const many = count.toLocaleString('en-US');
  const what = `${many} KubeDirectorApps of 1.7 kB`;
  return withDirectory(bench, async (directory) => {
    await store(directory, count);
    const [, ...afterStop] = await startTimes(directory, runs + 1, 'SIGTERM', count);
    const [, ...afterKill] = await startTimes(directory, runs + 1, 'SIGKILL', count);
    return [
      startFigure(`start, ${many}`, afterStop, `${what}, after a clean stop`),
      startFigure(`start, ${many}, after kill -9`, afterKill, `${what}, after kill -9`),
    ];
  });
}

export const startLargeScenario: Scenario = {
  name: 'start-large',
  about: 'time from calling the program to /readyz, with 100,000 and 150,000 objects',
  async run(bench) {
    return [...(await figures(bench, 100_000)), ...(await figures(bench, 150_000))];
  },
};
