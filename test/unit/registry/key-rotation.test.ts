/** Another masterEncryptionKey: every value is encrypted anew, whatever happens on the way. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStoredSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster, KubeDirectorConfig, SecretKey } from '../../../src/apis/kubedirector/types.ts';
import { restoringLabel } from '../../../src/apis/kubedirector/well-known.ts';
import type { Stored } from '../../../src/meta/object.ts';
import type { CommitRequest } from '../../../src/storage/contract.ts';
import { causes, context, Fixture, namespace, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const first = '00'.repeat(32);
const second = '11'.repeat(32);
const third = '22'.repeat(16);
const name = 'kd-global-config';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  await fixture.app(minimalApp, systemNamespace);
  await fixture.config({ masterEncryptionKey: first });
});
afterEach(() => fixture.stop());

function clusterWith(secretKeys: readonly SecretKey[], metadata: object = { name: 'one' }): KubeDirectorCluster {
  const [role] = minimalCluster.spec.roles;
  const spec = { ...minimalCluster.spec, roles: [{ ...role, secretKeys }] };
  return { ...minimalCluster, metadata, spec } as unknown as KubeDirectorCluster;
}
const withValue = (value: string, cluster = 'one') => clusterWith([{ name: 'password', value }], { name: cluster });

const setKey = (masterEncryptionKey: string) =>
  fixture.configs.update(context, { namespace: systemNamespace, name }, (current) => {
    return { ...(current as KubeDirectorConfig), spec: { ...current?.spec, masterEncryptionKey } };
  });
const config = (): Stored<KubeDirectorConfig> | undefined => fixture.configs.cache.get(systemNamespace, name)?.object;
const cluster = (which = 'one') => fixture.clusters.cache.get(namespace, which)?.object;
const textOf = (which = 'one'): string => cluster(which)?.spec.roles[0]?.secretKeys?.[0]?.encryptedValue ?? '';
const opened = (key: string, which = 'one') =>
  openStoredSecretKey(textOf(which), { key, former: [] }, { namespace, cluster: which, role: 'only', key: 'password' });
const done = (): Promise<void> =>
  vi.waitFor(() => {
    fixture.clock.advance(5_000);
    expect(config()?.status?.formerEncryptionKeys).toBeUndefined();
  });

/** Commits that are let through before all others fail; `heal` lets all through. */
function failAfter(writes: number): { readonly heal: () => void } {
  const { store } = fixture;
  const commit = store.commit.bind(store);
  let left = writes;
  store.commit = (request: CommitRequest) => {
    if (left === 0) return Promise.reject(new Error('the disk is gone'));
    left -= 1;
    return commit(request);
  };
  return { heal: () => void (store.commit = commit) };
}

/** No cluster can be written. */
function holdClusters(): { readonly heal: () => void } {
  const { store } = fixture;
  const commit = store.commit.bind(store);
  store.commit = (request: CommitRequest) =>
    request.writes.some(({ key }) => key.includes('kubedirectorclusters'))
      ? Promise.reject(new Error('the disk is gone'))
      : commit(request);
  return { heal: () => void (store.commit = commit) };
}

describe('a changed masterEncryptionKey', () => {
  it('has the values of all clusters encrypted with it, and the former key is forgotten', async () => {
    for (const which of ['one', 'two', 'three']) await fixture.cluster(withValue(`of ${which}`, which));
    await setKey(second);
    await done();
    for (const which of ['one', 'two', 'three']) {
      expect(opened(second, which)).toEqual({ value: `of ${which}`, bound: true });
      expect(opened(first, which)).toBeUndefined();
    }
    expect(config()?.spec?.masterEncryptionKey).toBe(second);
    // Members are told apart by hashes with this key: see the test of revisions.
    expect(config()?.status?.revisionKey).toBe(first);
    expect(fixture.events).toContainEqual(
      expect.stringMatching(/^KubeDirectorConfig kd-global-config Normal KeyRotated /),
    );
  });

  it('is the whole change where there is no cluster', async () => {
    await setKey(second);
    expect(config()?.status).toBeUndefined();
  });

  it('may change again within a second', async () => {
    await fixture.cluster(withValue('hunter2'));
    await setKey(second);
    await setKey(third);
    await done();
    expect(opened(third)?.value).toBe('hunter2');
    expect(config()?.status?.revisionKey).toBe(first);
  });

  it('may change back', async () => {
    await fixture.cluster(withValue('hunter2'));
    await setKey(second);
    await setKey(first);
    await done();
    expect(opened(first)?.value).toBe('hunter2');
  });

  it.each([0, 1, 2, 3])('is taken in whole, also where it is interrupted after %i writes', async (writes) => {
    for (const which of ['one', 'two', 'three']) await fixture.cluster(withValue('hunter2', which));
    // The change of the key itself is one.
    const { heal } = failAfter(writes + 1);
    await setKey(second);
    await vi.waitFor(() =>
      expect(['one', 'two', 'three'].filter((which) => opened(second, which))).toHaveLength(writes),
    );
    expect(config()?.status?.formerEncryptionKeys).toEqual([first]);
    heal();
    // Another server takes over where this one was.
    const store = fixture.store;
    fixture.stop();
    fixture = await Fixture.started(undefined, undefined, store);
    await done();
    for (const which of ['one', 'two', 'three']) expect(opened(second, which)?.value).toBe('hunter2');
  });

  it('changes nothing that a user would have to say again: a file with the text of before is accepted until it is done', async () => {
    await fixture.cluster(withValue('hunter2'));
    const encryptedValue = textOf();
    const { heal } = failAfter(1);
    await setKey(second);
    heal();
    const apply = () =>
      fixture.changeCluster('one', ({ spec }) =>
        Object.assign(spec.roles[0] ?? {}, { secretKeys: [{ name: 'password', encryptedValue }] }),
      );
    await apply();
    expect(opened(second)?.value).toBe('hunter2');
    await done();
    expect(await causes(apply())).toHaveLength(1);
  });

  it('keeps the former key while a cluster waits for its backup', async () => {
    await fixture.cluster(withValue('hunter2'));
    const encryptedValue = textOf();
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await fixture.cluster(withValue('other', 'two'));
    const labels = { [restoringLabel]: '' };
    await fixture.cluster(clusterWith([{ name: 'password', encryptedValue }], { name: 'one', labels }));
    await setKey(second);
    await vi.waitFor(() => expect(opened(second, 'two')).toBeDefined());
    expect(config()?.status?.formerEncryptionKeys).toEqual([first]);
    await fixture.changeCluster('one', ({ metadata }) => delete metadata.labels?.[restoringLabel]);
    await done();
    expect(opened(second)?.value).toBe('hunter2');
  });

  it('is refused where too many of before are still in use', async () => {
    await fixture.cluster(withValue('hunter2'));
    const { heal } = holdClusters();
    for (let index = 1; index <= 8; index++) await setKey(`${index}f`.repeat(16));
    expect(await causes(setKey('aa'.repeat(16)))).toEqual([
      expect.stringContaining('spec.masterEncryptionKey: Forbidden: values of clusters are still encrypted'),
    ]);
    heal();
    await done();
    expect(opened('8f'.repeat(16))?.value).toBe('hunter2');
  });

  it('is for those only who may see it, while there are clusters', async () => {
    await fixture.cluster(withValue('hunter2'));
    const user = { name: 'jane', groups: [] };
    const change = () =>
      fixture.configs.update({ ...context, user }, { namespace: systemNamespace, name }, (current) => {
        return { ...(current as KubeDirectorConfig), spec: { ...current?.spec, masterEncryptionKey: second } };
      });
    expect(await causes(change())).toEqual([
      expect.stringContaining('users only who may get kubedirectorconfigs/masterkey'),
    ]);
    fixture.rights.grant('jane', 'get kubedirectorconfigs/masterkey kubedirector/kd-global-config');
    await change();
    await done();
    expect(opened(second)?.value).toBe('hunter2');
  });

  it('shows the former keys to nobody who may not see the key', async () => {
    await fixture.cluster(withValue('hunter2'));
    const { heal } = failAfter(1);
    await setKey(second);
    const { redaction } = fixture.configs.definition;
    const shown = JSON.stringify(redaction?.redact(config() as Stored<KubeDirectorConfig>));
    for (const key of [first, second]) expect(shown).not.toContain(key);
    heal();
    await done();
    expect(JSON.stringify(redaction?.redact(config() as Stored<KubeDirectorConfig>))).not.toContain(first);
  });
});
