import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { encodeList, encodeObject, encodeValue } from '../../../src/apiserver/negotiation/index.ts';
import type { Negotiated, Representation } from '../../../src/apiserver/negotiation/contract.ts';
import { notFound } from '../../../src/meta/status.ts';
import { cachedThing, now, things } from './definition.ts';

const json = (representation: Representation = { as: 'object' }, pretty = false): Negotiated => ({
  mediaType: 'application/json',
  pretty,
  representation,
});
const yaml = (representation: Representation = { as: 'object' }): Negotiated => ({
  ...json(representation),
  mediaType: 'application/yaml',
});
const table = (includeObject: 'None' | 'Metadata' | 'Object'): Representation => ({ as: 'Table', includeObject });
const one = cachedThing('one', 7);
const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: one.object.metadata };
const parts = (body: Buffer | Iterable<Buffer>): Buffer[] => (Buffer.isBuffer(body) ? [body] : [...body]);
const text = (body: Buffer | Iterable<Buffer>): string => parts(body).map(String).join('');
const decoded = (body: Buffer | Iterable<Buffer>): unknown => JSON.parse(text(body)) as unknown;

describe('one object', () => {
  it('is sent as its cached bytes, without a copy, if plain JSON is requested', () => {
    const { contentType, body } = encodeObject(json(), things, one, now);
    expect(contentType).toBe('application/json');
    expect(body).toBe(one.json);
  });

  it('can be indented', () => {
    expect(text(encodeObject(json(undefined, true), things, one, now).body)).toBe(
      JSON.stringify(one.object, undefined, 2),
    );
  });

  it('can be YAML, with sorted keys, and with quotes around texts that YAML 1.1 would misread', () => {
    const { contentType, body } = encodeObject(yaml(), things, one, now);
    expect(contentType).toBe('application/yaml');
    expect(parse(text(body))).toEqual(one.object);
    expect(text(body)).toMatch(/^apiVersion: example.com\/v1\nkind: Thing\nmetadata:\n/);
    expect(text(body)).toContain('"yes": "on"');
  });

  it('has its name only in the column of the resource, if the resource defines a Name column', () => {
    const name = { name: 'Name', type: 'string', format: 'name', description: '', priority: 1 } as const;
    const columns = [...things.columns, { ...name, value: () => 'one' }];
    const answer = decoded(encodeObject(json(table('None')), { ...things, columns }, one, now).body);
    expect(answer).toMatchObject({ rows: [{ cells: [2, '2m5s', '5d', 'one'] }] });
  });

  it('can be only its metadata', () => {
    expect(decoded(encodeObject(json({ as: 'PartialObjectMetadata', list: false }), things, one, now).body)).toEqual(
      partial,
    );
    expect(() => encodeObject(json({ as: 'PartialObjectMetadata', list: true }), things, one, now)).toThrow(
      expect.objectContaining({ code: 406 }),
    );
  });

  it('can be a table of one row', () => {
    expect(decoded(encodeObject(json(table('Metadata')), things, one, now).body)).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7' },
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', description: expect.any(String) as string, priority: 0 },
        { name: 'Replicas', type: 'integer', format: '', description: 'how many', priority: 0 },
        { name: 'Age', type: 'date', format: '', description: 'since when', priority: 1 },
        { name: 'Since', type: 'date', format: '', description: 'ready made', priority: 1 },
      ],
      rows: [{ cells: ['one', 2, '2m5s', '5d'], object: partial }],
    });
  });

  it('is in the row of a table only if includeObject asks for it', () => {
    const rows = (includeObject: 'None' | 'Object'): unknown =>
      (decoded(encodeObject(json(table(includeObject)), things, one, now).body) as { rows: unknown }).rows;
    expect(rows('None')).toEqual([{ cells: ['one', 2, '2m5s', '5d'], object: null }]);
    expect(rows('Object')).toEqual([{ cells: ['one', 2, '2m5s', '5d'], object: one.object }]);
  });

  it('has null in the cell of a missing value', () => {
    const body = decoded(encodeObject(json(table('None')), things, cachedThing('b', 1, {}), now).body);
    expect((body as { rows: { cells: unknown[] }[] }).rows[0]?.cells[1]).toBeNull();
  });
});

describe('a list', () => {
  const objects = [one, cachedThing('two', 8)];
  const meta = { resourceVersion: '9', continue: 'abc', remainingItemCount: 3 };
  const whole = {
    kind: 'ThingList',
    apiVersion: 'example.com/v1',
    metadata: meta,
    items: objects.map(({ object }) => object),
  };

  it('is built from the cached bytes', () => {
    const { contentType, body } = encodeList(json(), things, { objects }, meta, now);
    expect(contentType).toBe('application/json');
    expect(text(body)).toBe(JSON.stringify(whole));
  });

  it('without objects has an empty list of items', () => {
    expect(text(encodeList(json(), things, { objects: [] }, { resourceVersion: '9' }, now).body)).toBe(
      '{"kind":"ThingList","apiVersion":"example.com/v1","metadata":{"resourceVersion":"9"},"items":[]}',
    );
  });

  it('of many objects is sent in a few pieces', () => {
    const many = Array.from({ length: 3000 }, (_, index) => cachedThing(`thing-${index}`, index));
    const { body } = encodeList(json(), things, { objects: many }, meta, now);
    expect([...body].length).toBeLessThan(10);
    expect((decoded(body) as typeof whole).items).toHaveLength(3000);
  });

  it('of many objects is the same document in pieces, as indented JSON and as YAML', () => {
    const many = Array.from({ length: 500 }, (_, index) => cachedThing(`thing-${index}`, index));
    const encoded = (form: Negotiated): Buffer[] => [...encodeList(form, things, { objects: many }, meta, now).body];
    const asked = json({ as: 'Table', includeObject: 'Object' });
    const whole = JSON.parse(text(encoded(asked))) as unknown;
    expect(encoded(asked).length).toBeGreaterThan(3);
    expect(text(encoded({ ...asked, pretty: true }))).toBe(JSON.stringify(whole, undefined, 2));
    expect(encoded({ ...asked, mediaType: 'application/yaml' }).length).toBeGreaterThan(3);
    expect(parse(text(encoded({ ...asked, mediaType: 'application/yaml' })))).toEqual(whole);
  });

  it('without objects has an empty list in YAML and in indented JSON', () => {
    const none = (form: Negotiated): string => text(encodeList(form, things, { objects: [] }, meta, now).body);
    expect(parse(none(yaml()))).toEqual({ ...whole, items: [] });
    expect(none(json(undefined, true))).toBe(JSON.stringify({ ...whole, items: [] }, undefined, 2));
  });

  it('can be YAML, indented, metadata or a table', () => {
    expect(parse(text(encodeList(yaml(), things, { objects }, meta, now).body))).toEqual(whole);
    expect(text(encodeList(json(undefined, true), things, { objects }, meta, now).body)).toBe(
      JSON.stringify(whole, undefined, 2),
    );
    expect(
      decoded(encodeList(json({ as: 'PartialObjectMetadata', list: true }), things, { objects }, meta, now).body),
    ).toEqual({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: meta,
      items: objects.map(({ object }) => ({ ...partial, metadata: object.metadata })),
    });
    expect(decoded(encodeList(json(table('None')), things, { objects }, meta, now).body)).toMatchObject({
      kind: 'Table',
      metadata: meta,
      rows: [
        { cells: ['one', 2, '2m5s', '5d'], object: null },
        { cells: ['two', 2, '2m5s', '5d'], object: null },
      ],
    });
  });

  it('has v1beta1 everywhere if v1beta1 is requested', () => {
    const old = { version: 'v1beta1' } as const;
    const apiVersion = 'meta.k8s.io/v1beta1';
    const list = encodeList(json({ as: 'PartialObjectMetadata', ...old }), things, { objects }, meta, now);
    expect(decoded(list.body)).toMatchObject({ apiVersion, items: [{ apiVersion }, { apiVersion }] });
    const rows = encodeList(json({ ...table('Metadata'), ...old }), things, { objects }, meta, now);
    expect(decoded(rows.body)).toMatchObject({
      apiVersion,
      rows: [{ object: { apiVersion } }, { object: { apiVersion } }],
    });
    const single = encodeObject(json({ as: 'PartialObjectMetadata', ...old }), things, one, now);
    expect(decoded(single.body)).toMatchObject({ apiVersion });
    const row = encodeObject(json({ ...table('Metadata'), ...old }), things, one, now);
    expect(decoded(row.body)).toMatchObject({ apiVersion, rows: [{ object: { apiVersion } }] });
  });

  it('cannot be a single PartialObjectMetadata: 406', () => {
    expect(() =>
      encodeList(json({ as: 'PartialObjectMetadata', list: false }), things, { objects }, meta, now),
    ).toThrow('you requested PartialObjectMetadata, but the requested object is a list');
  });
});

describe('another value', () => {
  const scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'one', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas: 2 },
    status: {},
  };

  it('is a Status, whatever form is requested', () => {
    const { status } = notFound({ group: '', resource: 'pods' }, 'x');
    expect(decoded(encodeValue(json(table('None')), status, now).body)).toEqual(status);
    expect(parse(text(encodeValue(yaml({ as: 'PartialObjectMetadata' }), status).body))).toEqual(status);
  });

  it('is a Scale, as an object, as its metadata, or as a table of its counts', () => {
    expect(decoded(encodeValue(json(), scale).body)).toEqual(scale);
    expect(decoded(encodeValue(json({ as: 'PartialObjectMetadata' }), scale).body)).toMatchObject({
      metadata: scale.metadata,
    });
    expect(decoded(encodeValue(json(table('None')), scale, now).body)).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Desired' }, { name: 'Available' }, { name: 'Age' }],
      rows: [{ cells: ['one', 2, 0, '2m5s'], object: null }],
    });
    expect(decoded(encodeValue(json(table('None')), scale).body)).toMatchObject({ rows: [{ cells: ['one', 2, 0] }] });
  });
});
