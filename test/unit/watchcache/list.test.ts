import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseFieldSelector } from '../../../src/meta/fields.ts';
import { parseLabelSelector } from '../../../src/meta/labels.ts';
import type { ListPart, ListQuery } from '../../../src/apiserver/watchcache/contract.ts';
import { storeKey } from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, rack, racks, widget } from './fixture.ts';

const piecesOf = ({ parts }: { readonly parts: Iterable<ListPart> }): Buffer[] =>
  [...parts].map((part) => part.bytes());

describe('listing from the cache', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = new Fixture();
    await fixture.start();
  });
  afterEach(() => {
    fixture.stop();
  });

  const keys = (query: ListQuery): string[] => fixture.widgets.list(query).objects.map((one) => one.key);
  const fields = parseFieldSelector;

  it('orders by key, as the store does, whatever the order of writing', async () => {
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a-b', 'x'],
      ['a', 'z'],
      ['a', 'b'],
    ] as const) {
      await fixture.put(widget(namespace, name));
    }
    expect(keys({})).toEqual(['a-b/x', 'a/b', 'a/z', 'b/x']);
    expect(keys({ namespace: 'a' })).toEqual(['a/b', 'a/z']);
    expect(keys({ namespace: 'none' })).toEqual([]);
  });

  it('knows how many objects and about how many bytes a list would have, also after changes', async () => {
    expect(fixture.widgets.extent('')).toEqual({ objects: 0, bytes: 0 });
    for (const [namespace, name] of [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['b', 'y'],
    ] as const) {
      await fixture.put(widget(namespace, name));
    }
    await fixture.put(widget('a', 'x', 'ultramarine'));
    await fixture.remove('b', 'y');
    const sizes = fixture.widgets.list({}).objects.map(({ json }) => json.length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(fixture.widgets.extent('')).toEqual({ objects: 3, bytes });
    expect(fixture.widgets.extent('a')).toEqual({ objects: 2, bytes: (bytes / 3) * 2 });
    expect(fixture.widgets.extent('none')).toEqual({ objects: 0, bytes: 0 });
  });

  it('selects by labels, by name, by namespace and by declared fields', async () => {
    await fixture.put(widget('a', 'one', 'red', { tier: 'web' }));
    await fixture.put(widget('a', 'two', 'blue', { tier: 'db' }));
    await fixture.put(widget('b', 'one', 'blue', { tier: 'web' }));
    expect(keys({ labels: parseLabelSelector('tier=web') })).toEqual(['a/one', 'b/one']);
    expect(keys({ fields: fields('metadata.name=one') })).toEqual(['a/one', 'b/one']);
    expect(keys({ namespace: 'b', fields: fields('metadata.name=one') })).toEqual(['b/one']);
    expect(keys({ fields: fields('metadata.name=one,metadata.namespace=a') })).toEqual(['a/one']);
    expect(keys({ namespace: 'b', fields: fields('metadata.namespace=a') })).toEqual([]);
    expect(keys({ namespace: 'b', fields: fields('metadata.name=two') })).toEqual([]);
    expect(keys({ fields: fields('metadata.name!=one') })).toEqual(['a/two']);
    expect(keys({ fields: fields('spec.color=blue') })).toEqual(['a/two', 'b/one']);
    expect(keys({ namespace: 'a', fields: fields('spec.color=blue') })).toEqual(['a/two']);
    expect(keys({ fields: fields('spec.color=blue'), labels: parseLabelSelector('tier=web') })).toEqual(['b/one']);
    expect(keys({ fields: fields('spec.color=green') })).toEqual([]);
  });

  it('keeps the index of a field true through changes, deletions and new objects', async () => {
    await fixture.put(widget('a', 'one', 'red'));
    await fixture.put(widget('a', 'two', 'red'));
    expect(keys({ fields: fields('spec.color=red') })).toEqual(['a/one', 'a/two']);
    await fixture.put(widget('a', 'one', 'blue'));
    await fixture.put(widget('a', 'three', 'red'));
    await fixture.remove('a', 'two');
    expect(keys({ fields: fields('spec.color=red') })).toEqual(['a/three']);
    expect(keys({ fields: fields('spec.color=blue') })).toEqual(['a/one']);
  });

  it('pages through, says that more follow, and counts them only where no selector is in the way', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await fixture.put(widget('n', name, name === 'c' ? 'blue' : 'red'));
    await fixture.put(widget('o', 'a'));
    const first = fixture.widgets.list({ namespace: 'n', limit: 2 });
    expect(first.objects.map((one) => one.key)).toEqual(['n/a', 'n/b']);
    expect(first).toMatchObject({ more: true, remaining: 3 });
    const second = fixture.widgets.list({ namespace: 'n', limit: 2, startAfter: 'n/b' });
    expect(second.objects.map((one) => one.key)).toEqual(['n/c', 'n/d']);
    expect(second).toMatchObject({ more: true, remaining: 1 });
    const last = fixture.widgets.list({ namespace: 'n', limit: 2, startAfter: 'n/d' });
    expect(last.objects.map((one) => one.key)).toEqual(['n/e']);
    expect(last).toMatchObject({ more: false });
    expect(last.remaining).toBeUndefined();
    const selected = fixture.widgets.list({ fields: fields('spec.color=red'), limit: 3 });
    expect(selected.objects.map((one) => one.key)).toEqual(['n/a', 'n/b', 'n/d']);
    expect(selected.more).toBe(true);
    expect(selected.remaining).toBeUndefined();
    expect(keys({ fields: fields('spec.color=red'), startAfter: 'n/d' })).toEqual(['n/e', 'o/a']);
    expect(keys({ fields: fields('metadata.name=a'), namespace: 'n', startAfter: 'n/a' })).toEqual([]);
  });

  it('shows an earlier revision as it was: changed, deleted and new objects undone', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await fixture.put(widget('n', name, 'red'));
    const at = fixture.widgets.revision();
    await fixture.put(widget('n', 'b', 'blue'));
    await fixture.put(widget('n', 'b', 'green'));
    await fixture.remove('n', 'c');
    await fixture.put(widget('n', 'aa', 'red'));
    await fixture.remove('n', 'a');
    await fixture.put(widget('n', 'a', 'pink'));
    await fixture.put(widget('n', 'z', 'red'));
    const old = fixture.widgets.list({ at });
    expect(old.revision).toBe(at);
    expect(
      old.objects.map(({ key, object }) => `${key} ${object.spec.color} ${object.metadata.resourceVersion}`),
    ).toEqual(['n/a red 1', 'n/b red 2', 'n/c red 3', 'n/d red 4']);
    expect(fixture.widgets.list({ at, limit: 1 })).toMatchObject({ more: true, remaining: 3 });
    expect(fixture.widgets.list({ at, limit: 1, startAfter: 'n/b' })).toMatchObject({ more: true, remaining: 1 });
    expect(keys({ at, startAfter: 'n/b' })).toEqual(['n/c', 'n/d']);
    expect(keys({ at, fields: fields('spec.color=red'), startAfter: 'n/a' })).toEqual(['n/b', 'n/c', 'n/d']);
    expect(keys({ at, namespace: 'n', fields: fields('metadata.name=c') })).toEqual(['n/c']);
    expect(keys({ at: at + 1, fields: fields('spec.color=blue') })).toEqual(['n/b']);
  });

  it('refuses a revision that is out of its history with 410, and one that is still to come with 504', async () => {
    fixture.stop();
    fixture = new Fixture({ history: { changes: 3, bytes: 1e9 } });
    await fixture.start();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await fixture.put(widget('n', name));
    expect(fixture.widgets.oldestRevision()).toBe(2);
    expect(keys({ at: 2 })).toEqual(['n/a', 'n/b']);
    expect(() => keys({ at: 1 })).toThrow(expect.objectContaining({ code: 410, reason: 'Expired' }));
    expect(() => keys({ at: 6 })).toThrow(expect.objectContaining({ code: 504, reason: 'Timeout' }));
  });

  it('bounds its history by the bytes it holds on to', async () => {
    fixture.stop();
    fixture = new Fixture({ history: { changes: 1_000, bytes: 2_000 } });
    await fixture.start();
    for (let at = 0; at < 20; at++)
      await fixture.put({ ...widget('n', 'a'), spec: { color: 'red', text: 'x'.repeat(300) } });
    expect(fixture.widgets.oldestRevision()).toBeGreaterThan(10);
    expect(fixture.widgets.oldestRevision()).toBeLessThan(20);
  });

  it('lists cluster-scoped objects by name', async () => {
    for (const name of ['r2', 'r1']) fixture.store.put(storeKey(racks, { namespace: '', name }), rack(name));
    await fixture.racks.current();
    expect(fixture.racks.list({}).objects.map((one) => one.key)).toEqual(['r1', 'r2']);
    expect(fixture.racks.list({ fields: fields('metadata.name=r2') }).objects.map((one) => one.key)).toEqual(['r2']);
  });

  it('gives the bytes of a whole list, the same ones until something changes', async () => {
    const text = (namespace?: string): unknown =>
      JSON.parse(Buffer.concat(piecesOf(fixture.widgets.listBytes(namespace))).toString());
    expect(text()).toEqual({
      kind: 'WidgetList',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: '0' },
      items: [],
    });
    for (let at = 0; at < 300; at++) await fixture.put(widget(at % 3 === 0 ? 'a' : 'b', `w${at}`));
    const expected = (namespace?: string): unknown => ({
      kind: 'WidgetList',
      apiVersion: 'example.com/v1',
      metadata: { resourceVersion: String(fixture.widgets.revision()) },
      items: fixture.widgets.list(namespace === undefined ? {} : { namespace }).objects.map((one) => one.object),
    });
    expect(text()).toEqual(expected());
    expect(text('a')).toEqual(expected('a'));
    expect(text('none')).toEqual(expected('none'));

    const before = fixture.widgets.listBytes(undefined);
    expect(fixture.widgets.listBytes(undefined)).toBe(before);
    expect(before.length).toBe(Buffer.concat(piecesOf(before)).length);
    await fixture.put(widget('b', 'w1', 'blue'));
    const after = fixture.widgets.listBytes(undefined);
    expect(after.revision).toBe(301);
    expect(text()).toEqual(expected());
    const known = new Set(piecesOf(before).map(({ buffer }) => buffer));
    expect(piecesOf(after).filter((part) => part.length > 1000 && !known.has(part.buffer))).toHaveLength(1);
    const keys = new Set([...before.parts].map(({ key }) => key));
    expect([...after.parts].filter(({ key }) => !keys.has(key))).toHaveLength(1);
  });

  it('never joins more than a quarter of a mebibyte, or one object', async () => {
    const limit = 256 * 1024;
    const note = 'x'.repeat(100_000);
    for (let at = 0; at < 20; at++) await fixture.put({ ...widget('a', `w${at}`), spec: { color: note } });
    await fixture.put({ ...widget('b', 'large'), spec: { color: note.repeat(5) } });
    for (let round = 0; round < 2; round++) {
      const pieces = piecesOf(fixture.widgets.listBytes(undefined));
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(500_000 + limit);
      const list = JSON.parse(Buffer.concat(pieces).toString()) as { items: unknown[] };
      expect(list.items).toEqual(fixture.widgets.list({}).objects.map((one) => one.object));
    }
    const inA = piecesOf(fixture.widgets.listBytes('a'));
    expect(Math.max(...inA.map(({ length }) => length))).toBeLessThan(limit + 101_000);
    expect(JSON.parse(Buffer.concat(inA).toString())).toMatchObject({
      items: Array.from({ length: 20 }, () => ({ kind: 'Widget' })),
    });
  });
});
