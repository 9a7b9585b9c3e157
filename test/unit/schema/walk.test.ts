import { describe, expect, it } from 'vitest';
import { createResourceSchema } from '../../../src/schema/index.ts';
import { schemas, thing, thingSchema } from './thing.ts';

const schema = thingSchema();

describe('unknown fields', () => {
  it('are named by their paths, in document order', () => {
    const object = { ...thing({ zz: 1, objects: [{ a: 'x' }, { q: 1, b: 2 }], closed: { y: 1 } }), extra: 1 };
    expect(schema.unknownFields(object)).toEqual([
      'spec.zz',
      'spec.objects[1].q',
      'spec.objects[1].b',
      'spec.closed.y',
      'extra',
    ]);
  });

  it('include those of metadata', () => {
    const object = { ...thing({}), metadata: { name: 'a', labelz: {}, ownerReferences: [{ foo: 1 }] } };
    expect(schema.unknownFields(object)).toEqual(['metadata.labelz', 'metadata.ownerReferences[0].foo']);
  });

  it('are none below an object that keeps them, except within what it declares', () => {
    expect(schema.unknownFields(thing({ free: { anything: { x: 1 } }, dict: { x: 'y' } }))).toEqual([]);
  });

  it('include __proto__ and constructor', () => {
    const object = JSON.parse('{"spec":{"__proto__":{},"constructor":1,"dict":{"__proto__":"x"}}}') as unknown;
    expect(schema.unknownFields(object)).toEqual(['spec.__proto__', 'spec.constructor']);
  });

  it('are found in Kubernetes kinds, whose free-form parts stay free', () => {
    const event = createResourceSchema('io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent', schemas);
    expect(event.unknownFields({ type: 'ADDED', object: { anything: 1 }, more: 1 })).toEqual(['more']);
  });
});

describe('pruning', () => {
  it('drops unknown fields and nulls that mean nothing, and keeps the rest', () => {
    const object = thing({ zz: 1, bool: null, nul: null, dict: { a: null, b: 'c' }, free: { x: null, k: null } });
    expect(schema.prune(object)).toEqual(thing({ nul: null, dict: { b: 'c' }, free: { x: null } }));
  });

  it("reads null in a map of strings or quantities as Go does in Kubernetes' own kinds, and drops it in custom ones", () => {
    const container = { name: 'c', resources: { limits: { memory: null, cpu: '1' } } };
    const pod = { containers: [container], nodeSelector: { disk: null } };
    const native = createResourceSchema('io.k8s.api.core.v1.Pod', schemas);
    expect(native.prune({ spec: pod })).toEqual({
      spec: {
        containers: [{ name: 'c', resources: { limits: { memory: '0', cpu: '1' } } }],
        nodeSelector: { disk: '' },
      },
    });
    expect(schema.prune(thing({ pod, cpu: null }))).toEqual(
      thing({ pod: { containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }], nodeSelector: {} } }),
    );
  });

  it('leaves the original as it was', () => {
    const object = thing({ zz: 1, part: { name: 'x', q: 1 } });
    const text = JSON.stringify(object);
    schema.prune(object);
    expect(JSON.stringify(object)).toBe(text);
  });

  it('does not change the prototype of anything', () => {
    const object = JSON.parse('{"__proto__":{"polluted":1},"spec":{"dict":{"__proto__":"x","a":"b"}}}') as object;
    const pruned = schema.prune(object) as { spec: { dict: object } };
    expect(Object.getPrototypeOf(pruned)).toBe(Object.prototype);
    expect(Object.keys(pruned)).toEqual(['spec']);
    expect(JSON.stringify(pruned.spec.dict)).toBe('{"__proto__":"x","a":"b"}');
    expect(Object.getPrototypeOf(pruned.spec.dict)).toBe(Object.prototype);
  });

  it('lets values of the wrong shape through for the validation to name', () => {
    expect(schema.prune(thing({ part: [1], arr: { a: 1 }, objects: [1, null] }))).toEqual(
      thing({ part: [1], arr: {}, objects: [1, null] }),
    );
  });

  it('survives endless nesting where nothing is declared', () => {
    let deep: object = {};
    for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
    expect(schema.prune(thing({ zz: deep }))).toEqual(thing({}));
    expect((schema.prune(thing({ free: { deep } })) as { spec: { free: { deep: object } } }).spec.free.deep).toBe(deep);
  });
});

describe('defaults', () => {
  it('fill in absent fields, at every level that is there', () => {
    expect(schema.applyDefaults(thing({ map: [{ id: 'a' }, { id: 'b', v: 1 }] }))).toEqual(
      thing({
        map: [
          { id: 'a', v: 7 },
          { id: 'b', v: 1 },
        ],
        def: 'hello',
        part: { size: 0 },
      }),
    );
  });

  it('replace a null that means absent', () => {
    expect(schema.applyDefaults(thing({ def: null, part: { size: 3 } }))).toEqual(
      thing({ def: 'hello', part: { size: 3 } }),
    );
  });

  it('are never shared between objects', () => {
    const first = schema.applyDefaults(thing({})) as unknown as { spec: { part: { size: number } } };
    first.spec.part.size = 9;
    expect(schema.applyDefaults(thing({}))).toEqual(thing({ def: 'hello', part: { size: 0 } }));
  });

  it('of Kubernetes types are the real ones, not the zero values of its Go structs', () => {
    const service = createResourceSchema('io.k8s.api.core.v1.Service', schemas);
    expect(service.applyDefaults({ spec: { ports: [{ port: 80 }] } })).toEqual({
      spec: { ports: [{ port: 80, protocol: 'TCP' }] },
    });
  });
});

describe('pruning and defaulting in one walk', () => {
  it('gives what pruning and then defaulting give', () => {
    const objects = [
      thing({ zz: 1, bool: null, nul: null, dict: { a: null, b: 'c' }, free: { x: null, k: null } }),
      thing({ map: [{ id: 'a' }, { id: 'b', v: 1, zz: 2 }, null], def: null, part: null }),
      thing({ part: [1], arr: { a: 1 }, objects: [1, null] }),
      JSON.parse('{"__proto__":{"polluted":1},"spec":{"dict":{"__proto__":"x","a":"b"}}}') as object,
    ];
    for (const object of objects) {
      const text = JSON.stringify(object);
      const made = JSON.stringify(schema.pruneAndDefault(object));
      expect(made).toBe(JSON.stringify(schema.applyDefaults(schema.prune(object))));
      expect(made).toContain('"def":"hello"');
      expect(JSON.stringify(object)).toBe(text);
    }
  });
});

describe('the schema as a tree', () => {
  it('follows references and additional properties', () => {
    const { root } = schema;
    expect(root.property('spec')?.property('part')?.property('size')?.schema.type).toBe('integer');
    expect(root.property('spec')?.property('part')?.schema.description).toBe('a part');
    expect(root.property('spec')?.property('dict')?.property('whatever')?.schema.type).toBe('string');
    expect(root.property('spec')?.property('pod')?.property('containers')?.items()?.property('name')?.schema.type).toBe(
      'string',
    );
    expect(root.property('spec')?.property('nothing')).toBeUndefined();
    expect(root.property('metadata')?.property('name')?.schema.type).toBe('string');
  });

  it('says how lists merge where only the list type is given, and leaves that to Kubernetes in its own types', () => {
    const spec = schema.root.property('spec');
    expect(spec?.property('map')?.schema).toMatchObject({
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'id',
    });
    expect(spec?.property('set')?.schema['x-kubernetes-patch-strategy']).toBeUndefined();
    const managedFields = schema.root.property('metadata')?.property('managedFields');
    expect(managedFields?.schema['x-kubernetes-patch-strategy']).toBeUndefined();
  });

  it('knows no inherited member for a property', () => {
    expect(schema.root.property('constructor')).toBeUndefined();
    expect(schema.root.property('__proto__')).toBeUndefined();
  });
});
