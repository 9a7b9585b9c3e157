import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isSystemError } from './errors.ts';

/**
 * Tells one process from every other, also from a later one that got its number. '' where the system has no such thing.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /**
   * Identifies the running kernel: it differs after each boot and on each machine, and is the same in all containers of
   * a machine.
   */
  readonly boot: string;
  /** Numbers of processes mean something only within it. */
  readonly pidNamespace: string;
  /** Clock ticks since boot. */
  readonly started: string;
}

/** Identifies processes, to find out whether the holder of a lock is still alive. */
export interface Processes {
  self(): Promise<ProcessIdentity>;
  judge(other: ProcessIdentity): Promise<Liveness>;
}

/** Whether a process still runs: 'dying' one that was killed and is not gone yet, 'unknown' where none can be seen. */
export type Liveness = 'alive' | 'dying' | 'dead' | 'unknown';

/** The machine's own processes. Source of the fields: https://man7.org/linux/man-pages/man5/proc.5.html */
export function nodeProcesses(): Processes {
  const self = async (): Promise<ProcessIdentity> => ({
    pid: process.pid,
    host: hostname(),
    boot: await orEmpty(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    pidNamespace: await orEmpty(readlink('/proc/self/ns/pid')),
    started: (await look('self'))?.started ?? '',
  });
  return {
    self,
    async judge(other) {
      const own = await self();
      const sameKernel = own.boot !== '' && own.boot === other.boot;
      if (!sameKernel || own.pidNamespace === '' || own.pidNamespace !== other.pidNamespace) return 'unknown';
      if (!exists(other.pid)) return 'dead';
      const seen = await look(String(other.pid));
      // Where /proc hides other users' processes, the number alone proves nothing.
      if (seen === undefined || other.started === '') return exists(other.pid) ? 'unknown' : 'dead';
      return seen.started === other.started ? seen.liveness : 'dead';
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

interface Seen {
  readonly started: string;
  readonly liveness: Liveness;
}

/** Of the kernel's PF_ flags: the thread is on its way out. */
const exitingFlag = 0x4;
/** Of a mask of signals: SIGKILL is number 9, the lowest bit is number 1. */
const killBit = 1n << 8n;

/**
 * From /proc/PID/stat: fields 3 (state), 9 (flags), 20 (threads) and 22 (start time). The second field, the command in
 * parentheses, may hold blanks and parentheses.
 *
 * A process that nobody waits for stays a zombie; it has closed its files once its last thread is gone. Until then,
 * from the kill on, it is dying: its threads may be inside a write.
 */
async function look(pid: string): Promise<Seen | undefined> {
  // Read first: a signal that is delivered in between shows in the flags, which are read next.
  const killed = await isKilled(pid);
  const stat = await orEmpty(readFile(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', flags = '', threads = '', started = ''] = [0, 6, 17, 19].map((index) => fields[index]);
  if (started === '') return undefined;
  if (state === 'Z' || state === 'X') return { started, liveness: Number(threads) > 1 ? 'dying' : 'dead' };
  const dying = killed || (Number(flags) & exitingFlag) !== 0;
  return { started, liveness: dying ? 'dying' : 'alive' };
}

/** Whether a SIGKILL has been sent that the process has not taken yet. */
async function isKilled(pid: string): Promise<boolean> {
  const status = await orEmpty(readFile(`/proc/${pid}/status`, 'utf8'));
  const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)];
  return pending.some(([, mask = '0']) => (BigInt(`0x${mask}`) & killBit) !== 0n);
}

async function orEmpty(text: Promise<string>): Promise<string> {
  try {
    return (await text).trim();
  } catch {
    return ''; // not Linux, or hidden: the caller goes on without it
  }
}
