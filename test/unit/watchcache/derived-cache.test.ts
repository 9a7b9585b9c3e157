import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import {
  createDerivedCache,
  createStoreHub,
  storeKey,
  type DerivedCache,
} from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, shown, widget, widgets, type Widget } from './fixture.ts';

const parts = { ...widgets, plural: 'parts' };

describe('a cache of computed objects', () => {
  let fixture: Fixture;
  let cache: DerivedCache<Widget>;
  beforeEach(async () => {
    fixture = new Fixture();
    cache = createDerivedCache<Widget>({ definition: parts, upstream: [fixture.widgets], metrics: fixture.metrics });
    await fixture.start();
    // The next revision is 11.
    for (let at = 1; at <= 8; at++) await fixture.put(widget('n', 'source', `color${at}`));
    cache.begin();
    expect(await cache.current()).toBe(9);
    await fixture.put(widget('n', 'source', 'red'));
    expect(await cache.current()).toBe(10);
  });
  afterEach(() => {
    fixture.stop();
  });

  const keys = (): string[] => cache.list({}).objects.map((one) => one.key);
  const durable = (): Promise<number> => fixture.store.barrier();
  /** As a change of the source makes its feeder do. */
  async function fed(owner: string, ...objects: Widget[]): Promise<void> {
    cache.replace(owner, objects, await fixture.put(widget('n', 'source', String(Math.random()))));
    await cache.current();
  }

  it('shows the difference between what an owner had and has', async () => {
    const watch = cache.watch({ after: 10 });
    await fed('n/a', widget('n', 'a.1'));
    await fed('n/b', widget('n', 'b.1'));
    expect(shown(watch.take())).toEqual(['ADDED n/a.1@11', 'ADDED n/b.1@12']);
    await fed('n/a', widget('n', 'a.1', 'blue'));
    await fed('n/b');
    expect(shown(watch.take())).toEqual(['MODIFIED n/a.1@13', 'DELETED n/b.1@14']);
    expect(keys()).toEqual(['n/a.1']);
    expect(cache.get('n', 'a.1')?.object.metadata.resourceVersion).toBe('13');
    expect(JSON.parse(cache.get('n', 'a.1')?.json.toString() ?? '')).toEqual(cache.get('n', 'a.1')?.object);
  });

  it('computes equal objects from other data without an event', async () => {
    await fed('n/a', widget('n', 'a.1'));
    const watch = cache.watch({ after: 11 });
    expect(cache.compute('n/a', () => [widget('n', 'a.1')])).toBe(true);
    await fixture.put(widget('n', 'source', 'again'));
    expect(await cache.current()).toBe(12);
    expect(cache.get('n', 'a.1')?.revision).toBe(11);
    expect(watch.take()).toEqual([]);
    await fed('n/a', widget('n', 'a.1', 'blue'), widget('n', 'a.2'));
    expect(shown(watch.take()).map((event) => event.split('@')[0])).toEqual(['MODIFIED n/a.1', 'ADDED n/a.2']);
  });

  it('does not compute anew what is not shown yet, and has nothing to compute for an owner without objects', async () => {
    cache.replace('n/a', [widget('n', 'a.1')], await fixture.put(widget('n', 'source', 'new')));
    expect(cache.compute('n/a', () => [widget('n', 'a.1')])).toBe(false);
    expect(cache.compute('n/b', () => [])).toBe(true);
    await cache.current();
    expect(keys()).toEqual(['n/a.1']);
  });

  it('sends no event if nothing differs, even if the computed object names another version', async () => {
    await fed('n/a', widget('n', 'a.1'));
    const watch = cache.watch({ after: 11 });
    const again = widget('n', 'a.1');
    await fed('n/a', { ...again, metadata: { ...again.metadata, resourceVersion: '77' } });
    expect(watch.take()).toEqual([]);
    expect(cache.get('n', 'a.1')?.revision).toBe(11);
    expect(watch.revision()).toBe(12);
  });

  it('shows another object of the same name as another, and one that goes to another owner as the same', async () => {
    await fed('n/a', widget('n', 'a.1'));
    const watch = cache.watch({ after: 11 });
    const other = widget('n', 'a.1');
    await fed('n/a', { ...other, metadata: { ...other.metadata, uid: 'other' } });
    expect(watch.take().map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
    cache.replace('n/a', [], 0);
    cache.replace('n/b', [{ ...other, metadata: { ...other.metadata, uid: 'other' } }], 0);
    await cache.current();
    expect(watch.take()).toEqual([]);
    await fed('n/b');
    expect(watch.take().map(({ type }) => type)).toEqual(['DELETED']);
  });

  it('shows all that came of one write at once, and repeats it to who was cut off within', async () => {
    const live = cache.watch({ after: 10 });
    await fed('n/a', widget('n', 'a.1'), widget('n', 'a.2'), widget('n', 'a.3'));
    const batch = ['ADDED n/a.1@11', 'ADDED n/a.2@11', 'ADDED n/a.3@12'];
    expect(shown(live.take())).toEqual(batch);
    expect(live.revision()).toBe(12);
    expect(shown(cache.watch({ after: 10 }).take())).toEqual(batch);
    expect(shown(cache.watch({ after: 11 }).take())).toEqual(batch);
    expect(cache.watch({ after: 12 }).take()).toEqual([]);
    expect(cache.list({ at: 11 }).objects).toEqual([]);
  });

  it('shows no revision that the store has not reached', async () => {
    const watch = cache.watch({ after: 10 });
    for (let at = 0; at < 5; at++) {
      await fed('n/a', widget('n', 'a.1', `c${at}`), widget('n', 'a.2', `c${at}`), widget('n', 'a.3', `c${at}`));
      expect(cache.revision()).toBe(await durable());
    }
    const versions = watch.take().map(({ object }) => Number(object.object.metadata.resourceVersion));
    expect(versions).toHaveLength(15);
    expect(Math.max(...versions)).toBe(await durable());
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });

  it('never changes what it has shown at a revision: what has no write behind it makes one', async () => {
    expect(cache.list({}).revision).toBe(10);
    const watch = cache.watch({ after: 10 });
    cache.replace('n/a', [widget('n', 'a.1')], 10);
    expect(keys()).toEqual([]);
    await cache.current();
    expect(shown(watch.take())).toEqual(['ADDED n/a.1@11']);
    expect(await durable()).toBe(11);
    expect(keys()).toEqual(['n/a.1']);
  });

  it('writes nothing of its own while the store moves by itself, or stands still', async () => {
    const before = await durable();
    for (let at = 0; at < 5; at++) await fed('n/a', widget('n', 'a.1', `c${at}`));
    for (let at = 0; at < 5; at++) await cache.current();
    expect(await durable()).toBe(before + 5);
  });

  it('moves with its upstream even when nothing of its own changes', async () => {
    const revision = await fixture.put(widget('n', 'b'));
    await cache.waitFor(revision);
    expect(cache.revision()).toBe(revision);
    const watch = cache.watch({ after: revision });
    const later = await fixture.put(widget('n', 'c'));
    // Asking makes it catch up.
    await expect.poll(() => watch.revision()).toBe(later);
  });

  it('is current only when its feeder has seen what upstream shows', async () => {
    const feed = fixture.widgets.watch({ after: 10 });
    feed.onReady(() => {
      for (const { object, revision } of feed.take()) {
        cache.replace(object.key, [widget('n', `${object.object.metadata.name}.1`)], revision);
      }
    });
    fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'a' }), widget('n', 'a'));
    await cache.current();
    expect(keys()).toEqual(['n/a.1']);
    const revision = fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'b' }), widget('n', 'b'));
    await cache.waitFor(revision);
    expect(keys()).toEqual(['n/a.1', 'n/b.1']);
  });

  it('keeps its last state while the store cannot be written, says so to who must have the newest, and goes on', async () => {
    const { store } = fixture;
    const commit = store.commit.bind(store);
    store.commit = () => Promise.reject(new Error('no space left'));
    cache.replace('n/a', [widget('n', 'a.1')], 10);
    await expect(cache.current()).rejects.toThrow('no space left');
    expect([keys(), cache.revision()]).toEqual([[], 10]);
    store.commit = commit;
    await cache.current();
    expect(keys()).toEqual(['n/a.1']);
  });

  it('ends its watches when it is stopped', () => {
    const watch = cache.watch({ after: 10 });
    cache.stop();
    expect(watch.ended()).toBe('stopped');
  });

  describe('in a process that follows another', () => {
    let abort: AbortController;
    beforeEach(() => {
      abort = new AbortController();
    });
    afterEach(() => {
      abort.abort(new Error('stopped by the test'));
    });

    async function restarted() {
      const { store } = fixture;
      const metrics = createMetrics();
      const hub = createStoreHub({ store, clock: systemClock, logger: silentLogger, metrics });
      const again = createDerivedCache<Widget>({ definition: parts, upstream: [hub.cache(widgets)], metrics });
      await hub.start(abort.signal);
      return again;
    }

    it('treats every revision of the other process as too old, also after more writes', async () => {
      await fed('n/a', widget('n', 'a.1'), widget('n', 'a.2'));
      const given = [10, 11, 12];
      expect(cache.revision()).toBe(12);
      fixture.stop();
      const again = await restarted();
      again.replace('n/a', [widget('n', 'a.1'), widget('n', 'a.2', 'blue')], 0);
      again.begin();
      const tooOld = expect.objectContaining({ code: 410 }) as Error;
      for (const after of given) expect(() => again.watch({ after })).toThrow(tooOld);
      const begun = await again.current();
      expect(begun).toBe(13);
      for (const after of given) expect(() => again.watch({ after })).toThrow(tooOld);
      expect(() => again.watch({ after: begun + 100 })).toThrow(tooOld);
      const watch = again.watch({ after: begun });
      again.replace('n/a', [], 0);
      await again.current();
      for (const after of given) expect(() => again.watch({ after })).toThrow(tooOld);
      expect(shown(watch.take())).toEqual(['DELETED n/a.1@14', 'DELETED n/a.2@15']);
    });

    it('is not current before everything has been computed', async () => {
      const again = await restarted();
      await expect(again.current()).rejects.toMatchObject({ code: 503 });
      again.begin();
      expect(await again.current()).toBe(11);
    });
  });
});
