import { describe, expect, it } from 'vitest';
import { createDerivedCache, storeKey } from '../../../src/apiserver/watchcache/index.ts';
import { Kept } from '../../../src/apiserver/watchcache/memory.ts';
import { createRevisionWriter } from '../../../src/apiserver/watchcache/stored-form.ts';
import { Fixture, rack, racks, shown, widget, widgets, type Widget } from './fixture.ts';

describe('the histories of all resources', () => {
  it('share one budget of bytes, out of which the oldest change of any of them goes first', async () => {
    const fixture = new Fixture({ history: { changes: 1_000, bytes: 20_000 } });
    await fixture.start();
    const big = (at: number): Widget => ({ ...widget('n', 'a'), spec: { color: 'red', text: `${at}`.repeat(500) } });
    for (let at = 1; at <= 10; at++) fixture.store.put(storeKey(racks, { namespace: '', name: 'r' }), rack('r'));
    await fixture.racks.current();
    const oldest = (): number[] => [fixture.racks.oldestRevision(), fixture.widgets.oldestRevision()];
    for (let at = 1; at <= 9; at++) await fixture.put(big(at));
    expect(oldest()).toEqual([0, 0]);
    for (let at = 1; at <= 30; at++) await fixture.put(big(at % 9));
    // All of the racks' changes went before the first of the widgets' did.
    expect(oldest()[0]).toBe(10);
    expect(oldest()[1]).toBeGreaterThan(10);
    expect(fixture.hub.memory.histories.bytes).toBeLessThanOrEqual(20_000);
    expect(fixture.hub.memory.histories.bytes).toBeGreaterThan(15_000);
    fixture.stop();
  });

  it('count the states that only they keep alive, not the present ones', async () => {
    const fixture = new Fixture();
    await fixture.start();
    const text = 'x'.repeat(100_000);
    await fixture.put({ ...widget('n', 'a'), spec: { color: 'red', text } });
    expect(fixture.hub.memory.histories.bytes).toBeLessThan(1_000);
    await fixture.put(widget('n', 'a'));
    expect(fixture.hub.memory.histories.bytes).toBeGreaterThan(100_000);
    expect(fixture.hub.memory.histories.bytes).toBeLessThan(102_000);
    fixture.stop();
  });
});

describe('what can be made again', () => {
  it('is kept within a budget of bytes, what was used last staying longest', () => {
    const kept = new Kept<object, object>(100);
    const sources = Array.from({ length: 4 }, () => ({}));
    const [a, b, c, d] = sources as [object, object, object, object];
    for (const source of [a, b, c]) kept.keep(source, [source], 33);
    kept.get(a);
    kept.keep(d, [d], 33);
    expect(sources.map((source) => kept.get(source) !== undefined)).toEqual([true, false, true, true]);
    kept.keep(b, [b], 101);
    expect(kept.get(b)).toBeUndefined();
  });

  it('makes room for others when its source is replaced, and is found for a while', () => {
    const kept = new Kept<object, object>(800);
    const [stays, ...replaced] = Array.from({ length: 6 }, () => ({})) as [object, ...object[]];
    kept.keep(stays, [stays], 750);
    for (const source of replaced) {
      kept.keep(source, [source], 50);
      kept.retire(source);
    }
    expect(kept.get(stays)).toEqual([stays]);
    expect(replaced.map((source) => kept.get(source) !== undefined)).toEqual([false, false, false, true, true]);
  });

  it('is not driven out by work that looks at everything once', () => {
    const kept = new Kept<object, object>(100);
    const used = {};
    kept.keep(used, [used], 100);
    kept.passing(() => {
      for (let at = 0; at < 50; at++) {
        const source = {};
        kept.keep(source, [source], 100);
        expect(kept.get(source)).toEqual([source]);
      }
    });
    expect(kept.get(used)).toEqual([used]);
  });
});

describe('a computed object', () => {
  it('is computed when it is asked for, from the states that it was said to follow from', async () => {
    const fixture = new Fixture();
    const definition = { ...widgets, plural: 'parts' };
    const { metrics, hub } = fixture;
    const cache = createDerivedCache<Widget>({ definition, upstream: hub, metrics, memory: hub.memory });
    await fixture.start();
    cache.show(hub.revision());
    await fixture.put(widget('n', 'a', 'red'));
    const source = fixture.widgets.get('n', 'a');
    cache.replace('n/a', () => [widget('n', 'a.1', source?.object.spec.color)], fixture.widgets.revision());
    cache.show(hub.revision());
    const watch = cache.watch({ after: cache.revision() });
    await fixture.put(widget('n', 'a', 'blue'));
    expect(cache.get('n', 'a.1')?.object.spec.color).toBe('red');
    const old = cache.get('n', 'a.1');
    const now = fixture.widgets.get('n', 'a');
    cache.replace('n/a', () => [widget('n', 'a.1', now?.object.spec.color)], fixture.widgets.revision());
    cache.show(hub.revision());
    expect(shown(watch.take())).toEqual([`MODIFIED n/a.1@${hub.revision()}`]);
    expect(cache.get('n', 'a.1')?.object.spec.color).toBe('blue');
    expect(old?.object.spec.color).toBe('red');
    expect(cache.get('n', 'a.1')?.size).toBe(cache.get('n', 'a.1')?.json.length);
    fixture.stop();
  });
});

describe('stored bytes', () => {
  const writer = createRevisionWriter('example.com/v1', 'Widget');
  const served = (text: string): unknown => {
    const stored = writer.withoutRevision(Buffer.from(text));
    const json = writer.withRevision(stored, 7);
    expect(json.length).toBe(writer.sizeWithRevision(stored, 7));
    return JSON.parse(json.toString());
  };
  const head = '"apiVersion":"example.com/v1","kind":"Widget"';

  it('are served with their revision, whatever their layout', () => {
    const expected = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { resourceVersion: '7', name: 'a' },
      spec: { color: 'red', text: 'b' },
    };
    const spec = '"spec":{"color":"red","text":"b"}';
    expect(served(`{${head},"metadata":{"name":"a"},${spec}}`)).toEqual(expected);
    expect(served(`{${head},"metadata":{"resourceVersion":"3","name":"a"},${spec}}`)).toEqual(expected);
    expect(served(`{${head},"metadata":{"name":"a","resourceVersion":"3"},${spec}}`)).toMatchObject({
      spec: expected.spec,
    });
    expect(served(`{ ${spec},"kind":"Widget","metadata":{"name":"a"}}`)).toEqual(expected);
    const nameless = { ...expected, metadata: { resourceVersion: '7' } };
    expect(served(`{${head},"metadata":{},${spec}}`)).toEqual(nameless);
    expect(served(`{${head},"metadata":{"resourceVersion":"3"},${spec}}`)).toEqual(nameless);
  });

  it('are kept as they are where they are in the usual layout', () => {
    const stored = Buffer.from(`{${head},"metadata":{"name":"a"}}`);
    expect(writer.withoutRevision(stored)).toBe(stored);
  });
});
