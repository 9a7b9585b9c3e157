import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDerivedCache, storeKey, type DerivedCache } from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, shown, widget, widgets, type Widget } from './fixture.ts';

describe('a cache of computed objects', () => {
  let fixture: Fixture;
  let parts: DerivedCache<Widget>;
  beforeEach(async () => {
    fixture = new Fixture();
    parts = createDerivedCache<Widget>({
      definition: { ...widgets, plural: 'parts' },
      upstream: [fixture.widgets],
      metrics: fixture.metrics,
    });
    await fixture.start();
  });
  afterEach(() => {
    fixture.stop();
  });

  const keys = (): string[] => parts.list({}).objects.map((one) => one.key);

  it('shows the difference between what an owner had and has', () => {
    const watch = parts.watch({ after: 0 });
    parts.replace('n/a', [widget('n', 'a.1'), widget('n', 'a.2'), widget('n', 'a.3')], 5);
    parts.replace('n/b', [widget('n', 'b.1')], 9);
    expect(shown(watch.take())).toEqual(['ADDED n/a.1@5', 'ADDED n/a.2@6', 'ADDED n/a.3@7', 'ADDED n/b.1@9']);
    parts.replace('n/a', [widget('n', 'a.2'), widget('n', 'a.3', 'blue'), widget('n', 'a.4')], 20);
    expect(shown(watch.take())).toEqual(['DELETED n/a.1@20', 'MODIFIED n/a.3@21', 'ADDED n/a.4@22']);
    expect(keys()).toEqual(['n/a.2', 'n/a.3', 'n/a.4', 'n/b.1']);
    parts.replace('n/a', [], 30);
    expect(keys()).toEqual(['n/b.1']);
    expect(parts.get('n', 'b.1')?.object.metadata.resourceVersion).toBe('9');
    expect(JSON.parse(parts.get('n', 'b.1')?.json.toString() ?? '')).toEqual(parts.get('n', 'b.1')?.object);
  });

  it('says nothing where nothing differs, even if the computed object names another version', () => {
    parts.replace('n/a', [widget('n', 'a.1')], 5);
    const watch = parts.watch({ after: 5 });
    const again = widget('n', 'a.1');
    parts.replace('n/a', [{ ...again, metadata: { ...again.metadata, resourceVersion: '77' } }], 8);
    expect(watch.take()).toEqual([]);
    expect(parts.get('n', 'a.1')?.revision).toBe(5);
  });

  it('lets a watch resume after any one of several changes that came of one write', () => {
    parts.replace('n/a', [widget('n', 'a.1'), widget('n', 'a.2')], 5);
    expect(shown(parts.watch({ after: 5 }).take())).toEqual(['ADDED n/a.2@6']);
  });

  it('moves with its upstream even when nothing of its own changes', async () => {
    await fixture.put(widget('n', 'a'));
    expect(parts.revision()).toBe(1);
    expect(await parts.current()).toBe(1);
  });

  it('never changes what it has shown at a revision without a newer one', async () => {
    await fixture.put(widget('n', 'a'));
    expect(parts.list({}).revision).toBe(1);
    const watch = parts.watch({ after: 1 });
    parts.replace('n/a', [widget('n', 'a.1')], 1);
    expect(shown(watch.take())).toEqual(['ADDED n/a.1@2']);
  });

  it('is current only when its feeder has seen what upstream shows', async () => {
    const feed = fixture.widgets.watch({ after: 0 });
    feed.onReady(() => {
      for (const { object, revision } of feed.take()) {
        parts.replace(object.key, [widget('n', `${object.object.metadata.name}.1`)], revision);
      }
    });
    fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'a' }), widget('n', 'a'));
    await parts.current();
    expect(keys()).toEqual(['n/a.1']);
    const revision = fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'b' }), widget('n', 'b'));
    await parts.waitFor(revision);
    expect(keys()).toEqual(['n/a.1', 'n/b.1']);
  });

  it('takes versions of an earlier process for too old once it has begun, newer or older than its own', async () => {
    await fixture.put(widget('n', 'a'));
    parts.replace('n/a', [widget('n', 'a.1')], 1);
    parts.begin();
    const begun = parts.list({}).revision;
    expect(() => parts.watch({ after: 1 })).toThrow(expect.objectContaining({ code: 410 }));
    expect(() => parts.watch({ after: begun + 100 })).toThrow(expect.objectContaining({ code: 410 }));
    const watch = parts.watch({ after: begun });
    parts.replace('n/a', [], 2);
    expect(shown(watch.take())).toEqual([`DELETED n/a.1@${begun + 1}`]);
  });

  it('ends its watches when it is stopped', () => {
    const watch = parts.watch({ after: 0 });
    parts.stop();
    expect(watch.ended()).toBe('stopped');
  });
});
