import { describe, expect, it } from 'vitest';
import { TypedError } from '../../../src/apiserver/apply/typed/index.ts';
import type { OpenApiSchema } from '../../../src/schema/contract.ts';
import { Scene, text, typeWith } from './scene.ts';
import { conflictsOf, shown, thing } from './updater-fixture.ts';

describe('applying', () => {
  it('makes the applier the owner of what it mentions: leaves and list elements, not the objects around them', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { replicas: 1, roles: [{ name: 'w', members: 2 }] }, data: { k: 'v' } });
    expect(scene.live).toEqual({ spec: { replicas: 1, roles: [{ name: 'w', members: 2 }] }, data: { k: 'v' } });
    expect(scene.owned('a')).toEqual([
      '.data.k',
      '.spec.replicas',
      '.spec.roles[name="w"]',
      '.spec.roles[name="w"].members',
      '.spec.roles[name="w"].name',
    ]);
    expect(scene.managers.get('a')).toMatchObject({ apiVersion: 'v1', applied: true });
  });

  it('removes what the applier no longer mentions and nobody else owns', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { replicas: 1, image: 'i', roles: [{ name: 'w' }, { name: 'x' }] }, data: { k: 'v' } });
    scene.apply('a', { spec: { image: 'i', roles: [{ name: 'x' }] } });
    expect(scene.live).toEqual({ spec: { image: 'i', roles: [{ name: 'x' }] } });
    expect(scene.owned('a')).toEqual(['.spec.image', '.spec.roles[name="x"]', '.spec.roles[name="x"].name']);
  });

  it('keeps what another applier also owns, as the only owner', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { roles: [{ name: 'w', members: 1 }] } });
    scene.apply('b', { spec: { roles: [{ name: 'w', members: 1, labels: { x: 'y' } }] } });
    scene.apply('a', {});
    expect(scene.live).toEqual({ spec: { roles: [{ name: 'w', members: 1, labels: { x: 'y' } }] } });
    expect(scene.owned('a')).toEqual([]);
    scene.apply('b', { spec: { roles: [] } });
    expect(scene.managers.size).toBe(0);
  });

  it('removes a list element with everything in it, also what nobody owns', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { roles: [{ name: 'w', members: 1 }, { name: 'x' }] } });
    scene.live = { spec: { roles: [{ name: 'w', members: 1, labels: { by: 'nobody' } }, { name: 'x' }] } };
    scene.apply('a', { spec: { roles: [{ name: 'x' }] } });
    expect(scene.live).toEqual({ spec: { roles: [{ name: 'x' }] } });
  });

  it('removes a list element of which others own only parts, and keeps one that another applier has too', () => {
    const scene = new Scene(thing);
    const roles = (...all: object[]) => ({ spec: { image: 'i', roles: all } });
    scene.apply('a', roles({ name: 'w', members: 1 }, { name: 'x', members: 1 }));
    scene.apply('b', { spec: { roles: [{ name: 'x' }] } });
    scene.update('u', roles({ name: 'w', members: 1, labels: { x: 'y' } }, { name: 'x', members: 1 }));
    scene.apply('a', { spec: { image: 'i' } });
    expect(scene.live).toEqual(roles({ name: 'x' }));
  });

  it('does not touch fields of an update that the applier never mentioned', () => {
    const scene = new Scene(thing);
    scene.apply('a', { data: { k: 'v' } });
    scene.update('u', { data: { k: 'v', other: 'w' } });
    scene.apply('a', {});
    expect(scene.live).toEqual({ data: { other: 'w' } });
  });

  it('says that nothing changed, and keeps the managers as they were', () => {
    const scene = new Scene(thing);
    const object = { spec: { replicas: 1, tags: ['a', 'b'] }, color: { r: 1 } };
    scene.apply('a', object);
    const before = scene.managers;
    const applied = scene.apply('a', structuredClone(object));
    expect(applied.object).toBeUndefined();
    expect(scene.managers).toBe(before);
  });

  it('shares the parts that a configuration does not change', () => {
    const scene = new Scene(thing);
    scene.update('u', { spec: { roles: [{ name: 'w' }] }, data: { k: 'v' } });
    const { spec } = scene.live as { spec: unknown };
    scene.apply('a', { data: { k2: 'v2' } });
    expect((scene.live as { spec: unknown }).spec).toBe(spec);
  });

  it('orders a list as the configuration does, with the other elements in their places', () => {
    const scene = new Scene(thing);
    const names = (...all: string[]) => ({ spec: { roles: all.map((name) => ({ name })) } });
    scene.update('u', names('a', 'b', 'c', 'd'));
    scene.apply('x', names('d', 'n', 'b'));
    expect(scene.live).toEqual(names('a', 'c', 'd', 'n', 'b'));
  });

  it('merges a set by its values, and removes those that were given up', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { tags: ['x', 'y'] } });
    scene.apply('b', { spec: { tags: ['y', 'z'] } });
    expect(scene.live).toEqual({ spec: { tags: ['x', 'y', 'z'] } });
    scene.apply('a', { spec: { tags: [] } });
    expect(scene.live).toEqual({ spec: { tags: ['y', 'z'] } });
    expect(scene.owned('b')).toEqual(['.spec.tags[="y"]', '.spec.tags[="z"]']);
  });

  it('takes an atomic object or list as a whole', () => {
    const scene = new Scene(thing);
    scene.apply('a', { color: { r: 1, g: 2 }, args: ['x'] });
    expect(scene.owned('a')).toEqual(['.args', '.color']);
    expect(shown(conflictsOf(() => scene.apply('b', { color: { r: 1 }, args: ['x', 'y'] })))).toEqual([
      'a .args',
      'a .color',
    ]);
    scene.apply('b', { color: { r: 3 } }, { force: true });
    expect(scene.live).toEqual({ color: { r: 3 }, args: ['x'] });
    expect(scene.owned('a')).toEqual(['.args']);
  });

  it('refuses two elements of one key in a configuration, but not in what is stored', () => {
    const scene = new Scene(thing);
    const twice = {
      spec: {
        roles: [
          { name: 'w', members: 1 },
          { name: 'w', members: 2 },
        ],
      },
    };
    expect(() => scene.apply('a', twice)).toThrow(TypedError);
    scene.update('u', twice);
    expect(scene.owned('u')).toEqual(['.spec', '.spec.roles', '.spec.roles[name="w"]']);
    scene.apply('a', { spec: { replicas: 1 } });
    expect(scene.live).toEqual({ spec: { ...twice.spec, replicas: 1 } });
  });
});

describe('pruning', () => {
  it('is refused, as by kube-apiserver, where it would leave nothing of an element that somebody else owns', () => {
    const list: OpenApiSchema = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { ...text, default: 'x' }, value: text } },
    };
    const scene = new Scene(typeWith({ spec: { type: 'object', properties: { list } } }));
    scene.apply('a', { spec: { list: [{ value: '1' }] } });
    scene.update('b', { spec: { list: [{ value: '2' }] } });
    const { live, managers } = scene;
    expect(() => scene.apply('b', {})).toThrow(
      /^\.spec\.list: element 0: associative list with keys may not have a null element$/,
    );
    expect([scene.live, scene.managers]).toEqual([live, managers]);
  });
});

describe('conflicts', () => {
  it('names the fields of others, by manager, and changes nothing', () => {
    const scene = new Scene(thing);
    scene.update('u', { spec: { replicas: 1, image: 'i' }, data: { k: 'v' } });
    scene.apply('a', { data: { k: 'v' } });
    const { live, managers } = scene;
    const attempt = () => scene.apply('b', { spec: { replicas: 2, image: 'j' }, data: { k: 'w' } });
    expect(shown(conflictsOf(attempt))).toEqual(['a .data.k', 'u .data.k', 'u .spec.image', 'u .spec.replicas']);
    expect(attempt).toThrow(
      'conflicts with "a":\n- .data.k\nconflicts with "u":\n- .data.k\n- .spec.image\n- .spec.replicas',
    );
    expect(scene.live).toBe(live);
    expect(scene.managers).toBe(managers);
  });

  it('has one line where there is one conflict', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { roles: [{ name: 'worker', members: 1 }] } });
    expect(() => scene.apply('b', { spec: { roles: [{ name: 'worker', members: 2 }] } })).toThrow(
      /^conflict with "a": \.spec\.roles\[name="worker"\]\.members$/,
    );
  });

  it('does not occur if the value is the same: both own it then', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { replicas: 1 } });
    scene.apply('b', { spec: { replicas: 1 } });
    expect([scene.owned('a'), scene.owned('b')]).toEqual([['.spec.replicas'], ['.spec.replicas']]);
  });

  it('takes fields over with force', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { replicas: 1, image: 'i' } });
    scene.apply('b', { spec: { replicas: 2 } }, { force: true });
    expect(scene.live).toEqual({ spec: { replicas: 2, image: 'i' } });
    expect(scene.owned('a')).toEqual(['.spec.image']);
  });

  it('comes up when a field that somebody removed is added again', () => {
    const scene = new Scene(thing);
    scene.apply('a', { data: { k: 'v' } });
    scene.update('u', { data: {} });
    expect(scene.owned('a')).toEqual([]);
    scene.apply('b', { data: { k: 'other' } });
    expect(shown(conflictsOf(() => scene.apply('a', { data: { k: 'v' } })))).toEqual(['b .data.k']);
  });
});

describe('updating', () => {
  it('gives the writer what it adds and changes, with the objects around what is added', () => {
    const scene = new Scene(thing);
    scene.update('u', { spec: { replicas: 1 } });
    expect(scene.owned('u')).toEqual(['.spec', '.spec.replicas']);
    scene.update('v', { spec: { replicas: 2, roles: [{ name: 'w' }] } });
    expect(scene.owned('u')).toEqual(['.spec']);
    expect(scene.owned('v')).toEqual([
      '.spec.replicas',
      '.spec.roles',
      '.spec.roles[name="w"]',
      '.spec.roles[name="w"].name',
    ]);
  });

  it('takes from everybody what it removes', () => {
    const scene = new Scene(thing);
    scene.apply('a', { spec: { roles: [{ name: 'w', members: 1 }] }, data: { k: 'v' } });
    scene.update('u', { data: { k: 'v' } });
    expect(scene.owned('a')).toEqual(['.data.k']);
    expect(scene.managers.has('u')).toBe(false);
  });

  it('keeps the managers as they were where nothing changes', () => {
    const scene = new Scene(thing);
    scene.update('u', { spec: { replicas: 1, tags: ['a'] }, color: { r: 1 } });
    const before = scene.managers;
    scene.update('u', { color: { r: 1 }, spec: { tags: ['a'], replicas: 1 } });
    scene.update('v', structuredClone(scene.live));
    expect(scene.managers).toBe(before);
  });

  it('forgets a manager that owns nothing any more', () => {
    const scene = new Scene(thing);
    scene.update('u', { data: { k: 'v' } });
    scene.update('v', {});
    expect([...scene.managers.keys()]).toEqual([]);
  });

  it('distinguishes null from absent', () => {
    const scene = new Scene(thing);
    scene.update('u', { spec: null });
    expect(scene.owned('u')).toEqual(['.spec']);
    scene.update('v', { spec: { replicas: 1 } });
    expect(scene.owned('v')).toEqual(['.spec.replicas']);
    scene.update('w', { spec: null });
    expect(scene.owned('v')).toEqual([]);
    expect(scene.owned('u')).toEqual(['.spec']);
  });
});
