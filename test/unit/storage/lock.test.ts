import { readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { StorageLostError } from '../../../src/storage/contract.ts';
import {
  StorageLockedError,
  type JournalFiles,
  type LockTiming,
  type ProcessIdentity,
  type Processes,
} from '../../../src/storage/journal/index.ts';
import { nodeFiles } from '../../../src/storage/journal/node-files.ts';
import { nodeProcesses } from '../../../src/storage/journal/processes.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { document, journalFolder, type JournalFolder } from './journal-folder.ts';
import { write } from '../../support/store-writes.ts';

const lockTiming: LockTiming = { heartbeatMs: 30, staleAfterMs: 300 };

const container = (pid: number): ProcessIdentity => ({
  pid,
  host: `pod-${pid}`,
  boot: 'b',
  pidNamespace: `n${pid}`,
  started: '1',
});
/** A process that cannot see other processes. */
const alone = (pid: number): Processes => ({
  self: () => Promise.resolve(container(pid)),
  judge: () => Promise.resolve('unknown'),
});

describe('the lock of a data folder', () => {
  let folder: JournalFolder;
  beforeEach(async () => {
    folder = await journalFolder({ countingFromOne: true });
  });
  afterEach(() => folder.remove());

  const locks = async (): Promise<string[]> =>
    (await readdir(folder.directory)).filter((name) => name.startsWith('lock-')).sort();

  it('prevents a process from opening the folder twice', async () => {
    await folder.with(async () => {
      const error = await folder.open().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StorageLockedError);
      expect(error).toMatchObject({ directory: folder.directory, pid: process.pid });
    });
    await folder.with((store) => store.barrier());
  });

  it('prevents a process of another container from opening the folder while its holder runs', async () => {
    await folder.with(
      async () => {
        const second = folder.open({ processes: alone(2), lockTiming });
        await expect(second).rejects.toThrow(`${folder.directory} is in use by process 1 on host pod-1`);
      },
      { processes: alone(1), lockTiming },
    );
  });

  it('is free at once for another container if the holder has stopped normally', async () => {
    await folder.with((store) => store.barrier(), { processes: alone(1) });
    // To wait for the heartbeat of the last holder would take longer than the timeout of the test.
    const patient = { heartbeatMs: 600_000, staleAfterMs: 6_000_000 };
    await folder.with((store) => store.barrier(), { processes: alone(2), lockTiming: patient });
  });

  it('is free for another container after the heartbeat has stopped', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    const newest = (await locks()).at(-1) ?? '';
    await folder.write(newest, JSON.stringify(container(1)));
    const clock = createManualClock();
    const opening = folder.open({ processes: alone(2), lockTiming, clock });
    for (let watched = 0; watched < lockTiming.staleAfterMs; watched += lockTiming.heartbeatMs) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      expect((await locks()).at(-1)).toBe(newest);
      clock.advance(lockTiming.heartbeatMs);
    }
    const store = await opening;
    expect(await store.barrier()).toBe(1);
    await store.close();
  });

  it('is free if its last holder ended while its lock file was empty', async () => {
    await folder.with((store) => store.barrier());
    await folder.write('lock-0000000099.json', '');
    await folder.with((store) => store.barrier(), { lockTiming });
    expect((await locks()).at(-1)).toBe('lock-0000000100.json');
  });

  it('cannot be taken while an empty lock file has a heartbeat', async () => {
    await folder.with((store) => store.barrier());
    await folder.write('lock-0000000099.json', '');
    const path = join(folder.directory, 'lock-0000000099.json');
    let beat = 0;
    const timer = setInterval(() => void utimes(path, ++beat, beat), 20);
    await expect(folder.open({ lockTiming })).rejects.toBeInstanceOf(StorageLockedError);
    clearInterval(timer);
  });

  it('leaves at most two files, however often it is taken', async () => {
    for (let round = 0; round < 5; round++) await folder.with((store) => store.barrier());
    expect(await locks()).toEqual(['lock-0000000004.json', 'lock-0000000005.json']);
  });

  it('cannot be taken if its newest file is a dangling link or has the highest number', async () => {
    await folder.with((store) => store.barrier());
    const path = join(folder.directory, 'lock-0000000007.json');
    await symlink('nowhere', path);
    await expect(folder.open({ lockTiming })).rejects.toThrow(`${path} cannot be opened`);
    await rm(path);
    const absurd = join(folder.directory, 'lock-9999999999.json');
    await writeFile(absurd, '{"released":true}');
    await expect(folder.open({ lockTiming })).rejects.toThrow(`${absurd} has the highest number`);
    await rm(absurd);
    await folder.with((store) => store.barrier());
  });

  it('is kept by its holder if the clock is set forward or back by hours', async () => {
    let shift = 0;
    const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + shift) };
    const store = await folder.open({ processes: alone(1), lockTiming, clock });
    for (const hours of [3, -3, 0]) {
      shift = hours * 3_600_000;
      await expect(folder.open({ processes: alone(2), lockTiming, clock })).rejects.toThrow(StorageLockedError);
    }
    expect(await write(store, '/a', 'absent', document({}))).toBe(1);
    expect(store.lost.aborted).toBe(false);
    await store.close();
  });

  it('needs no space on the disk if the last holder has ended', async () => {
    await folder.with((store) => write(store, '/a', 'absent', document({})));
    const real = nodeFiles();
    const files: JournalFiles = {
      ...real,
      async open(path, mode) {
        if (mode === 'read' || mode === 'update') return real.open(path, mode);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      },
    };
    await folder.with(async (store) => expect(await store.barrier()).toBe(1), { files });
    await folder.with(async (store) => expect(await store.barrier()).toBe(1), { files });
    await folder.with(async (store) => expect(await write(store, '/b', 'absent', document({}))).toBe(2));
  });

  it('prevents writes of a holder that was suspended while another one took over', async () => {
    let frozen = false;
    let skipped = 0;
    const clock: Clock = {
      now: () => new Date(),
      monotonic: () => systemClock.monotonic() + skipped,
      after: (milliseconds, callback) => systemClock.after(milliseconds, () => frozen || callback()),
    };
    let resume: () => void = () => undefined;
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    let begin: () => void = () => undefined;
    const snapshotBegun = new Promise<void>((resolve) => (begin = resolve));
    const real = nodeFiles();
    const files: JournalFiles = {
      ...real,
      async open(path, mode) {
        const file = await real.open(path, mode);
        if (!path.endsWith('snapshot.jsonl.tmp')) return file;
        begin();
        return { ...file, sync: () => resumed.then(() => file.sync()) };
      },
    };
    const options = { processes: alone(1), lockTiming, clock, files, snapshotEveryBytes: 1 };
    const suspended = await folder.open(options);
    await write(suspended, '/1', 'absent', document({}));
    await snapshotBegun;
    frozen = true;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await folder.open({ processes: alone(2), lockTiming });
    skipped = 60_000;
    resume(); // the snapshot that it was writing must not replace anything now
    await expect(write(suspended, '/2', 'absent', document({}))).rejects.toThrow('another process took over');
    expect(await write(second, '/2', 'absent', document({}))).toBe(2);
    await second.close();
    // Closing aborts a snapshot without a warning, so wait until the snapshot has failed.
    const failed = () => folder.warnings.filter(({ message }) => message.includes('snapshot'));
    await expect.poll(() => failed().length).toBe(1);
    await suspended.close();
    expect(folder.warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining('data were moved'));
    expect(suspended.lost.aborted).toBe(true);
    expect(failed().map(({ fields }) => String((fields as { error: unknown }).error))).toEqual([
      expect.stringContaining('another process took over'),
    ]);
    expect(await readdir(folder.directory)).not.toContain('snapshot.jsonl');
    await folder.with(async (store) => expect((await store.list('/')).entries).toHaveLength(2));
  });

  it('tells a holder that does not find its files that another one has taken over', async () => {
    let stands = false;
    const clock: Clock = {
      now: () => new Date(),
      // It believes that no time has passed, so it does not look at the lock first.
      monotonic: () => 0,
      after: (milliseconds, callback) => systemClock.after(milliseconds, () => stands || callback()),
    };
    const robbed = await folder.open({ processes: alone(1), lockTiming, clock, snapshotEveryBytes: 1 });
    await write(robbed, '/1', 'absent', document({}));
    stands = true;
    await folder.with((second) => write(second, '/2', 'absent', document({})), { processes: alone(2), lockTiming });
    await expect(write(robbed, '/3', 'absent', document({}))).rejects.toBeInstanceOf(StorageLostError);
    expect(robbed.lost.aborted).toBe(true);
    await robbed.close();
  });
});

describe('the check of a process', () => {
  const processes = nodeProcesses();

  it('gives alive for this process', async () => {
    expect(await processes.judge(await processes.self())).toBe('alive');
  });
  it('gives dead if another process has its number now', async () => {
    expect(await processes.judge({ ...(await processes.self()), started: '1' })).toBe('dead');
  });
  it('gives dead if no process has its number', async () => {
    expect(await processes.judge({ ...(await processes.self()), pid: 2 ** 22 + 1 })).toBe('dead');
  });
  it('gives unknown for a process in another container, on another machine or before a reboot', async () => {
    const self = await processes.self();
    expect(await processes.judge({ ...self, pidNamespace: 'pid:[1]' })).toBe('unknown');
    expect(await processes.judge({ ...self, boot: 'another' })).toBe('unknown');
    expect(await processes.judge({ ...self, boot: '', pidNamespace: '' })).toBe('unknown');
  });
});
