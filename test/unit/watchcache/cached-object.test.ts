import { describe, expect, it } from 'vitest';
import { StoredEntry } from '../../../src/apiserver/watchcache/cached-object.ts';
import { CacheMemory } from '../../../src/apiserver/watchcache/memory.ts';
import { createRevisionWriter, encodeStored } from '../../../src/apiserver/watchcache/stored-form.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { seeded } from '../../support/seeded.ts';

const pieces = ['"', '\\', '\\"', '}', '{', '},"spec":{', ']', 'ü', '\u2028', '\n', 'a'];

const form = () => ({ writer: createRevisionWriter('example.com/v1', 'Thing'), memory: new CacheMemory() });

function entryOf(metadata: KubeObject['metadata'], rest: object = {}): StoredEntry<KubeObject> {
  const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata, ...rest };
  return new StoredEntry('ns/one', encodeStored(object), 7, form());
}

/** As it is written among other bytes. */
function writtenMetadata(entry: StoredEntry<KubeObject>): unknown {
  const json = entry.metadataJson();
  const bytes = Buffer.alloc(json.size + 4, '.');
  json.writeJson(bytes, 2);
  const text = bytes.toString();
  expect([text.slice(0, 2), text.slice(-2)]).toEqual(['..', '..']);
  return JSON.parse(text.slice(2, -2));
}

describe('the metadata of a state', () => {
  it('is that of the whole object, whatever the strings in it look like', () => {
    const random = seeded(1);
    const some = <V>(list: readonly V[]): V => list[Math.floor(random() * list.length)] as V;
    const text = (): string => Array.from({ length: 1 + Math.floor(random() * 4) }, () => some(pieces)).join('');
    const texts = (): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 3 }, () => [text(), text()] as const));
    for (let round = 0; round < 500; round++) {
      const entry = entryOf({ name: 'one', annotations: texts(), labels: texts() }, { spec: texts() });
      const { metadata: alone } = entry;
      expect(alone).toEqual(entry.object.metadata);
      expect(alone.resourceVersion).toBe('7');
      expect(writtenMetadata(entry)).toEqual(alone);
    }
  });

  it('is read without the rest of the object', () => {
    const entry = entryOf({ name: 'one' }, { spec: { much: 'x'.repeat(10_000) } });
    expect(entry.metadata.name).toBe('one');
    expect(entry.parsed).toBeUndefined();
  });

  it('has labels that are kept without the rest', () => {
    const memory = new CacheMemory();
    const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one', labels: { a: 'b' } } };
    const entry = new StoredEntry('ns/one', encodeStored(object), 7, { ...form(), memory });
    const { labels } = entry;
    expect(labels).toEqual({ a: 'b' });
    expect(entry.labels).toBe(labels);
    expect(memory.metadata.get(entry)).toBeUndefined();
    expect(entryOf({ name: 'one' }).labels).toEqual({});
  });

  it('has the labels of the parsed form, if there is one', () => {
    const entry = entryOf({ name: 'one', labels: { a: 'b' } });
    const { object } = entry;
    expect(entry.labels).toBe(object.metadata.labels);
  });

  it('is written without being parsed', () => {
    const entry = entryOf({ name: 'one', labels: { a: 'b' } }, { spec: { much: 'x' } });
    expect(writtenMetadata(entry)).toEqual({ name: 'one', labels: { a: 'b' }, resourceVersion: '7' });
    expect(writtenMetadata(entryOf({}))).toEqual({ resourceVersion: '7' });
    expect(entry.parsed).toBeUndefined();
  });

  it('is the same value while it is kept', () => {
    const entry = entryOf({ name: 'one' });
    expect(entry.metadata).toBe(entry.metadata);
    const { object } = entry;
    expect(entry.metadata).toBe(object.metadata);
  });

  it('has what code may read: parts of the wrong type are left out', () => {
    const metadata = { name: 'one', labels: 'none' } as unknown as KubeObject['metadata'];
    const stored = encodeStored({ apiVersion: 'example.com/v1', kind: 'Thing', metadata });
    const withoutLabels = <M>(given: M): M => ({ ...given, labels: {} });
    const entry = new StoredEntry('one', stored, 7, { ...form(), readableMetadata: withoutLabels });
    expect(entry.metadata.labels).toEqual({});
  });
});
