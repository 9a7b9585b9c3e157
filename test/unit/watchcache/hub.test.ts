import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { referenceKey, storeKey } from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, next, rack, racks, shown, widget, widgets } from './fixture.ts';

describe('the store hub', () => {
  let fixture: Fixture;
  beforeEach(() => {
    fixture = new Fixture();
  });
  afterEach(() => {
    fixture.stop();
  });

  const key = (namespace: string, name: string): string => storeKey(widgets, { namespace, name });

  it('shows what was stored before the start, with its resourceVersion, and nothing of unknown resources', async () => {
    fixture.store.put('/other.io/things/default/x', { kind: 'Thing' });
    fixture.store.put('/broken', {});
    fixture.store.put(key('default', 'a'), widget('default', 'a'));
    fixture.store.put(storeKey(racks, { namespace: '', name: 'r1' }), rack('r1'));
    expect(fixture.hub.synced()).toBe(false);
    await fixture.start();
    expect(fixture.hub.synced()).toBe(true);
    expect(fixture.hub.revision()).toBe(4);
    const found = fixture.widgets.get('default', 'a');
    expect(found?.object.metadata.resourceVersion).toBe('3');
    expect(JSON.parse(found?.json.toString() ?? '')).toEqual(found?.object);
    expect(found?.json.toString()).toMatch(/^\{"apiVersion":"example.com\/v1","kind":"Widget","metadata":\{/);
    expect(fixture.racks.get('', 'r1')?.key).toBe('r1');
    expect(fixture.widgets.get('default', 'b')).toBeUndefined();
  });

  it('shows nothing that was deleted while it lost the watch at the start, and had to list again', async () => {
    const { store } = fixture;
    store.put(key('default', 'gone'), widget('default', 'gone'));
    store.compact();
    store.put(key('default', 'kept'), widget('default', 'kept'));
    vi.spyOn(store, 'watch').mockImplementationOnce(() => {
      store.remove(key('default', 'gone'));
      store.compact();
      throw new Error('connection lost');
    });
    await fixture.start();
    expect(fixture.widgets.list({}).objects.map((one) => one.key)).toEqual(['default/kept']);
  });

  it('lists a store of several pages', async () => {
    for (let at = 0; at < 5_500; at++) fixture.store.put(key('default', `w${at}`), widget('default', `w${at}`));
    fixture.store.compact(); // what is known of changes would come by the watch
    await fixture.start();
    expect(fixture.widgets.list({}).objects).toHaveLength(5_500);
    expect(fixture.store.lists).toBe(2);
  });

  it('moves every cache to the revision of the newest write, whichever resource that was to', async () => {
    await fixture.start();
    await fixture.put(widget('default', 'a'));
    expect(fixture.racks.revision()).toBe(1);
    const watch = fixture.racks.watch({ after: 1 });
    await fixture.put(widget('default', 'b'));
    expect(watch.revision()).toBe(2);
    expect(watch.take()).toEqual([]);
  });

  it('answers current() only once the cache shows all that is durable', async () => {
    await fixture.start();
    fixture.store.put(key('default', 'a'), widget('default', 'a'));
    expect(fixture.widgets.get('default', 'a')).toBeUndefined();
    expect(await fixture.widgets.current()).toBe(1);
    expect(fixture.widgets.get('default', 'a')).toBeDefined();
  });

  it('answers current() where only the keys of others have moved the revision on', async () => {
    fixture.store.put(key('default', 'a'), widget('default', 'a'));
    await fixture.start();
    fixture.store.moveOn();
    expect(await fixture.widgets.current()).toBe(2);
    expect(fixture.racks.revision()).toBe(2);
  });

  it('shows a commit of several objects to nobody before it can show all of it', async () => {
    await fixture.start();
    const seen = new Set<string>();
    const look = (): string => {
      const [a, r1] = [fixture.widgets.get('default', 'a'), fixture.racks.get('', 'r1')];
      return [a?.revision, r1?.revision, fixture.widgets.revision(), fixture.racks.revision()].join();
    };
    const writes = [
      { key: storeKey(racks, { namespace: '', name: 'r1' }), value: rack('r1') },
      { key: key('default', 'a'), value: widget('default', 'a') },
    ].map((write) => ({ key: write.key, value: Buffer.from(JSON.stringify(write.value)) }));
    seen.add(look());
    const written = fixture.store.commit({ require: [], writes });
    for (let turn = 0; turn < 20; turn++) {
      await Promise.resolve();
      seen.add(look());
    }
    await written;
    expect([...seen]).toEqual([',,0,0', '1,1,1,1']);
  });

  it('knows the revisions of keys, also of those that belong to no resource', async () => {
    const reference = referenceKey(widgets, { namespace: 'default', name: 'a' });
    expect(reference).toBe('/internal/references/example.com/widgets/default/a');
    fixture.store.put(key('default', 'a'), widget('default', 'a'));
    fixture.store.put(reference, {});
    await fixture.start();
    const { hub, store } = fixture;
    expect([hub.revisionOf(key('default', 'a')), hub.revisionOf(reference)]).toEqual([1, 2]);
    store.put(reference, {});
    store.remove(key('default', 'a'));
    await hub.current();
    expect([hub.revisionOf(key('default', 'a')), hub.revisionOf(reference)]).toEqual(['absent', 3]);
    store.breakWatches(new Error('connection lost'));
    store.remove(reference);
    await fixture.put(widget('default', 'a'));
    expect([hub.revisionOf(key('default', 'a')), hub.revisionOf(reference)]).toEqual([6, 'absent']);
    expect(() => hub.revisionOf('/other.io/things/default/x')).toThrow('no cache');
  });

  it('shows nothing of a commit that it cannot read', async () => {
    await fixture.start();
    const writes = [
      { key: storeKey(racks, { namespace: '', name: 'r1' }), value: Buffer.from(JSON.stringify(rack('r1'))) },
      { key: key('default', 'a'), value: Buffer.from('7') },
    ];
    await fixture.store.commit({ require: [], writes });
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(fixture.racks.get('', 'r1')).toBeUndefined();
    expect(fixture.hub.revision()).toBe(0);
  });

  it('takes bytes whose keys stand in another order, and bytes that carry an old resourceVersion', async () => {
    await fixture.start();
    const { apiVersion, kind, metadata, spec } = widget('default', 'a');
    fixture.store.put(key('default', 'a'), {
      spec,
      metadata: { ...metadata, resourceVersion: '77' },
      kind,
      apiVersion,
    });
    fixture.store.put(key('default', 'b'), {
      ...widget('default', 'b'),
      metadata: { resourceVersion: '77', ...metadata, name: 'b' },
    });
    await fixture.widgets.current();
    expect(fixture.widgets.get('default', 'a')?.object.metadata.resourceVersion).toBe('1');
    expect(fixture.widgets.get('default', 'a')?.object.spec).toEqual(spec);
    const { json } = fixture.widgets.get('default', 'b') ?? { json: Buffer.alloc(0) };
    expect(json.toString().match(/resourceVersion/g)).toHaveLength(1);
    expect(fixture.widgets.get('default', 'b')?.object.metadata.resourceVersion).toBe('2');
  });

  it('lists again where the store gave the watch up, and shows its watches the difference', async () => {
    for (const name of ['gone1', 'gone2', 'kept', 'changed'])
      fixture.store.put(key('default', name), widget('default', name));
    await fixture.start();
    const watch = fixture.widgets.watch({ after: 4 });
    fixture.store.breakWatches(new Error('connection lost'));
    fixture.store.remove(key('default', 'gone1'));
    fixture.store.remove(key('default', 'gone2'));
    const changed = fixture.store.put(key('default', 'changed'), widget('default', 'changed', 'blue'));
    const fresh = fixture.store.put(key('default', 'fresh'), widget('default', 'fresh'));
    fixture.store.compact();
    expect(await next(watch)).toEqual([
      'DELETED default/gone1@5',
      'DELETED default/gone2@5',
      `MODIFIED default/changed@${changed}`,
      `ADDED default/fresh@${fresh}`,
    ]);
    expect(fixture.widgets.revision()).toBe(fresh);
    expect(() => fixture.widgets.watch({ after: 5 })).toThrow(/too old resource version: 5 \(8\)/);
    expect(fixture.widgets.list({}).objects.map((one) => one.key)).toEqual([
      'default/changed',
      'default/fresh',
      'default/kept',
    ]);
    await fixture.put(widget('default', 'later'));
    expect(shown(watch.take())).toEqual(['ADDED default/later@9']);
  });

  it('shows an object that was deleted and made anew during the gap as deleted and added', async () => {
    fixture.store.put(key('default', 'a'), widget('default', 'a'));
    await fixture.start();
    const watch = fixture.widgets.watch({ after: 1 });
    fixture.store.breakWatches(new Error('connection lost'));
    fixture.store.remove(key('default', 'a'));
    const again = widget('default', 'a');
    fixture.store.put(key('default', 'a'), { ...again, metadata: { ...again.metadata, uid: 'another' } });
    expect(await next(watch)).toEqual(['DELETED default/a@2', 'ADDED default/a@3']);
  });

  it('keeps trying while the store cannot be listed', async () => {
    fixture.store.listFailures.push(new Error('down'), new Error('still down'));
    await fixture.start();
    expect(fixture.store.lists).toBe(3);
  });

  it('ends its watches and those who wait when it is stopped', async () => {
    await fixture.start();
    const watch = fixture.widgets.watch({ after: 0 });
    const waiting = fixture.widgets.waitFor(10);
    fixture.stop();
    await expect(waiting).rejects.toMatchObject({ code: 503 });
    expect(watch.ended()).toBe('stopped');
    await expect(fixture.widgets.waitFor(11)).rejects.toMatchObject({ code: 503 });
  });

  it('gives up the start when it is stopped before the store could be listed', async () => {
    fixture.store.listFailures.push(...Array.from({ length: 100 }, () => new Error('down')));
    const started = fixture.start();
    fixture.stop();
    await expect(started).rejects.toThrow('stopped by the test');
  });

  it('refuses a resource that comes after the start, and gives the same cache for the same resource', async () => {
    expect(fixture.hub.cache(widgets)).toBe(fixture.widgets);
    await fixture.start();
    expect(fixture.hub.cache(widgets)).toBe(fixture.widgets);
    expect(() => fixture.hub.cache({ ...widgets, plural: 'late' })).toThrow(/before the hub starts|the cache of/);
  });

  it('counts objects and changes under the names of kube-apiserver', async () => {
    await fixture.start();
    await fixture.put(widget('default', 'a'));
    await fixture.put(widget('default', 'b'));
    await fixture.remove('default', 'a');
    const text = await fixture.metrics.text();
    expect(text).toContain('apiserver_resource_objects{group="example.com",resource="widgets"} 1');
    expect(text).toContain('apiserver_watch_cache_events_received_total{group="example.com",resource="widgets"} 3');
    expect(text).toContain('apiserver_watch_cache_initializations_total{group="",resource="racks"} 1');
  });
});
