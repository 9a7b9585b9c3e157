/** Every version of every resource, and the resource of the tests that has two. */
import { describe, expect, it } from 'vitest';
import type { ResourceDefinition } from '../../src/apiserver/resource.ts';
import { createVersions, versionOf } from '../../src/apiserver/versions/index.ts';
import type { KubeObject } from '../../src/meta/object.ts';
import { gadgetDefinition } from '../support/gadgets.ts';
import { randomObject } from '../support/random-objects.ts';
import { seeded } from '../support/seeded.ts';
import { roundTrips } from '../support/round-trip.ts';
import { GroupApi } from './group-api.ts';

const ofGroup = new GroupApi().server.registries.map(({ definition }) => definition);
for (const definition of ofGroup) roundTrips(definition);
roundTrips(gadgetDefinition());

describe('the objects of the round trip', () => {
  it('are of the shape of their schema, and differ', () => {
    const { schema } = gadgetDefinition();
    const made = Array.from({ length: 50 }, (_, seed) =>
      randomObject(schema, { apiVersion: 'gadgets.example/v1beta1', kind: 'Gadget' }, seeded(seed)),
    );
    for (const object of made) {
      expect(schema.unknownFields(object)).toEqual([]);
      expect(schema.readable(object)).toBe(object);
    }
    expect(new Set(made.map((object) => JSON.stringify(object))).size).toBeGreaterThan(40);
    for (const field of ['color', 'size', 'replicas', 'parts', 'nickname'])
      expect(made.some(({ spec }: KubeObject & { spec?: object }) => spec !== undefined && field in spec)).toBe(true);
  });

  it('are of all kinds of the group, too', () => {
    for (const { group, version, kind, schema } of ofGroup) {
      const object = randomObject(schema, { apiVersion: `${group}/${version}`, kind }, seeded(7));
      expect([kind, schema.unknownFields(object)]).toEqual([kind, []]);
    }
  });
});

describe('the versions of a resource', () => {
  const other = (version: string): NonNullable<ResourceDefinition['versions']> => [
    versionOf<KubeObject, KubeObject>({
      ...{ version, schema: gadgetDefinition().schema, columns: [], selectableFields: {} },
      toHub: (object) => ({ ...object, metadata: { ...object.metadata, uid: 'new', labels: { a: 'b' } } }),
      fromHub: (object) => object,
    }),
  ];
  const resource = gadgetDefinition() as unknown as ResourceDefinition;

  it('must have different names, and one of them is stored', () => {
    expect(createVersions({ ...resource, versions: [] })).toBeUndefined();
    expect(() => createVersions({ ...resource, versions: other('v1beta1') })).toThrow('Gadget has a version twice');
    expect(() => createVersions({ ...resource, storageVersion: 'v3' })).toThrow('no version v3 to be stored in');
  });

  it('can change labels and annotations of metadata, and nothing else of it', () => {
    const versions = createVersions({ ...resource, versions: other('v2') });
    const metadata = { name: 'one', uid: 'old', annotations: { x: 'y' } };
    const made = versions?.convert({ apiVersion: 'gadgets.example/v2', kind: 'Gadget', metadata }, 'v1beta1');
    expect(made).toEqual({
      ...{ apiVersion: 'gadgets.example/v1beta1', kind: 'Gadget' },
      metadata: { ...metadata, labels: { a: 'b' } },
    });
  });

  it('are the object itself where it is of that version already', () => {
    const object = { apiVersion: 'gadgets.example/v1', kind: 'Gadget', metadata: {} };
    expect(createVersions(resource)?.convert(object, 'v1')).toBe(object);
  });
});
