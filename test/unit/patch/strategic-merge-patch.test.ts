import { describe, expect, it } from 'vitest';
import { parsePatch } from '../../../src/apiserver/patch/index.ts';
import type { ResourceSchema } from '../../../src/schema/contract.ts';
import { createResourceSchema } from '../../../src/schema/index.ts';
import { schemas, thingSchema } from '../schema/thing.ts';
import { growth, linearGrowth } from '../../support/growth.ts';

const serviceSchema = createResourceSchema('io.k8s.api.core.v1.Service', schemas);
const service = {
  metadata: { name: 'svc', labels: { a: 'b', c: 'd' }, finalizers: ['x.com/a', 'x.com/b'] },
  spec: {
    ports: [
      { name: 'a', port: 80, protocol: 'TCP' },
      { name: 'b', port: 81, protocol: 'TCP' },
    ],
    selector: { a: 'b' },
    type: 'ClusterIP',
  },
};

function patched<T extends object>(current: T, patch: object, schema: ResourceSchema = serviceSchema): T {
  const before = JSON.stringify(current);
  const parsed = parsePatch('application/strategic-merge-patch+json', Buffer.from(JSON.stringify(patch)));
  const result = parsed.apply(current, schema) as T;
  expect(JSON.stringify(current)).toBe(before);
  return result;
}
const names = (patch: object): unknown[] => patched(service, { spec: patch }).spec.ports.map(({ name }) => name);
const finalizers = (patch: object): unknown => patched(service, { metadata: patch }).metadata.finalizers;

// Results and refusals as kube-apiserver 1.37 gave them; its 500s are 400s here.
describe('strategic merge patch of a Service', () => {
  it('merges a port by its number and keeps the others', () => {
    expect(patched(service, { spec: { ports: [{ port: 80, name: 'u', protocol: 'UDP' }] } }).spec.ports).toEqual([
      { name: 'u', port: 80, protocol: 'UDP' },
      { name: 'b', port: 81, protocol: 'TCP' },
    ]);
  });

  it('puts new ports first, without their nulls', () => {
    expect(patched(service, { spec: { ports: [{ port: 82, name: 'c', nodePort: null }] } }).spec.ports[0]).toEqual({
      port: 82,
      name: 'c',
    });
  });

  it('removes a field given as null, within list elements too', () => {
    const result = patched(service, { spec: { selector: null, ports: [{ port: 80, name: null }] } });
    expect(result.spec).not.toHaveProperty('selector');
    expect(result.spec.ports[0]).toEqual({ port: 80, protocol: 'TCP' });
  });

  it('deletes the element that $patch: delete names', () => {
    expect(names({ ports: [{ port: 80, $patch: 'delete' }] })).toEqual(['b']);
    expect(names({ ports: [{ port: 99, $patch: 'delete' }] })).toEqual(['a', 'b']);
  });

  it('replaces the list that has $patch: replace in it', () => {
    expect(names({ ports: [{ port: 82, name: 'c' }, { $patch: 'replace' }] })).toEqual(['c']);
  });

  it('replaces or empties the map that has $patch in it', () => {
    expect(patched(service, { metadata: { labels: { $patch: 'replace', q: 'r' } } }).metadata.labels).toEqual({
      q: 'r',
    });
    expect(patched(service, { metadata: { labels: { $patch: 'delete' } } }).metadata.labels).toEqual({});
  });

  it('orders elements as $setElementOrder says', () => {
    const order = { '$setElementOrder/ports': [{ port: 81 }, { port: 80 }] };
    expect(names({ ...order, ports: [{ port: 80, name: 'z' }] })).toEqual(['b', 'z']);
    expect(names(order)).toEqual(['b', 'a']);
  });

  it('keeps elements that the order does not know at their places', () => {
    const three = {
      ...service,
      spec: { ...service.spec, ports: [...service.spec.ports, { name: 'c', port: 82, protocol: 'TCP' }] },
    };
    const order = [{ port: 82 }, { port: 80 }];
    const result = patched(three, { spec: { '$setElementOrder/ports': order, ports: [{ port: 80, name: 'z' }] } });
    expect(result.spec.ports.map(({ name }) => name)).toEqual(['b', 'c', 'z']);
  });

  it('joins lists of scalars, the new ones first, and takes out what $deleteFromPrimitiveList names', () => {
    expect(finalizers({ finalizers: ['x.com/c', 'x.com/a'] })).toEqual(['x.com/c', 'x.com/a', 'x.com/b']);
    expect(finalizers({ '$deleteFromPrimitiveList/finalizers': ['x.com/a'] })).toEqual(['x.com/b']);
    expect(
      finalizers({ '$setElementOrder/finalizers': ['x.com/b', 'x.com/c', 'x.com/a'], finalizers: ['x.com/c'] }),
    ).toEqual(['x.com/b', 'x.com/c', 'x.com/a']);
  });

  it('keeps only what $retainKeys names', () => {
    expect(patched(service, { spec: { $retainKeys: ['ports', 'type'], type: 'NodePort' } }).spec).toEqual({
      ports: service.spec.ports,
      type: 'NodePort',
    });
  });

  it('takes a value of another type as it is, for the validation to judge', () => {
    expect(patched(service, { spec: { ports: 3 } }).spec.ports).toBe(3);
    expect(patched(service, { spec: [1] }).spec).toEqual([1]);
  });

  it('changes nothing where it says nothing', () => {
    expect(patched(service, {})).toEqual(service);
    expect(patched(service, { spec: { $retainKeys: ['ports', 'selector', 'type'] } })).toEqual(service);
  });

  it('takes __proto__ for a plain key', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}},"__proto__":{"polluted":1}}') as object;
    const result = patched(service, patch);
    expect(JSON.stringify(result.metadata.labels)).toBe('{"a":"b","c":"d","__proto__":"x"}');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it.each([
    ['an element without its merge key', { ports: [{ name: 'c' }] }, 'does not contain declared merge key: port'],
    [
      'a deletion without its merge key',
      { ports: [{ $patch: 'delete' }] },
      'does not contain declared merge key: port',
    ],
    ['a scalar among objects', { ports: [3] }, 'does not contain declared merge key: port'],
    ['an unknown directive in a list', { ports: [{ $patch: 'frob', port: 80 }] }, 'unknown patch type: "frob"'],
    ['a merge directive in a list', { ports: [{ $patch: 'merge', port: 80 }] }, 'unknown patch type: "merge"'],
    ['an unknown directive in a map', { $patch: 'frob' }, 'unknown patch type: "frob"'],
    ['an unknown directive in a map that is new', { sessionAffinityConfig: { $patch: 'frob' } }, 'unknown patch type'],
    ['an order that is no list', { '$setElementOrder/ports': 3 }, 'invalid patch format of setElementOrder list'],
    [
      'an order that leaves out an element',
      { '$setElementOrder/ports': [{ port: 81 }], ports: [{ port: 80 }] },
      "doesn't match $setElementOrder",
    ],
    ['retained keys that are no list', { $retainKeys: 'ports' }, 'invalid patch format of retainKeys'],
    [
      'a field that is not retained',
      { $retainKeys: ['ports'], type: 'NodePort' },
      'invalid patch format of retainKeys',
    ],
    [
      'a deletion that is no list',
      { '$deleteFromPrimitiveList/externalIPs': 3 },
      'invalid patch format of primitive list',
    ],
  ])('refuses %s: 400', (_, patch, message) => {
    expect(() => patched(service, { spec: patch })).toThrow(
      expect.objectContaining({ code: 400, message: expect.stringContaining(message) as string }),
    );
  });

  it('refuses objects among scalars: 400', () => {
    expect(() => finalizers({ finalizers: [{}] })).toThrow(expect.objectContaining({ code: 400 }));
  });

  it('merges two long lists in time that grows with their length', async () => {
    const merge = (size: number) => {
      const ports = Array.from({ length: size }, (_, index) => ({ port: index, name: `p${index}`, protocol: 'TCP' }));
      const current = { ...service, spec: { ...service.spec, ports } };
      const patch = { spec: { ports: [...ports].reverse() } };
      return () => expect(patched(current, patch).spec.ports).toHaveLength(size);
    };
    expect(await growth(merge, 1_250)).toBeLessThan(linearGrowth);
  });
});

describe('strategic merge patch by list types alone', () => {
  const schema = thingSchema();
  const current = {
    spec: {
      map: [
        { id: 'a', v: 1 },
        { id: 'b', v: 2 },
      ],
      set: ['x'],
      arr: [1, 2],
      free: { l: [1] },
    },
  };

  it('merges maps by their first key, and replaces other lists', () => {
    const patch = { spec: { map: [{ id: 'b', v: 3 }], set: ['y'], arr: [3], free: { l: [2], m: 1 } } };
    expect(patched(current, patch, schema).spec).toEqual({
      map: [
        { id: 'a', v: 1 },
        { id: 'b', v: 3 },
      ],
      set: ['y'],
      arr: [3],
      free: { l: [2], m: 1 },
    });
  });

  it('merges within a new object without leaving directives in it', () => {
    const patch = {
      spec: { part: { $retainKeys: ['name'], name: 'x', size: null }, map: [{ id: 'b', $patch: 'delete' }] },
    };
    expect(patched({ spec: {} }, patch, schema)).toEqual({ spec: { part: { name: 'x' }, map: [] } });
  });

  it('keeps null as a value in what is new, where the schema allows it', () => {
    const patch = { spec: { nul: null, part: { name: null }, objects: [{ a: null }] } };
    expect(patched({}, patch, schema)).toEqual({ spec: { nul: null, part: {}, objects: [{}] } });
    expect(patched({ spec: { nul: 'x' } }, patch, schema)).toEqual({ spec: { part: {}, objects: [{}] } });
  });
});
