/** Changes of a role's storage while it has members. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { eachWithCluster, fixture, settle } from './cluster-updates-fixture.ts';
import { causes, storageClass } from './fixture.ts';
import { minimalCluster } from './objects.ts';

eachWithCluster();

const member: MemberStatus = {
  ...{ pod: 'set-0', service: 'n/a', nodeID: 1, pvc: 'p-set-0' },
  ...{ state: 'configured', stateDetail: { lastSetupGeneration: 1 } },
};

const change = (name: string, storage: object | undefined) =>
  fixture.changeCluster(name, ({ spec }) => {
    spec.roles = spec.roles.map((role) => ({ ...role, storage }) as typeof role);
  });

describe('the storage of a role with members', () => {
  beforeEach(async () => {
    fixture.native.storageClasses.put(
      { ...storageClass('elastic'), allowVolumeExpansion: true },
      { ...storageClass('stiff'), allowVolumeExpansion: false },
    );
    await change('one', { size: '1Gi', storageClassName: 'elastic' });
    await settle([member]);
  });

  it('can become larger', async () => {
    const { spec } = await change('one', { size: '2Gi', storageClassName: 'elastic' });
    expect(spec.roles[0]?.storage).toEqual({ size: '2Gi', storageClassName: 'elastic' });
    // The class that is stored counts, where none is sent.
    expect((await change('one', { size: '3Gi' })).spec.roles[0]?.storage?.size).toBe('3Gi');
  });

  it('can be written in another way', async () => {
    expect((await change('one', { size: '1024Mi', storageClassName: 'elastic' })).spec.roles[0]?.storage?.size).toBe(
      '1024Mi',
    );
  });

  it('can not become smaller', async () => {
    expect(await causes(change('one', { size: '512Mi', storageClassName: 'elastic' }))).toEqual([
      "spec.roles[0].storage.size: Forbidden: can't become smaller than 1Gi: Kubernetes does not shrink volumes",
    ]);
  });

  it('can not change its class, or go', async () => {
    for (const storage of [{ size: '2Gi', storageClassName: 'stiff' }, undefined]) {
      const [cause] = await causes(change('one', storage));
      expect(cause).toMatch(/^spec\.roles\[0\]\.storage: Forbidden: can't change .*only its size may become larger$/);
    }
  });
});

it('can not grow where its class does not allow that, before its members have run aside', async () => {
  fixture.native.storageClasses.put(storageClass('stiff'));
  const roles = minimalCluster.spec.roles.map((role) => ({
    ...role,
    storage: { size: '1Gi', storageClassName: 'stiff' },
  }));
  await change('one', roles[0]?.storage);
  expect((await change('one', { size: '2Gi', storageClassName: 'stiff' })).spec.roles[0]?.storage?.size).toBe('2Gi');
  await settle([member]);
  const [cause] = await causes(change('one', { size: '3Gi', storageClassName: 'stiff' }));
  expect(cause).toMatch(
    /^spec\.roles\[0\]\.storage\.size: Forbidden: can't grow: the StorageClass "stiff" does not allow/,
  );
});
