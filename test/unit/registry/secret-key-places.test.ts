/** An encrypted value is good only where it was made, whatever way it is brought. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encryptSecretKey, openStoredSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster, SecretKey } from '../../../src/apis/kubedirector/types.ts';
import { restoringLabel } from '../../../src/apis/kubedirector/well-known.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { causes, context, Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const masterEncryptionKey = '00112233445566778899aabbccddeeff';
const place = { namespace, cluster: 'one', role: 'only', key: 'password' };
const fromBackup = { labels: { [restoringLabel]: '' } };
const refused = (what = 'was not made with the present masterEncryptionKey') =>
  expect.stringMatching(`^spec\\.roles\\[0]\\.secretKeys\\[0]\\.encryptedValue: Forbidden: ${what}`) as string;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  await fixture.app(minimalApp, 'kubedirector');
});
afterEach(() => fixture.stop());

function withKeys(secretKeys: readonly SecretKey[], metadata: object = {}): KubeDirectorCluster {
  const [role] = minimalCluster.spec.roles;
  const spec = { ...minimalCluster.spec, roles: [{ ...role, secretKeys }] };
  return { ...minimalCluster, metadata: { name: 'one', ...metadata }, spec } as unknown as KubeDirectorCluster;
}
const textOf = ({ spec }: KubeDirectorCluster): string => spec.roles[0]?.secretKeys?.[0]?.encryptedValue ?? '';
const release = (name = 'one') =>
  fixture.changeCluster(name, ({ metadata }) => delete metadata.labels?.[restoringLabel]);
const made = (where: Partial<typeof place> = {}): string =>
  encryptSecretKey('hunter2', masterEncryptionKey, randomBytes, { ...place, ...where });

describe('a cluster from a backup', () => {
  it('keeps an encrypted value that was made for its place', async () => {
    await fixture.config({ masterEncryptionKey });
    const original = await fixture.cluster(withKeys([{ name: 'password', value: 'hunter2' }]));
    const encryptedValue = textOf(original);
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    const back = await fixture.cluster(withKeys([{ name: 'password', encryptedValue }], fromBackup));
    expect(back.metadata.labels).toEqual({ [restoringLabel]: '' });
    expect(textOf(await release())).toBe(encryptedValue);
  });

  const stolen: [string, object, string][] = [
    ['namespace', fromBackup, made({ namespace: 'victim' })],
    ['cluster', fromBackup, made({ cluster: 'victim' })],
    ['role', fromBackup, made({ role: 'victim' })],
    ['key', fromBackup, made({ key: 'victim' })],
    ['master key', fromBackup, encryptSecretKey('hunter2', 'ff'.repeat(32), randomBytes, place)],
    ['version, bound to no place', fromBackup, encryptSecretKey('hunter2', masterEncryptionKey, randomBytes)],
    ['hand', fromBackup, 'abcdef'],
  ];
  it.each(stolen)('does not take one of another %s', async (_what, metadata, encryptedValue) => {
    await fixture.config({ masterEncryptionKey });
    const input = withKeys([{ name: 'password', encryptedValue }], metadata);
    expect(await causes(fixture.cluster(input))).toEqual([refused()]);
  });

  it.each(stolen)(
    'that came before the configuration is not let go with one of another %s',
    async (_what, metadata, encryptedValue) => {
      await fixture.cluster(withKeys([{ name: 'password', encryptedValue }], metadata));
      expect(await causes(release())).toEqual([refused("can't be checked: there is no KubeDirectorConfig")]);
      await fixture.config({ masterEncryptionKey });
      expect(await causes(release())).toEqual([refused()]);
    },
  );

  it('has the values that it is sent with encrypted at once', async () => {
    const input = withKeys([{ name: 'password', value: 'hunter2' }], fromBackup);
    expect(await causes(fixture.cluster(input))).toEqual([
      "spec.roles[0].secretKeys[0].value: Forbidden: can't be encrypted: there is no KubeDirectorConfig",
    ]);
    await fixture.config({ masterEncryptionKey });
    const stored = await fixture.cluster(input);
    expect(stored.spec.roles[0]?.secretKeys).toEqual([{ name: 'password', encryptedValue: textOf(stored) }]);
    expect(openStoredSecretKey(textOf(stored), { key: masterEncryptionKey, former: [] }, place)).toEqual({
      value: 'hunter2',
      bound: true,
    });
    expect(textOf(await release())).toBe(textOf(stored));
  });
});

describe('a new cluster', () => {
  it('does not take an encrypted value, not even one made for its place', async () => {
    await fixture.config({ masterEncryptionKey });
    const input = withKeys([{ name: 'password', encryptedValue: made() }]);
    expect(await causes(fixture.cluster(input))).toEqual([refused('can only be sent back unchanged')]);
  });
});

describe('an encrypted value of an earlier version, bound to no place', () => {
  const unbound = encryptSecretKey('hunter2', masterEncryptionKey, randomBytes);

  /** As an earlier version stored it. */
  async function stored(): Promise<Stored<KubeDirectorCluster>> {
    await fixture.config({ masterEncryptionKey });
    const { metadata, spec } = await fixture.cluster(withKeys([{ name: 'password', value: 'hunter2' }]));
    const object = structuredClone({ ...minimalCluster, metadata, spec });
    Object.assign(object.spec.roles[0]?.secretKeys?.[0] ?? {}, { encryptedValue: unbound });
    fixture.store.put('/kubedirector.hpe.com/kubedirectorclusters/default/one', object);
    await fixture.setStatus('one', { state: 'configured', observedGeneration: 1, roles: [] });
    return (await fixture.clusters.get({ namespace, name: 'one' })).object;
  }

  it('stays as it is while the spec does', async () => {
    expect(textOf(await stored())).toBe(unbound);
    const labelled = await fixture.changeCluster('one', ({ metadata }) => (metadata.labels = { a: 'b' }));
    expect(textOf(labelled)).toBe(unbound);
  });

  it('is bound by the next change of the spec, which is not a change of the role', async () => {
    await stored();
    const member = {
      ...{ pod: 'p-0', service: 's', nodeID: 1, state: 'configured' as const },
      stateDetail: { lastKnownContainerState: 'running' as const },
    };
    const role = { id: 'only', statefulSet: 'p', members: [member] };
    await fixture.setStatus('one', { state: 'configured', observedGeneration: 1, roles: [role] });
    const scaled = await fixture.changeCluster('one', ({ spec }) => Object.assign(spec.roles[0] ?? {}, { members: 2 }));
    expect(openStoredSecretKey(textOf(scaled), { key: masterEncryptionKey, former: [] }, place)).toEqual({
      value: 'hunter2',
      bound: true,
    });
  });

  it('may not be sent to another key or role', async () => {
    await stored();
    const moved = fixture.changeCluster('one', ({ spec }) =>
      Object.assign(spec.roles[0] ?? {}, { secretKeys: [{ name: 'copy', encryptedValue: unbound }] }),
    );
    expect(await causes(moved)).toEqual([refused('can only be sent back unchanged')]);
  });
});
