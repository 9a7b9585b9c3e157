/** Stops the writes of a fixture at a moment of interest. */
import { expect, vi } from 'vitest';
import type { KubeDirectorApp, KubeDirectorConfig } from '../../../src/apis/kubedirector/types.ts';
import { context, namespace, systemNamespace, type Fixture } from './fixture.ts';
import { minimalCluster } from './objects.ts';

export const app = { namespace, name: 'minimal' };
export const config = { namespace: systemNamespace, name: 'kd-global-config' };
export const key = '0'.repeat(32);
/** Others are asked whether its user may have it. */
export const secretive = {
  ...minimalCluster,
  spec: {
    ...minimalCluster.spec,
    connections: { secrets: ['some'] },
    roles: [{ ...minimalCluster.spec.roles[0], secretKeys: [{ name: 'password', value: 'open sesame' }] }],
  },
};
export const jane = { name: 'jane', groups: [] };

/** What is asked first of what jane may do is answered once this is called; resolves when it has been asked. */
export async function heldReview(fixture: Fixture): Promise<(allowed: boolean) => void> {
  let answer: (allowed: boolean) => void = () => undefined;
  const answered = new Promise<boolean>((resolve) => (answer = resolve));
  const review = vi.spyOn(fixture.rights, 'review').mockImplementation(async () => {
    return { allowed: await answered, reason: '' };
  });
  await vi.waitFor(() => expect(review).toHaveBeenCalled());
  return answer;
}

/** The next commit waits until this is called; resolves when it has been begun. */
export async function heldCommit(fixture: Fixture): Promise<() => void> {
  let go = (): void => undefined;
  const going = new Promise<void>((resolve) => (go = resolve));
  const commit = fixture.store.commit.bind(fixture.store);
  const spy = vi.spyOn(fixture.store, 'commit').mockClear();
  spy.mockImplementationOnce(async (request) => {
    await going;
    return commit(request);
  });
  await vi.waitFor(() => expect(spy).toHaveBeenCalled());
  return go;
}

type Spec = KubeDirectorApp['spec'];

export const changeApp = (fixture: Fixture, change: (spec: Spec) => Partial<Spec>, dryRun = false) =>
  fixture.apps.update(
    context,
    app,
    (old) => {
      if (old === undefined) throw new Error('there is no app');
      return { ...old, spec: { ...old.spec, ...change(old.spec) } };
    },
    { dryRun },
  );

export const changeKey = (fixture: Fixture) =>
  fixture.configs.update(
    context,
    config,
    (old) => ({ ...old, spec: { masterEncryptionKey: key } }) as KubeDirectorConfig,
  );

export const threeMembers = (spec: Spec): Partial<Spec> => ({
  roles: spec.roles.map((role) => ({ ...role, cardinality: '3+' })),
});
