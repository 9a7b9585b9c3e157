/** A group of processes that may have only so much memory, as a container has: of Linux control groups, either version. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemoryGroup {
  add(pid: number): void;
  /** After the processes have ended. */
  remove(): void;
}

const root = '/sys/fs/cgroup';

/** Throws where the system has none, or does not let us make one: only root may. */
export function makeMemoryGroup(name: string, bytes: number): MemoryGroup {
  const first = join(root, 'memory');
  const isFirst = existsSync(join(first, 'memory.limit_in_bytes'));
  if (!isFirst) {
    const controllers = readFileSync(join(root, 'cgroup.controllers'), 'utf8');
    if (!controllers.split(/\s+/).includes('memory')) throw new Error('there is no memory controller');
    writeFileSync(join(root, 'cgroup.subtree_control'), '+memory');
  }
  const folder = join(isFirst ? first : root, name);
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return {
    add: (pid) => appendFileSync(join(folder, 'cgroup.procs'), String(pid)),
    remove: () => rmdirSync(folder),
  };
}
