/** Updates of a cluster that comes from a backup, and of its secret keys. */
import { describe, expect, it } from 'vitest';
import type { KubeDirectorStatusBackup } from '../../../src/apis/kubedirector/types.ts';
import { causes, context, namespace, refusal } from './fixture.ts';
import { minimalCluster } from './objects.ts';
import { eachWithCluster, fixture, settle } from './cluster-updates-fixture.ts';

eachWithCluster();

describe('secret keys', () => {
  const sealed = async (): Promise<string> => {
    await fixture.config({});
    await settle([]);
    const { spec } = await fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[0] ?? {}, { secretKeys: [{ name: 'k', value: 'one' }] });
    });
    await settle([]);
    return spec.roles[0]?.secretKeys?.[0]?.encryptedValue ?? '';
  };
  const setKeys = (secretKeys: object[]) =>
    fixture.changeCluster('one', ({ spec }) => Object.assign(spec.roles[0] ?? {}, { secretKeys, members: 2 }));

  it('may be sent back as they were read', async () => {
    const encryptedValue = await sealed();
    const { spec } = await setKeys([{ name: 'k', encryptedValue }]);
    expect(spec.roles[0]?.secretKeys).toEqual([{ name: 'k', encryptedValue }]);
  });

  it('get a new text for a new value', async () => {
    const encryptedValue = await sealed();
    const { spec } = await setKeys([{ name: 'k', value: 'two', encryptedValue }]);
    expect(spec.roles[0]?.secretKeys?.[0]?.encryptedValue).not.toBe(encryptedValue);
  });

  it('may not take over the text of another key', async () => {
    const encryptedValue = await sealed();
    expect(
      await causes(
        setKeys([
          { name: 'k', encryptedValue },
          { name: 'copy', encryptedValue },
        ]),
      ),
    ).toEqual([
      'spec.roles[0].secretKeys[1].encryptedValue: Forbidden: can only be sent back unchanged; send value instead',
    ]);
  });
});

describe('a cluster that comes from a backup', () => {
  const labels = { 'kubedirector.hpe.com/restoring': '' };
  const restored = { ...minimalCluster, metadata: { name: 'back', labels } };
  const target = { namespace, name: 'back' };
  const release = (change: (spec: { serviceType?: unknown; app: string }) => void = () => undefined) =>
    fixture.changeCluster('back', (cluster) => {
      delete cluster.metadata.labels;
      change(cluster.spec);
    });

  const annotated = (value: string, metadata: object = {}) => ({
    ...minimalCluster,
    metadata: { name: 'back', annotations: { 'kubedirector.hpe.com/status-backup-exists': value }, ...metadata },
  });
  const backup = (ownerReferences: object[]) =>
    fixture.statusBackups.create(context, namespace, {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorStatusBackup',
      metadata: { name: 'back', ownerReferences },
      spec: { statusBackup: {} },
    } as KubeDirectorStatusBackup);
  const owner = { apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorCluster', name: 'back', uid: 'old' };

  it.each(['true', 'false'])(
    'is a new one where all that says so is the annotation "%s" of an export',
    async (value) => {
      const { metadata, spec } = await fixture.cluster(annotated(value));
      expect(metadata.labels).toBeUndefined();
      expect(spec.appCatalog).toBe('local');
      expect((await fixture.clusters.delete(context, target)).gone).toBe(true);
      await backup([owner]);
      expect((await fixture.cluster(annotated(value))).metadata.labels).toBeUndefined();
    },
  );

  it('waits where its status backup is there and owned by nobody', async () => {
    await backup([]);
    expect((await fixture.cluster(annotated('true'))).metadata.labels).toEqual(labels);
  });

  it('waits where Velero brings it before its backup', async () => {
    const velero = { 'velero.io/restore-name': 'monday' };
    const { metadata } = await fixture.cluster(annotated('true', { labels: velero }));
    expect(metadata.labels).toEqual({ ...velero, ...labels });
  });

  it('does not keep its namespace from going', async () => {
    await fixture.cluster(restored);
    const ending = { name: namespace, deletionTimestamp: '2026-01-01T00:00:00Z' };
    fixture.native.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata: ending });
    expect((await fixture.clusters.delete(context, target)).gone).toBe(true);
  });

  it('waits, unchecked and as it is', async () => {
    const { metadata, spec } = await fixture.cluster({ ...restored, spec: { ...restored.spec, app: 'later' } });
    expect(metadata.labels).toEqual({ 'kubedirector.hpe.com/restoring': '' });
    expect(spec).toEqual({ ...restored.spec, app: 'later' });
  });

  it('can neither be changed nor deleted meanwhile, unless that is allowed', async () => {
    await fixture.cluster(restored);
    const change = fixture.changeCluster('back', ({ spec }) => (spec.serviceType = 'NodePort'));
    expect(await causes(change)).toEqual([
      "spec: Forbidden: can't change while the cluster has the label kubedirector.hpe.com/restoring",
    ]);
    expect((await refusal(fixture.clusters.delete(context, target))).message).toContain('it is being restored');
    await fixture.changeCluster('back', ({ metadata }) => {
      metadata.labels = { ...metadata.labels, 'kubedirector.hpe.com/allow-delete-while-restoring': '' };
    });
    expect((await fixture.clusters.delete(context, target)).gone).toBe(true);
  });

  it('is defaulted and checked in full when the label goes', async () => {
    await fixture.cluster(restored);
    expect((await release()).spec.appCatalog).toBe('local');
  });

  it('keeps the label while something is wrong with it', async () => {
    await fixture.cluster({ ...restored, spec: { ...restored.spec, app: 'later' } });
    expect(await causes(release())).toEqual([expect.stringMatching(/^spec\.app: Not found: "later"/)]);
  });

  it('can not be changed in the very write that ends the restoration', async () => {
    await fixture.cluster(restored);
    expect(await causes(release((spec) => (spec.serviceType = 'NodePort')))).toHaveLength(1);
  });

  it('does not begin if a running cluster gets the label', async () => {
    const label = fixture.changeCluster('one', ({ metadata }) => {
      metadata.labels = { 'kubedirector.hpe.com/restoring': '' };
    });
    expect(await causes(label)).toEqual([
      expect.stringMatching(/^metadata\.labels\[kubedirector\.hpe\.com\/restoring]: Forbidden/),
    ]);
  });
});
