import { expect, it } from 'vitest';
import { newShortfalls } from '../../../src/apis/kubedirector/minimums.ts';
import type { AppRole } from '../../../src/apis/kubedirector/types.ts';

const role = { id: 'r', resources: { limits: { memory: '2Gi', cpu: 1 }, requests: { memory: '1Gi' } } };
const asking = (minResources: NonNullable<AppRole['minResources']>, size?: string): AppRole => ({
  ...{ id: 'r', cardinality: '1+', minResources },
  ...(size === undefined ? {} : { minStorage: { size } }),
});
const found = (now: AppRole, before?: AppRole) => newShortfalls(role, now, before).map(({ of }) => of);

it('finds what an app asks for and a role does not give', () => {
  expect(found(asking({ memory: '2Gi', cpu: 1 }, '1Gi'))).toEqual([
    { resource: 'memory' },
    { resource: 'cpu' },
    'storage',
  ]);
  expect(found(asking({ memory: '1024Mi', cpu: 0 }))).toEqual([]);
});

it('finds nothing new where as much was asked for before, in whatever notation', () => {
  const before = asking({ memory: '2Gi' }, '1Gi');
  expect(found(asking({ memory: '2048Mi' }, '1024Mi'), before)).toEqual([]);
  expect(found(asking({ memory: '1.5Gi' }, '512Mi'), before)).toEqual([]);
  expect(found(asking({ memory: '3Gi', cpu: 1 }, '2Gi'), before)).toEqual([
    { resource: 'memory' },
    { resource: 'cpu' },
    'storage',
  ]);
});
