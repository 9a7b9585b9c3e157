import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorConfig } from '../../../src/apis/kubedirector/types.ts';
import { causes, context, Fixture, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

const target = { namespace: systemNamespace, name: 'kd-global-config' };
const setSpec = (spec: object | undefined) =>
  fixture.configs.update(context, target, (current) => ({ ...current, spec }) as KubeDirectorConfig);

describe('the global configuration', () => {
  it('is stored with every default spelled out, a random key included', async () => {
    const { spec } = await fixture.config({});
    expect(spec).toEqual({
      defaultServiceType: 'LoadBalancer',
      nativeSystemdSupport: false,
      clusterSvcDomainBase: '.svc.cluster.local',
      defaultNamingScheme: 'UID',
      masterEncryptionKey: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      backupClusterStatus: false,
      allowRestoreWithoutConnections: false,
    });
  });

  it('needs no spec at all', async () => {
    const config = {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorConfig',
      metadata: { name: 'kd-global-config' },
    };
    const made = await fixture.configs.create(context, systemNamespace, config as KubeDirectorConfig);
    expect(made.object.spec?.defaultNamingScheme).toBe('UID');
  });

  it('keeps its key when it is written without one', async () => {
    const { spec } = await fixture.config({});
    const written = await setSpec({ nativeSystemdSupport: true });
    expect(written.object.spec).toEqual({ ...spec, nativeSystemdSupport: true });
  });

  it('has one name and one namespace', async () => {
    const config = {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorConfig',
      metadata: { name: 'other' },
    };
    expect(await causes(fixture.configs.create(context, 'default', config as KubeDirectorConfig))).toEqual([
      'metadata.name: Invalid value: "other": must be "kd-global-config"',
      'metadata.namespace: Invalid value: "default": must be the namespace that KubeDirector runs in, "kubedirector"',
    ]);
  });

  it.each([
    [
      'a key of the wrong length',
      { masterEncryptionKey: 'abcd' },
      'spec.masterEncryptionKey: Invalid value: "(hidden)": must be 16, 24 or 32 bytes as hexadecimal digits',
    ],
    [
      'a key that is not hexadecimal',
      { masterEncryptionKey: 'z'.repeat(32) },
      'spec.masterEncryptionKey: Invalid value: "(hidden)"',
    ],
    [
      'a storage class that is not there',
      { defaultStorageClassName: 'slow' },
      'spec.defaultStorageClassName: Not found: "slow": must be an existing StorageClass',
    ],
    [
      'a naming scheme that is none',
      { defaultNamingScheme: 'Pretty' },
      'spec.defaultNamingScheme: Unsupported value: "Pretty"',
    ],
    [
      'a label by which Services find pods',
      { podLabels: { 'statefulset.kubernetes.io/pod-name': 'x' } },
      'spec.podLabels[statefulset.kubernetes.io/pod-name]: Forbidden: KubeDirector finds its pods by this label',
    ],
    [
      'a domain without a dot before it',
      { clusterSvcDomainBase: 'svc.cluster.local' },
      'spec.clusterSvcDomainBase: Invalid value: "svc.cluster.local": must be a dot and a DNS domain',
    ],
    [
      'a domain that is none',
      { clusterSvcDomainBase: '.svc/cluster' },
      'spec.clusterSvcDomainBase: Invalid value: ".svc/cluster": must be a dot and a DNS domain',
    ],
    ['a label that is none', { podLabels: { a: 'b c' } }, 'spec.podLabels: Invalid value: "b c"'],
    ['a label key that is none', { serviceLabels: { 'a b': 'c' } }, 'spec.serviceLabels: Invalid value: "a b"'],
    ['an annotation key that is none', { podAnnotations: { 'a b': 'c' } }, 'spec.podAnnotations: Invalid value: "a b"'],
    [
      'another annotation key that is none',
      { serviceAnnotations: { '': 'c' } },
      'spec.serviceAnnotations: Invalid value: ""',
    ],
  ])('is refused with %s', async (_title, spec, expected) => {
    const found = await causes(fixture.config(spec));
    expect(found[0]?.startsWith(expected), found[0]).toBe(true);
  });

  it.each(['', '.svc.cluster.local.', '.example'])('takes %j behind namespaces', async (clusterSvcDomainBase) => {
    expect((await fixture.config({ clusterSvcDomainBase })).spec?.clusterSvcDomainBase).toBe(clusterSvcDomainBase);
  });

  it.each([16, 24, 32])('takes a key of %i bytes', async (bytes) => {
    const masterEncryptionKey = 'Ab'.repeat(bytes);
    expect((await fixture.config({ masterEncryptionKey })).spec?.masterEncryptionKey).toBe(masterEncryptionKey);
  });

  it('outlives its default storage class, which still may not become another that is not there', async () => {
    await fixture.config({ defaultStorageClassName: 'fast' });
    const outlived = fixture.native.storageClasses.get('', 'fast');
    if (outlived === undefined) throw new Error('no storage class');
    fixture.native.storageClasses.drop(outlived);
    const labels = { a: 'b' };
    const labelled = await fixture.configs.update(context, target, (current) => ({
      ...(current as KubeDirectorConfig),
      metadata: { ...current?.metadata, labels },
    }));
    expect(labelled.object.metadata.labels).toEqual(labels);
    const spec = { ...labelled.object.spec, nativeSystemdSupport: true };
    expect((await setSpec(spec)).object.spec?.nativeSystemdSupport).toBe(true);
    expect(await causes(setSpec({ ...spec, defaultStorageClassName: 'slow', podLabels: { a: 'b c' } }))).toEqual([
      'spec.defaultStorageClassName: Not found: "slow": must be an existing StorageClass',
      expect.stringContaining('spec.podLabels: Invalid value: "b c"'),
    ]);
  });

  it('stays while there is any cluster anywhere', async () => {
    await fixture.config({});
    await setSpec({ masterEncryptionKey: '00'.repeat(16) });
    await fixture.app(minimalApp);
    await fixture.cluster(minimalCluster);
    const warnings: string[] = [];
    const warned = { ...context, warn: (text: string) => void warnings.push(text) };
    const { object, gone } = await fixture.configs.delete(warned, target);
    expect(gone).toBe(false);
    expect(object.object.metadata).toMatchObject({
      deletionTimestamp: expect.any(String) as string,
      finalizers: ['kubedirector.hpe.com/in-use'],
    });
    expect(warnings).toEqual([
      'KubeDirectorClusters exist, in this or other namespaces; the configuration goes when they are gone, ' +
        'and no new cluster can be created until then',
    ]);
    await fixture.clusters.delete(context, { namespace: 'default', name: 'one' });
    await expect.poll(() => fixture.configs.cache.get(systemNamespace, 'kd-global-config')).toBeUndefined();
  });

  describe('that is being deleted', () => {
    const labels = { 'kubedirector.hpe.com/restoring': '' };
    beforeEach(async () => {
      await fixture.config({});
      await fixture.app(minimalApp);
      await fixture.cluster(minimalCluster);
      await fixture.cluster({ ...minimalCluster, metadata: { name: 'back', labels } });
      await fixture.configs.delete(context, target);
    });

    it('lets no new cluster be created in any namespace', async () => {
      const refused =
        'spec: Forbidden: no cluster can be created while the global configuration "kd-global-config" in namespace ' +
        '"kubedirector" is being deleted; wait until it is gone, which it is when all existing clusters are gone';
      await fixture.app(minimalApp, systemNamespace);
      for (const where of ['default', 'elsewhere']) {
        const late = { ...minimalCluster, metadata: { name: 'late' } };
        expect(await causes(fixture.cluster(late, where))).toEqual([refused]);
      }
    });

    it('serves the clusters that it has, and those that are being restored', async () => {
      const grown = await fixture.changeCluster('one', ({ spec }) => {
        for (const role of spec.roles) role.members = 3;
      });
      expect(grown.spec.roles[0]?.members).toBe(3);
      const restored = await fixture.changeCluster('back', ({ metadata }) => delete metadata.labels);
      expect(restored.spec.appCatalog).toBe('local');
    });

    it('says in an event which clusters keep it', async () => {
      await expect
        .poll(() => fixture.events)
        .toEqual([
          'KubeDirectorConfig kd-global-config Normal InUse being deleted; ' +
            'it stays until these clusters are gone: default/back, default/one',
        ]);
    });
  });
});
