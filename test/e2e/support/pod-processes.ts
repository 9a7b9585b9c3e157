/** The processes of a pod, where its node is this machine: in a lab. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Those in the pod's containers whose command line has this word. What the kubelet starts beside the containers is not
 * among them.
 */
export function processesOf(podUid: string, word: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isIn(podUid, pid) && commandLine(pid).includes(word));
}

/** By its control group, which the kubelet names after the pod; systemd's form of the name has underscores. */
function isIn(podUid: string, pid: number): boolean {
  const groups = read(`/proc/${pid}/cgroup`);
  return groups.includes(`pod${podUid}`) || groups.includes(`pod${podUid.replaceAll('-', '_')}`);
}

const commandLine = (pid: number): readonly string[] => read(`/proc/${pid}/cmdline`).split('\0');

/** '' for a process that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
