/**
 * The process whose event loop and memory are measured: the server of the group on a journal, with as many
 * clusters as the argument says. It talks to its parent over the channel that Node makes for children.
 *
 *   parent: 'reset' | 'meter buffers' | 'report'        child: {port, ca} once it serves; a Report for each report
 */
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { openJournalStore } from '../../../src/storage/journal/index.ts';
import { GroupApi } from '../../api/group-api.ts';
import { createAuthority } from '../../support/certificates.ts';
import { namespace, storedApp, storedCluster } from './objects.ts';
import { startBufferMeter, type BufferMeter } from './buffer-meter.ts';
import type { Report } from './server.ts';
import { startTurnMeter } from './turn-meter.ts';
import { write } from '../../support/store-writes.ts';

const [directory, clusters = '0', padding = '400'] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: server-child FOLDER CLUSTERS PADDING');

const prefix = `/kubedirector.hpe.com`;
const store = await openJournalStore({ directory, clock: systemClock, logger: silentLogger });
const put = (key: string, value: object): Promise<unknown> =>
  write(store, `${prefix}/${key}`, 'absent', Buffer.from(JSON.stringify(value)));
await put(`kubedirectorapps/${namespace}/minimal`, storedApp());
const names = Array.from({ length: Number(clusters) }, (_, at) => at);
await Promise.all(
  names.map((at) => {
    const cluster = storedCluster(at, Number(padding));
    return put(`kubedirectorclusters/${namespace}/${cluster.metadata.name ?? ''}`, cluster);
  }),
);

const api = await GroupApi.started({ store });
const authority = await createAuthority();
const pair = await authority.issue('CN=localhost', { usage: 'serverAuth', names: ['127.0.0.1'] });
const { port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials: pair });
const meter = startTurnMeter();
let buffers: BufferMeter | undefined;
const report = (): Report => ({
  longest: meter.longest(),
  used: meter.used(),
  rss: process.memoryUsage.rss(),
  isBusy: api.server.activity.sinceRequest() === 0,
  ...(buffers === undefined
    ? {}
    : { buffers: { largest: buffers.largest(), mostUnsent: buffers.mostUnsent(), written: buffers.written() } }),
});
process.on('message', (message) => {
  if (message === 'reset') {
    meter.reset();
    buffers?.reset();
  } else if (message === 'meter buffers') buffers = startBufferMeter();
  else process.send?.(report());
});
process.on('disconnect', () => process.exit());
process.send?.({ port, ca: authority.cert });
