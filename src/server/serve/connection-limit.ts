/** How many connections a server may hold where nobody says. */
import { readFile } from 'node:fs/promises';

/** Behind kube-apiserver a few are in use; each costs some 50 KB. */
const most = 5_000;
/** Descriptors for all else: storage, logs, connections to kube-apiserver, commands in containers. */
const reserved = 256;
const least = 16;

/** @returns so many that none of them takes a descriptor that the rest of the process needs */
export async function defaultMaxConnections(limits = readLimits): Promise<number> {
  const descriptors = /^Max open files +(\d+)/m.exec(await limits())?.[1];
  return descriptors === undefined ? most : Math.max(least, Math.min(most, Number(descriptors) - reserved));
}

/** '' where the system tells it in another way than Linux. */
function readLimits(): Promise<string> {
  return readFile('/proc/self/limits', 'utf8').catch(() => '');
}
