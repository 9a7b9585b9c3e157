import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageLockedError, type ProcessIdentity, type Processes } from '../../../src/storage/journal/index.ts';
import { nodeProcesses, type Liveness } from '../../../src/storage/journal/processes.ts';
import { journalFolder, type JournalFolder } from './journal-folder.ts';

const holder: ProcessIdentity = { pid: 1, host: 'here', boot: 'b', pidNamespace: 'n', started: '1' };
/** Gives these answers one after the other, and then always the last one. */
const saying = (...liveness: readonly Liveness[]): Processes & { asked: () => number } => {
  let asked = 0;
  return {
    self: () => Promise.resolve(holder),
    judge: () => Promise.resolve(liveness[Math.min(asked++, liveness.length - 1)] ?? 'unknown'),
    asked: () => asked,
  };
};

describe('a data folder whose holder was killed a moment ago', () => {
  let folder: JournalFolder;
  beforeEach(async () => {
    folder = await journalFolder();
  });
  afterEach(() => folder.remove());
  const lockTiming = { heartbeatMs: 30, staleAfterMs: 200 };

  it('is taken as soon as the holder is gone', async () => {
    await folder.with(
      async () => {
        const processes = saying('dying', 'dying', 'dead');
        await folder.with((store) => store.barrier(), { processes, lockTiming });
        expect(processes.asked()).toBe(3);
      },
      { processes: saying('alive'), lockTiming },
    );
  });

  it('is refused if the holder stays in the state dying, because it may still write', async () => {
    await folder.with(
      async () => {
        const processes = saying('dying');
        await expect(folder.open({ processes, lockTiming })).rejects.toBeInstanceOf(StorageLockedError);
        expect(processes.asked()).toBeGreaterThan(2);
      },
      { processes: saying('alive'), lockTiming },
    );
  });
});

// Needs /proc.
describe.skipIf(process.platform !== 'linux')('a process', () => {
  const processes = nodeProcesses();
  const identityOf = async (pid: number): Promise<ProcessIdentity> => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return { ...(await processes.self()), pid, started };
  };

  it('is dead if it was killed and its parent has not waited for it', async () => {
    // The shell becomes a program that does not wait for its children.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const identity = await identityOf(Number(line.toString()));
      expect(await processes.judge(identity)).toBe('alive');
      process.kill(identity.pid, 'SIGKILL');
      await expect.poll(() => processes.judge(identity), { interval: 5 }).toBe('dead');
      expect(readFileSync(`/proc/${identity.pid}/stat`, 'utf8')).toMatch(/\) Z /);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is alive while it is stopped', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      const identity = await identityOf(child.pid ?? 0);
      child.kill('SIGSTOP');
      await expect.poll(() => readFileSync(`/proc/${identity.pid}/stat`, 'utf8')).toMatch(/\) T /);
      expect(await processes.judge(identity)).toBe('alive');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is never alive again after it was killed', async () => {
    for (let round = 0; round < 20; round++) {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      const identity = await identityOf(child.pid ?? 0);
      child.kill('SIGKILL');
      const liveness: Liveness[] = [];
      while (liveness.at(-1) !== 'dead') liveness.push(await processes.judge(identity));
      expect(liveness).not.toContain('alive');
      expect(liveness).not.toContain('unknown');
    }
  });
});
