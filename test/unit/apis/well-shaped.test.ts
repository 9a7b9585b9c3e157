import { describe, expect, it } from 'vitest';
import { groupSchemas, kindSchema } from '../../../src/apis/kubedirector/schemas.ts';
import { present, wellShaped } from '../../../src/apis/kubedirector/well-shaped.ts';

const { root } = kindSchema('KubeDirectorApp', groupSchemas());

describe('the part of an object that has the right types', () => {
  it('is the object itself where nothing is wrong', () => {
    const app = {
      spec: { label: { name: 'a', more: [1] }, unknown: { x: 1 }, roles: [{ id: 'a', configPackage: null }] },
    };
    expect(wellShaped(root, app)).toBe(app);
  });

  it('lacks what is wrong, and keeps places in lists', () => {
    const roles = ['x', { id: 7, cardinality: '1', maxLogSizeDump: 2.5 }, null, { id: 'a', persistDirs: ['/x', 3] }];
    expect(wellShaped(root, { spec: { label: 'x', distroID: 'd', roles, configSchemaVersion: '7' } })).toEqual({
      spec: {
        distroID: 'd',
        roles: [undefined, { cardinality: '1' }, undefined, { id: 'a', persistDirs: ['/x', undefined] }],
      },
    });
  });

  it('lacks nulls, except where null says something', () => {
    const shaped = wellShaped(root, { spec: { logoURL: null, defaultConfigPackage: null } });
    expect(shaped).toEqual({ spec: { logoURL: undefined, defaultConfigPackage: null } });
  });

  it('has no value that an enumeration does not have', () => {
    expect(wellShaped(root, { spec: { defaultEventList: ['configure', 'reboot'] } })).toEqual({
      spec: { defaultEventList: ['configure', undefined] },
    });
  });

  it('takes quantities as texts and as numbers', () => {
    const spec = { roles: [{ minResources: { cpu: 2, memory: '1Gi', chip: true } }] };
    expect(wellShaped(root, { spec })).toEqual({ spec: { roles: [{ minResources: { cpu: 2, memory: '1Gi' } }] } });
  });

  it('is not fooled by keys that mean something to JavaScript', () => {
    const spec = JSON.parse('{"__proto__": {"roles": 3}, "constructor": 1, "distroID": 2}') as object;
    const shaped = wellShaped(root, { spec }) as { spec: object };
    expect(Object.getPrototypeOf(shaped.spec)).toBe(Object.prototype);
    expect(Object.keys(shaped.spec).sort()).toEqual(['__proto__', 'constructor', 'distroID']);
  });
});

describe('the elements that are there', () => {
  it('know their places', () => {
    expect(present(['a', undefined, 'b'])).toEqual([
      { index: 0, item: 'a' },
      { index: 2, item: 'b' },
    ]);
    expect(present(undefined)).toEqual([]);
  });
});
