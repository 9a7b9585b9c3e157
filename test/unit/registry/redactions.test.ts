/** Who sees the master key and the auth tokens, and what happens to them in writes of others. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { Redaction } from '../../../src/apiserver/resource.ts';
import type {
  ClusterStatus,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../../../src/apis/kubedirector/types.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { causes, context, Fixture, namespace, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const key = 'ab'.repeat(16);
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const target = { namespace: systemNamespace, name: 'kd-global-config' };
const jane = { ...context, user: { name: 'jane', groups: [] } };

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

function hidingOf<T extends KubeObject>(
  registry: ResourceRegistry<T>,
): [Redaction<T>['mayReveal'], ResourceRegistry<T>] {
  const { redacted, definition } = registry;
  if (redacted === undefined || definition.redaction === undefined) throw new Error('it hides nothing');
  const { redaction } = definition;
  return [(...asked) => redaction.mayReveal(...asked), redacted];
}
const stored = () => fixture.configs.cache.get(systemNamespace, target.name)?.object;

describe('the master key', () => {
  const write = (change: (config: KubeDirectorConfig) => void) =>
    hidingOf(fixture.configs)[1].update(jane, target, (current) => {
      const next = structuredClone(current) as KubeDirectorConfig;
      change(next);
      return next;
    });

  it('is shown to users who may get kubedirectorconfigs/masterkey', async () => {
    const [mayReveal, redacted] = hidingOf(fixture.configs);
    expect(await mayReveal(jane, target)).toBe(false);
    expect(await mayReveal(context, target)).toBe(true);
    fixture.rights.grant('jane', 'get kubedirectorconfigs/masterkey kubedirector/kd-global-config');
    expect(await mayReveal(jane, target)).toBe(true);
    expect(await mayReveal(jane, { ...target, name: '' })).toBe(false);
    await fixture.config({ masterEncryptionKey: key });
    const { object, json } = await redacted.get(target);
    expect(json.toString()).not.toContain('masterEncryptionKey');
    expect(object.spec).toMatchObject({ defaultNamingScheme: 'UID' });
    expect((await fixture.configs.get(target)).object.spec?.masterEncryptionKey).toBe(key);
  });

  it('is not in what kubectl keeps of the file that was applied, nor lost from there by what others write', async () => {
    await fixture.config({ masterEncryptionKey: key });
    const applied = (rest: object): string =>
      `${JSON.stringify({ kind: 'KubeDirectorConfig', spec: { ...rest, nativeSystemdSupport: true } })}\n`;
    await fixture.configs.update(context, target, (current) => ({
      ...(current as KubeDirectorConfig),
      metadata: { ...current?.metadata, annotations: { [lastApplied]: applied({ masterEncryptionKey: key }), a: 'b' } },
    }));
    const before = stored();
    const [, redacted] = hidingOf(fixture.configs);
    const { object, json } = await redacted.get(target);
    expect(json.toString()).not.toContain(key);
    expect(object.metadata.annotations).toEqual({ [lastApplied]: applied({}), a: 'b' });
    await write(() => undefined);
    expect(stored()).toEqual(before);
    const written = await write((config) => (config.metadata.annotations = { ...config.metadata.annotations, a: 'c' }));
    expect(written.json.toString()).not.toContain(key);
    expect(stored()?.metadata.annotations).toEqual({ ...before?.metadata.annotations, a: 'c' });
    await write((config) => (config.metadata.annotations = { [lastApplied]: '{}' }));
    expect(stored()?.metadata.annotations).toEqual({ [lastApplied]: '{}' });
  });

  it.each([
    `masterEncryptionKey: ${key}`,
    `{"spec":{"masterEncryptionKey":"${key}"},"spec":{}}`,
    `{"spec":{"masterEncryptionKey":"${key}"}`,
  ])('is not in an annotation that kubectl would not have written: %s', async (text) => {
    await fixture.config({ masterEncryptionKey: key });
    await fixture.configs.update(context, target, (current) => ({
      ...(current as KubeDirectorConfig),
      metadata: { ...current?.metadata, annotations: { [lastApplied]: text } },
    }));
    expect((await hidingOf(fixture.configs)[1].get(target)).json.toString()).not.toContain(key);
    await write((config) => (config.metadata.labels = { a: 'b' }));
    expect(stored()?.metadata).toMatchObject({ labels: { a: 'b' }, annotations: { [lastApplied]: text } });
  });

  it('can be set by someone who does not see it, as far as it can be set at all', async () => {
    await fixture.config({ masterEncryptionKey: key });
    await write((config) => (config.spec = { ...config.spec, backupClusterStatus: true }));
    expect(stored()?.spec).toMatchObject({ masterEncryptionKey: key, backupClusterStatus: true });
    const other = 'cd'.repeat(16);
    const written = await write((config) => (config.spec = { ...config.spec, masterEncryptionKey: other }));
    expect(written.object.spec).not.toHaveProperty('masterEncryptionKey');
    expect(stored()?.spec?.masterEncryptionKey).toBe(other);
    await fixture.app(minimalApp);
    await fixture.cluster(minimalCluster);
    const refused = write((config) => (config.spec = { ...config.spec, masterEncryptionKey: key }));
    expect(await causes(refused)).toEqual([expect.stringContaining('spec.masterEncryptionKey: Forbidden')]);
  });
});

describe('auth tokens', () => {
  const member = (nodeID: number, authToken?: string) => ({
    ...{ pod: `pod-${nodeID}`, service: `s-${nodeID}`, nodeID, state: 'configured' as const, stateDetail: {} },
    ...(authToken === undefined ? {} : { authToken }),
  });
  const status = (...members: ReturnType<typeof member>[]): ClusterStatus => ({
    state: 'configured',
    roles: [{ id: 'only', statefulSet: 'kdss-x', members }],
  });
  const one = { namespace, name: 'one' };

  beforeEach(async () => {
    await fixture.app(minimalApp);
    await fixture.cluster(minimalCluster);
    await fixture.setStatus('one', status(member(1, 'token-1'), member(2, 'token-2')));
  });

  it('of members are shown to users who may get kubedirectorclusters/authtoken', async () => {
    const [mayReveal, redacted] = hidingOf(fixture.clusters);
    expect(await mayReveal(jane, one)).toBe(false);
    fixture.rights.grant('jane', 'get kubedirectorclusters/authtoken default/one');
    expect(await mayReveal(jane, one)).toBe(true);
    const { object, json } = await redacted.get(one);
    expect(json.toString()).not.toContain('token-');
    expect(object.status).toEqual(status(member(1), member(2)));
  });

  it('stay those of the members that are left, in a status that someone else writes', async () => {
    const [, redacted] = hidingOf(fixture.clusters);
    const next = status(member(2), member(3), member(4, 'chosen'));
    const written = await redacted.update(jane, one, (current) => ({ ...minimalCluster, ...current, status: next }), {
      subresource: 'status',
    });
    expect(written.json.toString()).not.toContain('chosen');
    expect((await fixture.clusters.get(one)).object.status).toEqual(
      status(member(2, 'token-2'), member(3), member(4, 'chosen')),
    );
  });

  it('in backups of a status are hidden from the same users, and kept', async () => {
    const backup: KubeDirectorStatusBackup = {
      ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorStatusBackup' },
      metadata: { name: 'one' },
      spec: { statusBackup: status(member(1, 'token-1')) },
    };
    await fixture.statusBackups.create(context, namespace, backup);
    const [mayReveal, redacted] = hidingOf(fixture.statusBackups);
    fixture.rights.grant('jane', 'get kubedirectorclusters/authtoken default/one');
    expect(await mayReveal(jane, one)).toBe(true);
    const { object } = await redacted.get(one);
    expect(object.spec).toEqual({ statusBackup: status(member(1)) });
    await redacted.update(jane, one, (current) => ({
      ...backup,
      ...current,
      metadata: { ...current?.metadata, labels: { a: 'b' } },
    }));
    expect((await fixture.statusBackups.get(one)).object).toMatchObject({
      metadata: { labels: { a: 'b' } },
      spec: backup.spec,
    });
  });
});
