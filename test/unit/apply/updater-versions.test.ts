/** Ownership where fields are reset, versions and types change, or there is no schema. */
import { describe, expect, it } from 'vitest';
import { excludeFields, fieldPath, FieldSet } from '../../../src/apiserver/apply/fieldpath/index.ts';
import { deducedType, TypedValue } from '../../../src/apiserver/apply/typed/index.ts';
import { number, Scene, text, typeWith } from './scene.ts';
import { conflictsOf, shown, thing } from './updater-fixture.ts';

describe('reset fields', () => {
  const filters = new Map([['v1', excludeFields(FieldSet.of(fieldPath('status')))]]);
  const withStatus = typeWith({
    spec: { type: 'object', properties: { a: text } },
    status: { type: 'object', properties: { a: text } },
  });

  it('belong to nobody, and are in conflict with nobody', () => {
    const scene = new Scene(withStatus, filters);
    scene.apply('a', { spec: { a: 'x' }, status: { a: 'x' } });
    scene.update('u', { spec: { a: 'x' }, status: { a: 'y' } });
    scene.apply('b', { status: { a: 'z' } });
    expect([scene.owned('a'), scene.owned('u'), scene.owned('b')]).toEqual([['.spec.a'], [], []]);
  });
});

describe('versions', () => {
  it('are served in which something is applied', () => {
    const scene = new Scene(thing);
    scene.apply('a', { data: { k: 'v' } });
    expect(() => scene.apply('a', {}, { apiVersion: 'v9' })).toThrow(
      'nothing can be applied in version v9, which is not served',
    );
  });

  it('drops managers whose version is missing', () => {
    const scene = new Scene(thing);
    const old = { set: FieldSet.of(fieldPath('data', 'k')), apiVersion: 'v0', applied: true };
    scene.managers = new Map([['old', old]]);
    scene.update('u', { data: { k: 'v' } });
    expect([...scene.managers.keys()]).toEqual(['u']);
  });

  it('finds conflicts and prunes in the version in which a field is owned', () => {
    const scene = new Scene(thing);
    // Version v2 says "info" where v1 says "data".
    const v2 = typeWith({ info: { type: 'object', additionalProperties: text }, spec: { type: 'object' } });
    const swap = (value: unknown, from: string, to: string) => {
      const { [from]: moved, ...rest } = (value ?? {}) as Record<string, unknown>;
      return moved === undefined ? rest : { ...rest, [to]: moved };
    };
    scene.converter = {
      convert(object, apiVersion) {
        const isV1 = object.type === thing;
        if (isV1 === (apiVersion === 'v1')) return object;
        return isV1
          ? new TypedValue(swap(object.value, 'data', 'info'), v2)
          : new TypedValue(swap(object.value, 'info', 'data'), thing);
      },
    };
    scene.managers = new Map([['b', { set: FieldSet.of(fieldPath('info', 'k')), apiVersion: 'v2', applied: true }]]);
    scene.live = { data: { k: 'v', mine: 'x' } };
    expect(shown(conflictsOf(() => scene.apply('a', { data: { k: 'w' } })))).toEqual(['b .info.k']);
    scene.apply('a', { data: { k: 'v', mine: 'x' } });
    scene.apply('a', {});
    expect(scene.live).toEqual({ data: { k: 'v' } });
  });
});

describe('changed types', () => {
  const granular = typeWith({ color: { type: 'object', properties: { r: number, g: number } } });

  it('makes the owners of a part the owners of what is atomic now', () => {
    const scene = new Scene(granular);
    scene.apply('a', { color: { r: 1 } });
    scene.apply('b', { color: { g: 2 } });
    scene.type = thing;
    scene.apply('b', { color: { r: 1, g: 2 } });
    expect([scene.owned('a'), scene.owned('b')]).toEqual([['.color'], ['.color']]);
    expect(shown(conflictsOf(() => scene.apply('a', { color: { r: 5 } })))).toEqual(['b .color']);
  });

  it('keeps the owner of what was atomic as the owner of the whole', () => {
    const scene = new Scene(thing);
    scene.apply('a', { color: { r: 1, g: 2 } });
    scene.type = granular;
    scene.apply('b', { color: { r: 1 } });
    expect([scene.owned('a'), scene.owned('b')]).toEqual([['.color'], ['.color.r']]);
  });
});

describe('objects without a schema', () => {
  it('are owned field by field, and their lists as a whole', () => {
    const scene = new Scene(deducedType);
    scene.apply('a', { spec: { list: [{ name: 'x' }], nested: { k: 1 } } });
    expect(scene.owned('a')).toEqual(['.spec', '.spec.list', '.spec.nested', '.spec.nested.k']);
    expect(shown(conflictsOf(() => scene.apply('b', { spec: { list: [] } })))).toEqual(['a .spec.list']);
    scene.apply('b', { spec: { nested: { j: 2 } } });
    scene.apply('a', {});
    expect(scene.live).toEqual({ spec: { nested: { j: 2 } } });
  });

  it('may change the kind of a value', () => {
    const scene = new Scene(deducedType);
    scene.update('u', { a: { b: 1 } });
    scene.update('v', { a: 5 });
    expect([scene.owned('u'), scene.owned('v')]).toEqual([[], ['.a']]);
  });
});
