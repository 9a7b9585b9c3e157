/** kstatus, by which Flux and Helm 4 wait, on objects as they were in a playground. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { built, missingTools } from './support/program.ts';
import { kstatus } from './support/sources.ts';

const missing = missingTools(kstatus);
const shown = resolve('manifests/argo-cd/kubedirector.hpe.com');

describe.skipIf(missing !== undefined)(`kstatus${missing === undefined ? '' : ` (${missing})`}`, () => {
  let executable: string;

  beforeAll(async () => {
    executable = join(await built(kstatus), 'kstatus');
  });

  const statuses = async (kind: string): Promise<Readonly<Record<string, string>>> => {
    const folder = join(shown, kind, 'testdata');
    const files = readdirSync(folder).sort();
    const objects = files.map((name) => parse(readFileSync(join(folder, name), 'utf8')) as unknown);
    const { code, stdout, stderr } = await command([JSON.stringify(objects)], { executable }).ended;
    expect([code, stderr]).toEqual([0, '']);
    const found = JSON.parse(stdout) as string[];
    return Object.fromEntries(files.map((name, at) => [name.replace('.yaml', ''), found[at] ?? '']));
  };

  it('takes a cluster for current when it is Ready and its spec was looked at', async () => {
    expect(await statuses('KubeDirectorCluster')).toEqual({
      progressing: 'InProgress',
      healthy: 'Current',
      stale: 'InProgress',
      paused: 'Current',
      // There is no Stalled: KubeDirector goes on trying.
      degraded: 'InProgress',
      // Ready is False of a cluster that is stopped, so who waits for it waits until the timeout.
      suspending: 'InProgress',
      suspended: 'InProgress',
    });
  });

  it('takes a backup for current when it has succeeded, and a schedule when it is followed', async () => {
    expect(await statuses('KubeDirectorBackup')).toEqual({
      progressing: 'InProgress',
      healthy: 'Current',
      scheduled: 'Current',
      degraded: 'InProgress',
      suspended: 'InProgress',
    });
  });
});
