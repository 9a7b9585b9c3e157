/** How much memory a server with clusters needs. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatValue, type Figure } from './figure.ts';
import type { Usage } from './resident/child.ts';
import { withResident } from './resident/process.ts';
import { makeTemplate, writeFolder, type Template } from './resident/template.ts';
import { withDirectory, type Scenario } from './scenario.ts';

const counts = [0, 1000, 10_000];
/** V8 returns memory some seconds after the last work. */
const settleMs = 20_000;

const megabytes = (bytes: number): number => bytes / 1e6;

function usageAt(folder: string): Promise<Usage> {
  return withResident(folder, async (server) => {
    await sleep(settleMs);
    return server.usage();
  });
}

async function figureOf(root: string, template: Template, count: number): Promise<Figure> {
  const folder = join(root, `data-${count}`);
  await writeFolder(folder, template, count);
  const { resident, heapUsed, external, arrayBuffers } = await usageAt(folder);
  await rm(folder, { recursive: true });
  const [heap, outside, buffers] = [heapUsed, external, arrayBuffers].map((bytes) => formatValue(megabytes(bytes)));
  return {
    name: `memory at ${count.toLocaleString('en-US')}`,
    value: megabytes(resident),
    unit: 'MB',
    detail:
      `resident ${settleMs / 1000} s after the start, with so many configured clusters of 7 members, their roles and ` +
      `endpoints; heap ${heap ?? ''} MB, external ${outside ?? ''} MB, of that buffers ${buffers ?? ''} MB`,
  };
}

export const memoryScenario: Scenario = {
  name: 'memory',
  about: 'resident memory of a server with 0, 1,000 and 10,000 configured KubeDirectorClusters of 7 members',
  async run(bench) {
    const template = await makeTemplate(bench);
    return withDirectory(bench, async (root) => {
      const figures: Figure[] = [];
      for (const count of counts) figures.push(await figureOf(root, template, count));
      return figures;
    });
  },
};
