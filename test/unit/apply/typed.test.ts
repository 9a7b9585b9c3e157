import { describe, expect, it } from 'vitest';
import { groupSchemas } from '../../../src/apis/kubedirector/schemas.ts';
import { FieldSet, fieldPath, pathString } from '../../../src/apiserver/apply/fieldpath/index.ts';
import {
  mergeTypeOf,
  TypedError,
  typedOf,
  type MergeType,
  type Problem,
} from '../../../src/apiserver/apply/typed/index.ts';
import type { OpenApiSchema } from '../../../src/schema/contract.ts';
import { resolveKind } from '../../../src/schema/resolve.ts';
import { byName, number, text, typeWith } from './scene.ts';

const set: OpenApiSchema = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' };

function problemsOf(value: unknown, type: MergeType, allowDuplicates = false): readonly Problem[] {
  try {
    typedOf(value, type, { allowDuplicates });
  } catch (error) {
    if (error instanceof TypedError) return error.problems;
    throw error;
  }
  return [];
}

const told = (value: unknown, type: MergeType): string[] =>
  problemsOf(value, type).map(({ path, message }) => `${path}: ${message}`);

/** The paths that an applied configuration would own. */
const owned = (value: unknown, type: MergeType): string[] =>
  [...typedOf(value, type).toFieldSet().paths()].map(pathString);

describe('a value', () => {
  const type = typeWith({
    n: number,
    s: text,
    b: { type: 'boolean' },
    set,
    roles: byName({ m: number }),
    o: { type: 'object', properties: {} },
    closed: { type: 'object', properties: { a: text } },
  });

  it('is refused with what is wrong in the words of kube-apiserver', () => {
    expect(told({ n: 'x', s: 1, b: [1, 'y', null], set: {}, roles: { a: 1.5, b: true }, closed: 3 }, type)).toEqual([
      '.n: expected numeric (int or float), got string',
      '.s: expected string, got &value.valueUnstructured{Value:1}',
      '.b: expected boolean, got &{[1 y <nil>]}',
      '.set: expected list, got &{map[]}',
      '.roles: expected list, got &{map[a:1.5 b:true]}',
      '.closed: expected map, got &{3}',
    ]);
    expect(told({ n: true, s: { z: [null, 'q"'], a: 2 } }, type)).toEqual([
      '.n: expected numeric (int or float), got bool',
      '.s: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":2, "z":[]interface {}{interface {}(nil), "q\\""}}}',
    ]);
  });

  it('is refused with a field that is not declared, with the first one of an object', () => {
    expect(told({ closed: { x: 1, y: 2 }, n: 'x' }, type)).toEqual([
      '.closed.x: field not declared in schema',
      '.n: expected numeric (int or float), got string',
    ]);
  });

  it('is refused with elements that are double, or without a key', () => {
    expect(told({ set: ['a', 'b', 'a'], roles: [{ name: 'x' }, { name: 'x', m: 'y' }] }, type)).toEqual([
      '.set: duplicate entries for key [="a"]',
      '.roles: duplicate entries for key [name="x"]',
      '.roles[name="x"].m: expected numeric (int or float), got string',
    ]);
    expect(told({ roles: [{ m: 1 }] }, type)).toEqual([
      '.roles: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ]);
    expect(told({ roles: [null], set: [null] }, type)).toEqual([
      '.roles: element 0: associative list with keys may not have a null element',
      ".set: element 0: associative list without keys has an element that's an explicit null",
    ]);
    expect(told({ roles: ['x'], set: [{}] }, type)).toEqual([
      '.roles: element 0: associative list with keys may not have non-map elements',
      ".set: element 0: associative list without keys has an element that's a map type",
    ]);
    expect(told({ set: [['a']] }, type)).toEqual([
      '.set: element 0: not supported: associative list with lists as elements',
    ]);
  });

  it('may have double elements where that is allowed, but none without a key', () => {
    expect(problemsOf({ set: ['a', 'a'] }, type, true)).toEqual([]);
    expect(problemsOf({ roles: [{}] }, type, true)).toHaveLength(1);
  });

  it('may be null everywhere', () => {
    expect(problemsOf({ n: null, s: null, set: null, roles: null, closed: null, o: null }, type)).toEqual([]);
    expect(problemsOf(null, type)).toEqual([]);
  });

  it('is refused where it is nested too deeply', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level++) deep = { a: deep };
    expect(problemsOf({ o: deep }, type)[0]?.message).toBe('exceeded max depth of 500');
  });

  it('is told of in one line, or in a list', () => {
    expect(() => typedOf({ n: 'x' }, type)).toThrow(/^\.n: expected numeric \(int or float\), got string$/);
    expect(() => typedOf({ n: 'x', s: 1 }, type)).toThrow(
      'errors:\n  .n: expected numeric (int or float), got string\n  .s: expected string, got &value.valueUnstructured{Value:1}',
    );
  });

  it('takes an undefined field for absent', () => {
    const value = typedOf({ n: undefined, s: 'x' }, type);
    expect(value.toFieldSet().equals(FieldSet.of(fieldPath('s')))).toBe(true);
    const { added, modified, removed } = value.compare(typedOf({ s: 'x', b: undefined }, type));
    expect([added.isEmpty, modified.isEmpty, removed.isEmpty]).toEqual([true, true, true]);
  });

  it('may have fields of every name', () => {
    const free = typeWith({ data: { type: 'object', additionalProperties: text } });
    const hostile: unknown = JSON.parse('{"data":{"__proto__":"x","constructor":"y"}}');
    const base = typedOf({ data: { a: 'b' } }, free);
    expect(owned(hostile, free)).toEqual(['.data.__proto__', '.data.constructor']);
    expect(JSON.stringify(base.merge(typedOf(hostile, free)).value)).toBe(
      '{"data":{"a":"b","__proto__":"x","constructor":"y"}}',
    );
    const [added, removed] = [base.compare(typedOf(hostile, free)).added, typedOf(hostile, free).compare(base).removed];
    expect([...added.paths()].map(pathString)).toEqual(['.data.__proto__', '.data.constructor']);
    expect(removed.equals(added)).toBe(true);
    const less = typedOf(hostile, free).removeItems(FieldSet.of(fieldPath('data', 'constructor'))).value;
    expect(JSON.stringify(less)).toBe('{"data":{"__proto__":"x"}}');
  });
});

describe('a schema', () => {
  it('says what is owned in parts, by list types, map types and the older patch strategies', () => {
    const list = (extensions: OpenApiSchema): OpenApiSchema => ({
      type: 'array',
      items: { type: 'object', properties: { id: text } },
      ...extensions,
    });
    const type = typeWith({
      plain: list({}),
      map: list({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] }),
      patched: list({ 'x-kubernetes-patch-strategy': 'merge,retainKeys', 'x-kubernetes-patch-merge-key': 'id' }),
      replaced: list({ 'x-kubernetes-patch-strategy': 'retainKeys' }),
      both: list({
        'x-kubernetes-list-type': 'atomic',
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'id',
      }),
    });
    const items = [{ id: 'a' }];
    expect(owned({ plain: items, map: items, patched: items, replaced: items, both: items }, type)).toEqual([
      '.both',
      '.plain',
      '.replaced',
      '.map[id="a"]',
      '.map[id="a"].id',
      '.patched[id="a"]',
      '.patched[id="a"].id',
    ]);
  });

  it('gives keys their defaults, sorts them, and takes an element without one of them for another', () => {
    const type = typeWith({
      ports: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol', 'host'],
        items: { type: 'object', properties: { port: number, protocol: { ...text, default: 'TCP' }, host: text } },
      },
    });
    expect(owned({ ports: [{ port: 1 }, { port: 1, host: '' }] }, type).filter((path) => path.endsWith(']'))).toEqual([
      '.ports[host="",port=1,protocol="TCP"]',
      '.ports[port=1,protocol="TCP"]',
    ]);
    expect(told({ ports: [{ port: 1 }, { protocol: 'TCP', port: 1 }] }, type)).toEqual([
      '.ports: duplicate entries for key [port=1,protocol="TCP"]',
    ]);
  });

  it('opens what it keeps unknown fields of, with everything that is written in place below', () => {
    const nested: OpenApiSchema = { type: 'object', properties: { a: { type: 'object', properties: { b: text } } } };
    const type = typeWith(
      {
        open: { ...nested, 'x-kubernetes-preserve-unknown-fields': true },
        closed: nested,
        named: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { n: { $ref: '#/components/schemas/Named' } },
        },
      },
      { Named: nested },
    );
    expect(owned({ open: { x: [1], a: { y: { z: 1 } } } }, type)).toEqual(['.open.x', '.open.a.y', '.open.a.y.z']);
    expect(told({ closed: { x: 1 }, named: { n: { x: 1 } } }, type)).toEqual([
      '.closed.x: field not declared in schema',
      '.named.n.x: field not declared in schema',
    ]);
  });

  it('lets a field say that the named type it refers to is atomic there', () => {
    const refers: OpenApiSchema = { $ref: '#/components/schemas/Named' };
    const type = typeWith(
      { whole: { ...refers, 'x-kubernetes-map-type': 'atomic' }, parts: refers },
      { Named: { type: 'object', properties: { a: text } } },
    );
    expect(owned({ whole: { a: 'x' }, parts: { a: 'x' } }, type)).toEqual(['.whole', '.parts.a']);
  });

  it('takes any value where it names no type', () => {
    const type = typeWith({ port: { 'x-kubernetes-int-or-string': true }, any: {} });
    expect(owned({ port: 80, any: { a: [1, 2] } }, type)).toEqual(['.port', '.any.a']);
    expect(owned({ port: 'http', any: [1] }, type)).toEqual(['.any', '.port']);
  });

  it('is right for the metadata of every object: owners by uid, finalizers one by one, managedFields as a whole', () => {
    const type = mergeTypeOf(resolveKind(groupSchemas(), 'com.hpe.kubedirector.v1beta1.KubeDirectorCluster'));
    const metadata = {
      labels: { app: 'x' },
      finalizers: ['f/a'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u-1' }],
      managedFields: [{ manager: 'm' }],
      creationTimestamp: null,
    };
    expect(owned({ metadata }, type)).toEqual([
      '.metadata.creationTimestamp',
      '.metadata.managedFields',
      '.metadata.finalizers[="f/a"]',
      '.metadata.labels.app',
      '.metadata.ownerReferences[uid="u-1"]',
    ]);
  });

  it('is right for native objects: containers by name, ports by port and protocol, selectors as a whole', () => {
    const type = mergeTypeOf(resolveKind(groupSchemas(), 'io.k8s.api.apps.v1.StatefulSet'));
    const container = {
      name: 'c',
      image: 'i',
      args: ['x'],
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: 1, memory: '1Gi' } },
    };
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: { spec: { containers: [container], nodeSelector: { x: 'y' } } },
    };
    expect(owned({ spec }, type)).toEqual([
      '.spec.selector',
      '.spec.template.spec.nodeSelector',
      '.spec.template.spec.containers[name="c"]',
      '.spec.template.spec.containers[name="c"].args',
      '.spec.template.spec.containers[name="c"].image',
      '.spec.template.spec.containers[name="c"].name',
      '.spec.template.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"]',
      '.spec.template.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
      '.spec.template.spec.containers[name="c"].resources.limits.cpu',
      '.spec.template.spec.containers[name="c"].resources.limits.memory',
    ]);
  });
});
