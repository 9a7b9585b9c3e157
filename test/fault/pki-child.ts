/**
 * The process that pki-kill.test.ts has killed: makes or renews the certificates in the folder given as argument, as on
 * a day so many days from now, and is killed in the place of a rename: the first, second … as the third argument says.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { ensurePki } from '../../src/playground/pki/pki.ts';
import { systemClock } from '../../src/runtime/clock.ts';

const [directory, days, fatal] = process.argv.slice(2);
if (directory === undefined || days === undefined) throw new Error('usage: pki-child FOLDER DAYS RENAME');
const { rename } = fs;
let renames = 0;
fs.rename = async (from, to) => {
  renames++;
  if (renames === Number(fatal)) process.kill(process.pid, 'SIGKILL');
  await rename(from, to);
};
syncBuiltinESMExports();
const now = new Date(Date.now() + Number(days) * 86_400_000);
await ensurePki(directory, { ...systemClock, now: () => now });
