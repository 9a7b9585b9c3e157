/**
 * The process that storage-kill.test.ts kills and storage-pause.test.ts stops for a while: opens the folder given as
 * argument and writes without end, saying on standard output "KEY REVISION" for each write that was acknowledged. With
 * a fourth argument it sees no other process, as one in a container of its own, and says "lost" where another took over.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { StorageLostError } from '../../src/storage/contract.ts';
import { openJournalStore, type Processes } from '../../src/storage/journal/index.ts';

const [directory, round, writers, container] = process.argv.slice(2);
if (directory === undefined || round === undefined) throw new Error('usage: storage-child FOLDER ROUND WRITERS [NAME]');
const alone: Processes = {
  self: () =>
    Promise.resolve({ pid: 1, host: container ?? '', boot: 'b', pidNamespace: container ?? '', started: '1' }),
  judge: () => Promise.resolve('unknown'),
};
const store = await openJournalStore({
  directory,
  clock: systemClock,
  logger: silentLogger,
  snapshotEveryBytes: 50_000,
  ...(container !== undefined && { processes: alone, lockTiming: { heartbeatMs: 50, staleAfterMs: 400 } }),
});
writeSync(1, 'open\n');
try {
  await Promise.all(
    Array.from({ length: Number(writers) }, async (_, writer) => {
      for (let count = 0; ; count++) {
        const key = `/${round}/${writer}/${count}`;
        const value = Buffer.from(JSON.stringify({ key, pad: 'x'.repeat(300) }));
        // Of every second writer in two keys at once.
        const keys = writer % 2 === 0 ? [key] : [key, `/twin${key}`];
        const writes = keys.map((one) => ({ key: one, value }));
        const revision = await store.commit({ require: [{ key, revision: 'absent' }], writes });
        writeSync(1, `${key} ${revision}\n`);
      }
    }),
  );
} catch (error) {
  if (!store.lost.aborted || !(store.lost.reason instanceof StorageLostError)) throw error;
  writeSync(1, 'lost\n');
  process.exit(3);
}
