/** Backups by a schedule. */
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { checkBackupFolder, ScheduledBackups } from '../../../src/server/serve/backups.ts';
import { readBackup } from '../../../src/server/storage-backup.ts';
import { readBackupFile } from '../../../src/server/backup-file.ts';
import type { Page } from '../../../src/storage/contract.ts';

let directory: string;
let metrics: Metrics;
let abort: AbortController;
const running: Promise<void>[] = [];
/** Each state has a revision of its own. */
let revision: number;
const page = (): Promise<Page> => {
  revision += 1;
  return Promise.resolve({ revision, entries: [{ key: '/g/r/a', revision, value: Buffer.from(`{"n":${revision}}`) }] });
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kd-backups-'));
  metrics = createMetrics();
  abort = new AbortController();
  revision = 0;
});
afterEach(async () => {
  abort.abort();
  await Promise.all(running.splice(0));
  await rm(directory, { recursive: true });
});

function start(schedule: { everyMs: number; keep: number }, list = page): void {
  const options = { schedule: { directory, ...schedule }, store: { list } };
  const backups = new ScheduledBackups({ ...options, clock: systemClock, logger: silentLogger, metrics });
  running.push(backups.run(abort.signal));
}
const backups = async (): Promise<string[]> =>
  (await readdir(directory)).filter((name) => /^kubedirector-[\dTZ]+-r\d+\.backup$/.test(name)).sort();
const revisionIn = (name: string): number => Number(/-r(\d+)\./.exec(name)?.[1]);
/** The name of a backup that was begun so many milliseconds ago. */
const made = (agoMs: number): string =>
  `kubedirector-${new Date(Date.now() - agoMs).toISOString().replaceAll(/[-:.]/g, '')}-r7.backup`;
const hour = 3_600_000;

describe('scheduled backups', () => {
  it('are whole, readable by nobody else, and the newest ones stay', async () => {
    start({ everyMs: 5, keep: 3 });
    await expect.poll(() => revision).toBeGreaterThan(8);
    abort.abort();
    await Promise.all(running.splice(0));
    const names = await backups();
    expect(names).toHaveLength(3);
    expect(names.map(revisionIn)).toEqual([revision - 2, revision - 1, revision]);
    for (const name of names) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
      expect(await readBackup(readBackupFile(join(directory, name)))).toMatchObject({
        revision: revisionIn(name),
        entries: [{ key: '/g/r/a', value: Buffer.from(`{"n":${revisionIn(name)}}`) }],
      });
    }
    expect(await metrics.text()).toContain(`kubedirector_backups_total{result="success"} ${revision}`);
  });

  it('begin at once where the newest one is old enough, and not before', async () => {
    await writeFile(join(directory, made(2 * hour)), 'old');
    start({ everyMs: hour, keep: 10 });
    await expect.poll(() => revision).toBe(1);
    await expect.poll(backups).toHaveLength(2);
    start({ everyMs: hour, keep: 10 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(revision).toBe(1);
  });

  it('fail without stopping anything, are counted, and leave nothing behind', async () => {
    const old = made(2 * hour);
    await writeFile(join(directory, old), 'old');
    let failures = 0;
    start({ everyMs: 5, keep: 1 }, () => {
      if (++failures > 3) return page();
      return Promise.reject(new Error('no connection'));
    });
    await expect.poll(backups).not.toContain(old);
    abort.abort();
    await Promise.all(running.splice(0));
    expect(failures).toBeGreaterThan(3);
    expect(await metrics.text()).toContain('kubedirector_backups_total{result="failure"} 3');
    expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('remove what a killed process left of a backup, and no file of anybody else', async () => {
    const [left, mine] = [`${made(0)}.partial-1`, 'notes.txt'];
    for (const name of [left, mine]) {
      await writeFile(join(directory, name), 'x');
      await utimes(join(directory, name), 0, 0);
    }
    start({ everyMs: hour, keep: 1 });
    await expect.poll(() => readdir(directory)).not.toContain(left);
    expect(await readFile(join(directory, mine), 'utf8')).toBe('x');
  });

  it('are refused at the start where no file can be made', async () => {
    await writeFile(join(directory, 'file'), '');
    const schedule = { directory: join(directory, 'file/below'), everyMs: 5, keep: 1 };
    await expect(checkBackupFolder(schedule)).rejects.toThrow('--backup-dir');
    await checkBackupFolder({ ...schedule, directory: join(directory, 'new/folder') });
    expect((await stat(join(directory, 'new/folder'))).mode & 0o777).toBe(0o700);
  });
});
