/** Servers and members of etcd on hosts of their own, and networks between them that lose everything, or one direction. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { etcdBinary, noEtcd } from '../support/etcd.ts';
import { Network, noNetwork } from '../support/network.ts';
import { buildJudge, type Judge } from './linearizable/history.ts';
import { guaranteeNames } from './linearizable/watch-guarantees.ts';
import type { Cut, Result, Task } from './netns-child.ts';
import { buildChild, runCommand } from './storage-program.ts';

/** So many requests must be answered while something is cut, by those that can go on. */
const wanted = 5;
const seed = Number(process.env['SEED'] ?? 1);
const go = spawnSync('go', ['version']).status === 0 ? '' : 'Go is not on the PATH';
const why = [noNetwork, etcdBinary === undefined ? noEtcd : '', go].filter((reason) => reason !== '').join('; ');

describe.skipIf(why !== '')(`three servers and three members of etcd${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  let judge: Judge;
  let network: Network;
  let folder: string;
  const programs: string[] = [];

  beforeAll(async () => {
    judge = await buildJudge();
    programs.push(await buildChild('netns-child.ts'), await buildChild('linearizable/server-child.ts'));
    folder = await mkdtemp(join(tmpdir(), 'kd-netns-'));
    network = await Network.make(['m0', 'm1', 'm2', 's0', 's1', 's2']);
  }, 120_000);
  afterAll(async () => {
    await network.remove();
    await judge.stop();
    for (const path of [folder, ...programs.map(dirname)]) await rm(path, { recursive: true });
  });

  afterEach(() => network.clear());

  it.each<[Cut, string]>([
    ['server', 'a server is cut off from all members'],
    ['minority', 'a member is cut off from the other members'],
    ['majority', 'most members and some of the servers are cut off from the rest'],
    ['one way', 'only one direction is cut'],
  ])('lose and repeat nothing, and show nothing old, when (%s) %s', { timeout: 120_000 }, async (cut) => {
    const [child = '', program = ''] = programs;
    const task: Task = { network: network.names, program, cut, seed, wanted, result: join(folder, `${cut}.json`) };
    const run = runCommand([...network.hub.exec, process.execPath, child, JSON.stringify(task)]);
    try {
      await run.waitFor('done');
    } finally {
      await run.kill();
    }
    const { history, outcome, cuts, done } = JSON.parse(await readFile(task.result, 'utf8')) as Result;
    const { problems, broken, writes } = outcome;
    const { lost, duplicated, reordered, appeared } = writes;
    const context = `seed ${seed}, ${cuts.join('; ')}`;
    expect({ problems, lost, duplicated, reordered, appeared }, context).toEqual({
      ...{ problems: [], lost: [], duplicated: [], reordered: [], appeared: [] },
    });
    expect(broken, context).toEqual(Object.fromEntries(guaranteeNames.map((name) => [name, []])));
    expect(await judge.judge(history), context).toMatchObject({ result: 'Ok', operations: history.length });
    expect(outcome.watched.moves).toBeGreaterThan(0);
    for (const count of done) expect(count, context).toBeGreaterThanOrEqual(wanted);
  });
});
