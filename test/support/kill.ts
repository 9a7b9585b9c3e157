/**
 * Sends a signal to one process. To 0 it would go to all processes of this group, the tests and what has started them
 * included, and an empty file reads as 0.
 * @param pid as a number, or as a program has printed it
 * @throws Error if it is not the id of a process
 */
export function kill(pid: number | string | undefined, signal: NodeJS.Signals): void {
  const id = typeof pid === 'string' ? Number.parseInt(pid, 10) : (pid ?? NaN);
  if (!(id > 1)) throw new Error(`${JSON.stringify(pid)} is not the id of a process`);
  process.kill(id, signal);
}
