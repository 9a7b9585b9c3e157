import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { openLineFile } from '../../../src/runtime/line-file.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'line-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A later second whenever asked, so that files put aside have names of their own. */
function risingClock(): Clock {
  let second = 0;
  return { ...systemClock, now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, second++)) };
}

const open = (path: string, limits: { maxBytes?: number; maxBackups?: number } = {}) =>
  openLineFile({ path, maxBytes: 1 << 20, maxBackups: 2, clock: risingClock(), logger: silentLogger, ...limits });

it('appends lines to a file that is nobody else’s to read, making its folder', async () => {
  const path = join(folder, 'logs', 'audit.log');
  for (const line of ['one\n', 'two\n']) {
    const file = await open(path);
    expect(file.write(line)).toBe(true);
    await file.close(5_000);
    expect(file.write('late\n')).toBe(false);
  }
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('puts a full file aside between two lines, and keeps so many of them', async () => {
  const path = join(folder, 'audit.log');
  const file = await open(path, { maxBytes: 100 });
  const lines = Array.from({ length: 12 }, (_, index) => `${String(index).padStart(2, '0')}${'x'.repeat(60)}\n`);
  for (const line of lines) {
    file.write(line);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await file.close(5_000);
  const names = (await readdir(folder)).sort();
  expect(names).toHaveLength(3);
  expect(names.filter((name) => /^audit-2026-01-02T03-04-\d\d\.000\.log$/.test(name))).toHaveLength(2);
  const kept = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  expect(kept.endsWith('\n')).toBe(true);
  const numbers = kept
    .trim()
    .split('\n')
    .map((line) => Number(line.slice(0, 2)));
  // The oldest are gone with their file; of the others none is missing, cut or twice.
  expect(numbers.every((number, index) => number === (numbers[0] ?? 0) + index)).toBe(true);
  expect(numbers.at(-1)).toBe(11);
  expect(
    kept
      .trim()
      .split('\n')
      .every((line) => line.length === 62),
  ).toBe(true);
});

it('refuses lines rather than keep more than it has room for', async () => {
  const file = await open(join(folder, 'audit.log'));
  const line = `${'x'.repeat(4 << 20)}\n`;
  expect([1, 2, 3, 4, 5, 6].map(() => file.write(line))).toContain(false);
  await file.close(10_000);
});

it('says at once where a file cannot be had', async () => {
  await expect(open(folder)).rejects.toThrow(/EISDIR/);
});
