/** ResourceQuotas of the cluster. */
import { describe, expect, it } from 'vitest';
import { eventually } from './support/cluster.ts';
import {
  ask,
  both,
  cluster,
  crd,
  create,
  namespace,
  ok,
  resources,
  same,
  withPolicies,
  type Answer,
  type Which,
} from './support/policies.ts';

withPolicies();

describe('ResourceQuotas', () => {
  const key = `count/${resources.ours.groupResource}`;
  const quota = async (): Promise<{ hard?: object; used?: Record<string, string> }> =>
    JSON.parse(await ok('get', 'resourcequota', 'counts', '-n', namespace, '-o', 'jsonpath={.status}')) as object;

  it('count created objects, and allow no more than the limit', async () => {
    // The policies of earlier tests stay in force for a moment after they are gone.
    for (const which of both) {
      await eventually('no policy to be in force', async () => {
        const { status } = await create(which, { name: 'free' }, '?dryRun=All');
        return status === 201;
      });
    }
    const hard = { [key]: '5', [`count/${crd}`]: '5' };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'counts', namespace },
      spec: { hard },
    });
    await eventually('the quota controller to count', async () => (await quota()).used?.[key] !== undefined, 120_000);
    const before = Number((await quota()).used?.[key]);
    const many = async (which: Which): Promise<Answer[]> =>
      Promise.all(Array.from({ length: 16 }, (_, at) => create(which, { name: `many-${at}` })));
    const ours = await many('ours');
    const refused = ours.filter(({ status }) => status === 403);
    expect(ours.filter(({ status }) => status === 201)).toHaveLength(5 - before);
    expect(refused).toHaveLength(16 - (5 - before));
    expect((await quota()).used?.[key]).toBe('5');
    await many('crd');
    await same('over the quota', (which) => create(which, { name: 'more' }));
    await same('over the quota, dry', (which) => create(which, { name: 'more' }, '?dryRun=All'));
    for (const which of both) await ask(which, '', { method: 'DELETE' });
    await eventually('the quota to be replenished', async () => (await quota()).used?.[key] === '0', 120_000);
  }, 300_000);
});
