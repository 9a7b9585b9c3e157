import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openJournalStore, StorageLockedError } from '../../src/storage/journal/index.ts';
import { seeded } from '../support/seeded.ts';
import { buildChild, runChild } from './storage-program.ts';

/** See storage-child.ts. */
const hasTwin = (key: string): boolean => /^\/\d+\/\d*[13579]\//.test(key);

describe('a process that has the data folder open', () => {
  let program: string;
  let directory: string;
  beforeAll(async () => {
    program = await buildChild();
  });
  afterAll(() => rm(dirname(program), { recursive: true }));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kd-kill-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = (): Promise<Store> => openJournalStore({ directory, clock: systemClock, logger: silentLogger });

  it('loses no acknowledged write when killed at any moment, twenty times over', { timeout: 120_000 }, async () => {
    const random = seeded(7);
    const acknowledged = new Map<string, number>();
    let newest = 0;
    for (let round = 0; round < 20; round++) {
      const child = runChild(program, directory, String(round), '8');
      await child.waitFor('open\n');
      await pause(random() * 150);
      await child.kill();
      for (const [, key = '', revision] of child.said().matchAll(/^(\/\S+) (\d+)$/gm)) {
        acknowledged.set(key, Number(revision));
        expect(Number(revision)).toBeGreaterThan(newest);
      }
      const store = await open();
      const stored = new Map((await store.list('/')).entries.map((entry) => [entry.key, entry]));
      for (const [key, revision] of acknowledged) {
        const entry = stored.get(key);
        expect(entry?.revision).toBe(revision);
        expect(JSON.parse(String(entry?.value))).toMatchObject({ key });
      }
      newest = await store.barrier();
      expect(newest).toBeGreaterThanOrEqual(Math.max(0, ...acknowledged.values()));
      const twins = [...stored.keys()].filter((key) => key.startsWith('/twin/'));
      expect(twins).toEqual([...stored.keys()].filter(hasTwin).map((key) => `/twin${key}`));
      for (const twin of twins) expect(stored.get(twin)?.revision).toBe(stored.get(twin.slice(5))?.revision);
      const revisions = new Set([...stored.values()].map(({ revision }) => revision));
      expect(revisions.size).toBe(stored.size - twins.length);
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThan(200);
  });

  it('refuses a second process, with the id of the first, until it is killed', { timeout: 60_000 }, async () => {
    const child = runChild(program, directory, '0', '1');
    await child.waitFor('open\n');
    const error = await open().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageLockedError);
    expect(error).toMatchObject({ directory, pid: child.pid });
    expect(String(error)).toContain(`${directory} is in use by process ${child.pid}`);
    await child.kill();
    const store = await open();
    await store.close();
  });

  it('lets exactly one of several that start at the same time open it', { timeout: 60_000 }, async () => {
    const children = Array.from({ length: 4 }, (_, round) => runChild(program, directory, String(round), '1'));
    const opened = await Promise.allSettled(children.map((child) => child.waitFor('open\n')));
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all(children.map((child) => child.kill()));
  });
});
