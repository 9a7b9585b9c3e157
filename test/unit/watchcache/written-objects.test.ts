import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeStored, storeKey } from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, widget, widgets, type Widget } from './fixture.ts';

describe('an object that is about to be written', () => {
  let fixture: Fixture;
  const key = 'n/a';
  const object = widget('n', 'a', 'blue');
  const written = (): Widget | undefined => fixture.widgets.get('n', 'a')?.object;
  const expectObject = (expected: Widget, bytes = encodeStored(expected)): (() => void) =>
    fixture.widgets.expect?.(key, bytes, expected) ?? expect.fail('the cache expects nothing');

  beforeEach(async () => {
    fixture = new Fixture();
    await fixture.start();
  });
  afterEach(() => {
    fixture.stop();
  });

  it('is not parsed again: its parts are those that were written, with the resourceVersion of the write', async () => {
    const done = expectObject(object);
    const revision = await fixture.put(object);
    done();
    expect(written()?.spec).toBe(object.spec);
    expect(written()).toEqual({ ...object, metadata: { resourceVersion: String(revision), ...object.metadata } });
    expect(object.metadata.resourceVersion).toBeUndefined();
    const json = fixture.widgets.get('n', 'a')?.json.toString() ?? '';
    expect(json).toBe(JSON.stringify(written()));
  });

  it('shows no older resourceVersion', async () => {
    const old = { ...object, metadata: { ...object.metadata, resourceVersion: '77' } };
    const done = expectObject(old, encodeStored(object));
    const revision = await fixture.put(object);
    done();
    expect(written()?.metadata.resourceVersion).toBe(String(revision));
  });

  it('is parsed if others wrote other bytes first', async () => {
    expectObject(object);
    const other = widget('n', 'a', 'green');
    await fixture.put(other);
    expect(written()?.spec).toEqual(other.spec);
  });

  it('is forgotten when its write has ended, and only then', async () => {
    const first = expectObject(object);
    const second = expectObject({ ...object });
    first();
    await fixture.put(object);
    expect(written()?.spec).toBe(object.spec);
    second();
    fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'a' }), object);
    await fixture.widgets.current();
    expect(written()?.spec).not.toBe(object.spec);
    expect(written()?.spec).toEqual(object.spec);
  });
});
