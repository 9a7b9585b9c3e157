import { expect, it } from 'vitest';
import { roleViewName } from '../../../src/apis/kubedirector/scale-role.ts';

it('names every role of every cluster in its own way, dots in either or not', () => {
  expect(roleViewName('spark', 'worker')).toBe('spark.worker');
  const clusters = ['a', 'a.b', 'a.b.c', 'b'];
  const roles = ['c', 'b.c', 'c.d', 'b..c', 'b'];
  const names = clusters.flatMap((cluster) => roles.map((role) => roleViewName(cluster, role)));
  expect(new Set(names).size).toBe(clusters.length * roles.length);
  expect(['c', 'b.c'].flatMap((role) => ['a', 'a.b'].map((cluster) => roleViewName(cluster, role)))).toEqual([
    'a.c',
    'a.b.c',
    'a..b.c',
    'a.b..b.c',
  ]);
});
