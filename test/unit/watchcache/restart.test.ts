import { afterEach, expect, it } from 'vitest';
import { createStoreHub } from '../../../src/apiserver/watchcache/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { document, journalFolder, type JournalFolder } from '../storage/journal-folder.ts';
import { write } from '../../support/store-writes.ts';

let folder: JournalFolder;
afterEach(() => folder.remove());

const thing = {
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  listKind: 'ThingList',
  namespaced: true,
  selectableFields: {},
};
const key = (name: string): string => `/example.com/things/default/${name}`;
const object = (name: string): Buffer =>
  document({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, namespace: 'default', uid: name } });

it('a watch from before a restart goes on with every change that the journal holds', async () => {
  folder = await journalFolder();
  await folder.with(async (store) => {
    for (const name of ['a', 'b']) await write(store, key(name), 'absent', object(name));
    await write(store, key('a'), 2, 'deleted');
    await write(store, key('c'), 'absent', object('c'));
  });
  await folder.with(async (store) => {
    const stopper = new AbortController();
    const hub = createStoreHub({ store, clock: systemClock, logger: silentLogger, metrics: createMetrics() });
    const cache = hub.cache(thing);
    await hub.start(stopper.signal);
    expect(cache.list({}).objects.map(({ key: name }) => name)).toEqual(['default/b', 'default/c']);
    const events = cache.watch({ after: 2 }).take();
    expect(events.map(({ type, object: { key: name } }) => `${type} ${name}`)).toEqual([
      'ADDED default/b',
      'DELETED default/a',
      'ADDED default/c',
    ]);
    stopper.abort();
  });
});
