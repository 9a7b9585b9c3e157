/**
 * The process that storage-kill.test.ts kills: opens the folder given as argument and writes without end, saying on
 * standard output "KEY REVISION" for each write that was acknowledged.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';

const [directory, round, writers] = process.argv.slice(2);
if (directory === undefined || round === undefined) throw new Error('usage: storage-child FOLDER ROUND WRITERS');
const store = await openJournalStore({
  directory,
  clock: systemClock,
  logger: silentLogger,
  snapshotEveryBytes: 50_000,
});
writeSync(1, 'open\n');
await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    for (let count = 0; ; count++) {
      const key = `/${round}/${writer}/${count}`;
      const revision = await store.write(key, 'absent', Buffer.from(JSON.stringify({ key, pad: 'x'.repeat(300) })));
      writeSync(1, `${key} ${revision}\n`);
    }
  }),
);
