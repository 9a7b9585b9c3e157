/** How fast this machine is, beside the one for which limits of processor time are meant. */
import process from 'node:process';

/** Milliseconds of processor time that the reference work takes where the limits hold as they are written. */
const nominalMs = 8;
const tries = 5;

/** Much like the work of a request: reads and writes JSON, and makes garbage. */
function referenceWork(): number {
  const items = Array.from({ length: 4_000 }, (_, at) => ({ name: `item-${at}`, labels: { a: `${at}`, b: 'x' }, at }));
  let length = 0;
  for (let round = 0; round < 3; round += 1) {
    const text = JSON.stringify({ items });
    length += Object.keys(JSON.parse(text) as object).length + Buffer.from(text).length;
  }
  return length;
}

/** How many times longer than nominally work takes now; 1 on a machine that is as fast, or faster. */
export function slowness(): number {
  let least = Infinity;
  for (let at = 0; at < tries; at += 1) {
    const before = process.cpuUsage();
    referenceWork();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return Math.max(1, least / nominalMs);
}
