/** A resource of an invented group, for tests that only need its names and columns. */
import type { ResourceDefinition } from '../../../src/apiserver/resource.ts';
import type { CachedObject } from '../../../src/apiserver/watchcache/contract.ts';
import type { KubeObject, ObjectMeta, Stored } from '../../../src/meta/object.ts';
import { thingSchema } from '../schema/thing.ts';

export interface Thing extends KubeObject {
  spec: { replicas?: number };
}

export const things: ResourceDefinition<Thing> = {
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  singular: 'thing',
  kind: 'Thing',
  listKind: 'ThingList',
  shortNames: ['th'],
  categories: ['all'],
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  schema: thingSchema(),
  columns: [
    {
      name: 'Replicas',
      type: 'integer',
      description: 'how many',
      priority: 0,
      value: (object) => object.spec.replicas,
    },
    {
      name: 'Age',
      type: 'date',
      description: 'since when',
      priority: 1,
      value: (object) => object.metadata.creationTimestamp,
    },
    { name: 'Since', type: 'date', description: 'ready made', priority: 1, value: () => '5d' },
  ],
  selectableFields: {},
  strategy: {},
  subresources: {},
};

export const now = new Date('2026-01-01T00:02:05Z');

export function cachedThing(
  name: string,
  resourceVersion: number,
  spec: Thing['spec'] = { replicas: 2 },
): CachedObject<Thing> {
  const metadata: ObjectMeta = {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    resourceVersion: String(resourceVersion),
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { yes: 'on' },
  };
  const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata, spec } as Stored<Thing>;
  const json = Buffer.from(JSON.stringify(object));
  return { key: `ns/${name}`, object, metadata: object.metadata, json, size: json.length, revision: resourceVersion };
}
