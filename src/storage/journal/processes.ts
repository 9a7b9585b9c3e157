import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isSystemError } from './errors.ts';

/** Tells one process from every other, also from a later one that got its number. '' where the system has no such thing. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Of the running kernel: another after each boot, another on each machine, the same in all its containers. */
  readonly boot: string;
  /** Numbers of processes mean something only within it. */
  readonly pidNamespace: string;
  /** Clock ticks since boot. */
  readonly started: string;
}

export interface Processes {
  self(): Promise<ProcessIdentity>;
  /** Whether that process still runs; 'unknown' where that cannot be seen from here. */
  judge(other: ProcessIdentity): Promise<'alive' | 'dead' | 'unknown'>;
}

/** The machine's own processes. Source of the fields: https://man7.org/linux/man-pages/man5/proc.5.html */
export function nodeProcesses(): Processes {
  const self = async (): Promise<ProcessIdentity> => ({
    pid: process.pid,
    host: hostname(),
    boot: await orEmpty(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    pidNamespace: await orEmpty(readlink('/proc/self/ns/pid')),
    started: await startOf('self'),
  });
  return {
    self,
    async judge(other) {
      const own = await self();
      const sameKernel = own.boot !== '' && own.boot === other.boot;
      if (!sameKernel || own.pidNamespace === '' || own.pidNamespace !== other.pidNamespace) return 'unknown';
      if (!exists(other.pid)) return 'dead';
      const started = await startOf(String(other.pid));
      // Where /proc hides other users' processes, the number alone proves nothing.
      if (started === '' || other.started === '') return 'unknown';
      return started === other.started ? 'alive' : 'dead';
    },
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isSystemError(error, 'ESRCH');
  }
}

/** Field 22 of /proc/PID/stat; the second field, the command in parentheses, may hold blanks and parentheses. */
async function startOf(pid: string): Promise<string> {
  const stat = await orEmpty(readFile(`/proc/${pid}/stat`, 'utf8'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function orEmpty(text: Promise<string>): Promise<string> {
  try {
    return (await text).trim();
  } catch {
    return ''; // not Linux, or hidden: the caller goes on without it
  }
}
