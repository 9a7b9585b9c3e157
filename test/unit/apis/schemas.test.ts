import { describe, expect, it } from 'vitest';
import { kubedirectorResources, kubedirectorSchemas } from '../../../src/apis/kubedirector/schemas.gen.ts';
import { groupSchemas, kindSchema } from '../../../src/apis/kubedirector/schemas.ts';
import type { OpenApiSchema } from '../../../src/schema/contract.ts';

const all = Object.entries(kubedirectorSchemas);

function everySchema(schema: OpenApiSchema): OpenApiSchema[] {
  const { properties = {}, items, additionalProperties, allOf = [] } = schema;
  const children = [...Object.values(properties), ...(items ? [items] : []), ...allOf];
  if (typeof additionalProperties === 'object') children.push(additionalProperties);
  return [schema, ...children.flatMap(everySchema)];
}

describe('the schemas of the group', () => {
  it('refer to nothing that is not there', () => {
    const schemas = groupSchemas();
    const references = all.flatMap(([, schema]) => everySchema(schema)).flatMap(({ $ref }) => $ref ?? []);
    const missing = references.filter((reference) => !(reference.slice('#/components/schemas/'.length) in schemas));
    expect(references.length).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });

  it('say of every field what it is', () => {
    for (const [name, schema] of all) {
      const fields = Object.entries(schema.properties ?? {}).filter(([, field]) => (field.description ?? '') === '');
      expect(fields.map(([field]) => `${name}.${field}`)).toEqual([]);
    }
  });

  it('name the group, version and kind of what is served', () => {
    const kinds = all.flatMap(([, schema]) => schema['x-kubernetes-group-version-kind'] ?? []);
    const ofSubresources = ['ClusterEndpoints', 'ClusterPlan', 'RestartOptions', 'ResumeOptions', 'SuspendOptions'];
    const names = [...Object.keys(kubedirectorResources), ...ofSubresources];
    expect(kinds).toHaveLength(names.length);
    const expected = names.map((kind) => ({ group: 'kubedirector.hpe.com', version: 'v1beta1', kind }));
    expect(kinds).toEqual(expect.arrayContaining(expected));
  });

  it('carry no extension of our own', () => {
    const keys = all.flatMap(([, schema]) => everySchema(schema)).flatMap(Object.keys);
    expect(keys.filter((key) => key.startsWith('x-') && !key.startsWith('x-kubernetes-'))).toEqual([]);
  });

  it('give every list a type, and every map list keys that its items must have', () => {
    const schemas = groupSchemas();
    for (const schema of all.flatMap(([, one]) => everySchema(one)).filter(({ type }) => type === 'array')) {
      expect(['atomic', 'set', 'map', undefined]).toContain(schema['x-kubernetes-list-type']);
      const item = schemas[schema.items?.$ref?.slice('#/components/schemas/'.length) ?? ''];
      for (const key of schema['x-kubernetes-list-map-keys'] ?? []) expect(item?.required).toContain(key);
    }
  });

  it('can be had by kind, and by no other name', () => {
    expect(kindSchema('KubeDirectorApp', groupSchemas()).root.property('spec')?.schema.type).toBe('object');
    expect(() => kindSchema('KubeDirectorPet', groupSchemas())).toThrow();
  });
});
