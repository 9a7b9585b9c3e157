import { describe, expect, it } from 'vitest';
import { createWatchEncoder, initialEventsEnd } from '../../../src/apiserver/negotiation/index.ts';
import type { Representation } from '../../../src/apiserver/negotiation/contract.ts';
import type { CachedObject, WatchEvent, WatchEventType } from '../../../src/apiserver/watchcache/contract.ts';
import { expired } from '../../../src/meta/status.ts';
import { cachedThing, now, things, type Thing } from './definition.ts';

const encoder = (representation: Representation): ReturnType<typeof createWatchEncoder<Thing>> =>
  createWatchEncoder({ mediaType: 'application/json', pretty: false, representation }, things, () => now);
const line = (bytes: Buffer): { type: string; object: Record<string, unknown> } => {
  expect(bytes.toString().indexOf('\n')).toBe(bytes.length - 1);
  return JSON.parse(bytes.toString()) as { type: string; object: Record<string, unknown> };
};
function event(type: WatchEventType, object: CachedObject<Thing>, revision = object.revision): WatchEvent<Thing> {
  const bytes = Buffer.from(`${JSON.stringify({ type, object: object.object })}\n`);
  return { type, object, revision, line: () => bytes };
}
const one = cachedThing('one', 7);

describe('a watch of objects', () => {
  it('sends the same line as all other watches of objects', () => {
    const added = event('ADDED', one);
    expect(encoder({ as: 'object' }).event(added)).toBe(added.line());
  });

  it('sends bookmarks of its kind, with their annotations', () => {
    const watch = encoder({ as: 'object' });
    expect(line(watch.bookmark('9'))).toEqual({
      type: 'BOOKMARK',
      object: { kind: 'Thing', apiVersion: 'example.com/v1', metadata: { resourceVersion: '9' } },
    });
    expect(line(watch.bookmark('9', { [initialEventsEnd]: 'true' })).object['metadata']).toEqual({
      resourceVersion: '9',
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
  });

  it('sends errors as a Status', () => {
    const { status } = expired('too old resource version: 1 (5)');
    expect(line(encoder({ as: 'object' }).error(status))).toEqual({ type: 'ERROR', object: status });
    expect(line(encoder({ as: 'Table', includeObject: 'None' }).error(status))).toEqual({
      type: 'ERROR',
      object: status,
    });
  });

  it('has no YAML form and no list form: 406', () => {
    const yaml = { mediaType: 'application/yaml', pretty: false, representation: { as: 'object' } } as const;
    expect(() => createWatchEncoder(yaml, things, () => now)).toThrow(
      'only the following media types are accepted: application/json;stream=watch',
    );
    expect(() => encoder({ as: 'PartialObjectMetadata', list: true })).toThrow(expect.objectContaining({ code: 406 }));
  });
});

describe('a watch of metadata', () => {
  it('has v1beta1 if it is requested, as tables have', () => {
    const old = { version: 'v1beta1' } as const;
    const object = { apiVersion: 'meta.k8s.io/v1beta1' };
    const metadata = encoder({ as: 'PartialObjectMetadata', ...old });
    expect(line(metadata.event(event('ADDED', one)))).toMatchObject({ object });
    expect(line(metadata.bookmark('9'))).toMatchObject({ object });
    const table = encoder({ as: 'Table', includeObject: 'Metadata', ...old });
    expect(line(table.event(event('ADDED', one)))).toMatchObject({ object: { ...object, rows: [{ object }] } });
    expect(line(table.bookmark('9'))).toMatchObject({ object: { ...object, rows: [{ object }] } });
  });

  it('sends only metadata, and for a deletion the version of the deletion', () => {
    const watch = encoder({ as: 'PartialObjectMetadata', list: false });
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };
    expect(line(watch.event(event('MODIFIED', one)))).toEqual({
      type: 'MODIFIED',
      object: { ...partial, metadata: one.object.metadata },
    });
    expect(line(watch.event(event('DELETED', one, 12)))).toEqual({
      type: 'DELETED',
      object: { ...partial, metadata: { ...one.object.metadata, resourceVersion: '12' } },
    });
    expect(line(watch.bookmark('9')).object).toEqual({ ...partial, metadata: { resourceVersion: '9' } });
  });
});

describe('a watch of tables', () => {
  it('defines the columns in its first event only', () => {
    const watch = encoder({ as: 'Table', includeObject: 'None' });
    const first = line(watch.event(event('ADDED', one))).object;
    expect(first).toMatchObject({
      kind: 'Table',
      metadata: { resourceVersion: '7' },
      rows: [{ cells: ['one', 2, '2m5s', '5d'], object: null }],
    });
    expect(first['columnDefinitions']).toHaveLength(4);
    expect(line(watch.event(event('MODIFIED', one))).object['columnDefinitions']).toBeNull();
  });

  it('sends a deleted object with the version of the deletion', () => {
    const watch = encoder({ as: 'Table', includeObject: 'Object' });
    const rows = line(watch.event(event('DELETED', one, 12))).object['rows'] as { object: Thing }[];
    expect(rows[0]?.object.metadata.resourceVersion).toBe('12');
    expect(one.object.metadata.resourceVersion).toBe('7');
  });

  it('has bookmarks with empty cells, and the object of the last initial event even with includeObject=None', () => {
    const watch = encoder({ as: 'Table', includeObject: 'None' });
    const rows = (bytes: Buffer): unknown => line(bytes).object['rows'];
    expect(rows(watch.bookmark('9'))).toEqual([{ cells: ['', null, null, null], object: null }]);
    expect(rows(watch.bookmark('9', { [initialEventsEnd]: 'true' }))).toEqual([
      {
        cells: ['', null, null, null],
        object: {
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '9', annotations: { [initialEventsEnd]: 'true' } },
        },
      },
    ]);
    expect(rows(encoder({ as: 'Table', includeObject: 'Object' }).bookmark('9'))).toMatchObject([
      { object: { kind: 'Thing' } },
    ]);
  });
});
