/**
 * Holders that stand still (SIGSTOP) until another process, which cannot see them, has taken the folder over, and
 * continue in the middle of what they were doing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { inspectJournal } from '../../src/storage/journal/index.ts';
import { buildChild, runChild, type Run } from './storage-program.ts';

const rounds = 12;

const acknowledged = (run: Run): [string, number][] =>
  [...run.said().matchAll(/^(\/\S+) (\d+)$/gm)].map(([, key = '', revision]) => [key, Number(revision)]);

describe('a stopped holder while another process takes over', () => {
  let program: string;
  let directory: string;
  beforeAll(async () => {
    program = await buildChild();
    directory = join(await mkdtemp(join(tmpdir(), 'kd-pause-')), 'data');
  });
  afterAll(async () => {
    await rm(dirname(program), { recursive: true });
    await rm(dirname(directory), { recursive: true });
  });

  it('acknowledges nothing more, ends, and no acknowledged write is lost', { timeout: 240_000 }, async () => {
    const runs: Run[] = [];
    const start = async (): Promise<Run> => {
      const run = runChild(program, directory, `r${runs.length}`, '4', `container-${runs.length}`);
      runs.push(run);
      await run.waitFor('open');
      return run;
    };
    try {
      let holder = await start();
      for (let round = 0; round < rounds; round++) {
        await holder.waitFor(`/r${round}/0/3 `);
        await pause(round * 3); // each at another point of its work
        process.kill(holder.pid, 'SIGSTOP');
        const next = await start();
        await next.waitFor(`/r${round + 1}/0/1 `);
        process.kill(holder.pid, 'SIGCONT');
        await holder.waitFor('lost');
        holder = next;
      }
      await holder.kill();
    } finally {
      for (const run of runs) await run.kill();
    }
    const found = await inspectJournal({
      ...{ directory, clock: systemClock, logger: silentLogger },
      lockTiming: { heartbeatMs: 50, staleAfterMs: 400 },
    });
    if (found.state !== 'written') throw new Error('the folder is empty');
    const stored = new Map(found.entries.map(({ key, revision }) => [key, revision]));
    const promised = runs.flatMap(acknowledged);
    expect(promised.length).toBeGreaterThan(rounds * 8);
    for (const [key, revision] of promised) expect([key, stored.get(key)]).toEqual([key, revision]);
    expect(new Set(promised.map(([, revision]) => revision)).size).toBe(promised.length);
  });
});
