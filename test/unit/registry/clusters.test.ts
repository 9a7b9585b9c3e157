import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { decryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { PersistentVolumeClaim, Secret } from '../../../src/apis/kubernetes/types.ts';
import { context, documents, Fixture, namespace, storageClass, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

const secret = (name: string): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });

function withRole(role: Partial<ClusterRole>, spec: Partial<ClusterSpec> = {}): object {
  const [first] = minimalCluster.spec.roles;
  return { ...minimalCluster, spec: { ...minimalCluster.spec, ...spec, roles: [{ ...first, ...role }] } };
}

describe('a cluster as it is stored', () => {
  it('is what the existing operator made of it', async () => {
    const [app, , , cluster] = documents('golden/input.yaml');
    const [golden] = documents('golden/cluster.json') as KubeDirectorCluster[];
    fixture.native.secrets.put(secret('creds'));
    await fixture.app(app ?? {});
    const stored = await fixture.cluster(cluster ?? {});
    expect(stored.spec).toEqual(golden?.spec);
  });

  it('has what the controller would add first, where there is one', async () => {
    const controlled = new Fixture(undefined, undefined, undefined, undefined, true);
    await controlled.start();
    onTestFinished(() => controlled.stop());
    await controlled.app(minimalApp);
    const finalizers = ['example.com/own'];
    const annotations = { note: 'mine' };
    const { metadata } = await controlled.cluster({
      ...minimalCluster,
      metadata: { name: 'one', finalizers, annotations },
    });
    expect(metadata.finalizers).toEqual(['example.com/own', 'kubedirector.hpe.com/cleanup']);
    expect(metadata.annotations).toEqual({ note: 'mine', 'kubedirector.hpe.com/status-backup-exists': 'false' });
  });

  it('has the catalog, scheme, type, members and classes chosen for it', async () => {
    await fixture.app(minimalApp);
    const { spec } = await fixture.cluster(withRole({ storage: { size: 5 } }));
    expect(spec).toMatchObject({ appCatalog: 'local', namingScheme: 'UID', serviceType: 'LoadBalancer' });
    expect(spec.roles[0]).toMatchObject({
      members: 1,
      storage: { size: 5, storageClassName: 'standard' },
      resources: { limits: { cpu: 1 }, requests: { cpu: 1 } },
    });
  });

  it('takes what the global configuration prefers', async () => {
    await fixture.app(minimalApp);
    await fixture.config({
      defaultServiceType: 'ClusterIP',
      defaultNamingScheme: 'CrNameRole',
      defaultStorageClassName: 'fast',
    });
    const { spec } = await fixture.cluster(withRole({ storage: { size: '1Gi' } }));
    expect(spec).toMatchObject({ serviceType: 'ClusterIP', namingScheme: 'CrNameRole' });
    expect(spec.roles[0]?.storage?.storageClassName).toBe('fast');
  });

  it('takes the newest of several default storage classes', async () => {
    await fixture.app(minimalApp);
    const newer = storageClass('newer', true);
    newer.metadata.creationTimestamp = '2026-02-01T00:00:00Z';
    fixture.native.storageClasses.put(newer);
    const { spec } = await fixture.cluster(withRole({ storage: { size: '1Gi' } }));
    expect(spec.roles[0]?.storage?.storageClassName).toBe('newer');
  });

  it('finds its app in its own namespace first, then in the system namespace, and only where it asks for it', async () => {
    await fixture.app(minimalApp, systemNamespace);
    expect((await fixture.cluster(minimalCluster)).spec.appCatalog).toBe('system');
    await fixture.app(minimalApp);
    expect((await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } })).spec.appCatalog).toBe('local');
    const asked = withRole({}, { appCatalog: 'system' });
    expect((await fixture.cluster({ ...asked, metadata: { name: 'three' } })).spec.appCatalog).toBe('system');
  });

  it('mounts defaultSecret in roles that name none', async () => {
    await fixture.app(minimalApp);
    fixture.native.secrets.put(secret('a'), secret('b'));
    const defaultSecret = { name: 'a', mountPath: '/a' };
    const one = await fixture.cluster(withRole({}, { defaultSecret }));
    expect(one.spec.roles[0]?.secret).toEqual(defaultSecret);
    const own = {
      ...withRole({ secret: { name: 'b', mountPath: '/b' } }, { defaultSecret }),
      metadata: { name: 'two' },
    };
    expect((await fixture.cluster(own)).spec.roles[0]?.secret?.name).toBe('b');
  });

  it('gives block devices a size', async () => {
    await fixture.app(minimalApp);
    const blockStorage = { storageClassName: 'fast', pathPrefix: '/dev/disk', numDevices: 2 };
    expect((await fixture.cluster(withRole({ blockStorage }))).spec.roles[0]?.blockStorage?.size).toBe('1Gi');
  });

  it('never shows the value of a secret key, and keeps the same text when the same file is applied again', async () => {
    await fixture.app(minimalApp);
    const { spec } = await fixture.config({});
    const input = withRole({ secretKeys: [{ name: 'password', value: 'hunter2' }, { name: 'empty' }] });
    const stored = await fixture.cluster(input);
    const keys = stored.spec.roles[0]?.secretKeys ?? [];
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([
      ['encryptedValue', 'name'],
      ['encryptedValue', 'name'],
    ]);
    const decrypted = keys.map(({ name, encryptedValue = '' }) =>
      decryptSecretKey(encryptedValue, spec?.masterEncryptionKey ?? '', {
        ...{ namespace, cluster: 'one', role: 'only', key: name },
      }),
    );
    expect(decrypted).toEqual(['hunter2', '']);
    const again = await fixture.clusters.update(
      context,
      { namespace, name: 'one' },
      () => input as KubeDirectorCluster,
    );
    expect(again.object.metadata.resourceVersion).toBe(stored.metadata.resourceVersion);
    const bytes = JSON.stringify(
      (await fixture.store.list('/', {})).entries.map(({ value }) => Buffer.from(value).toString()),
    );
    expect(bytes).not.toContain('hunter2');
  });
});

describe('what kubectl apply leaves of a cluster with secret keys', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const target = { namespace, name: 'one' };
  const file = withRole({ secretKeys: [{ name: 'password', value: 'hunter2' }] }) as KubeDirectorCluster;
  /** As kubectl sends it. */
  const applied = (annotations: Record<string, string> = {}): KubeDirectorCluster => ({
    ...file,
    metadata: { ...file.metadata, annotations: { ...annotations, [annotation]: `${JSON.stringify(file)}\n` } },
  });
  const stored = async (): Promise<string> =>
    (await fixture.store.list('/kubedirector.hpe.com/kubedirectorclusters/', {})).entries
      .map(({ value }) => Buffer.from(value).toString())
      .join();

  beforeEach(async () => {
    await fixture.app(minimalApp);
    await fixture.config({});
  });

  it('has none of their values, and all the rest', async () => {
    const { metadata } = await fixture.cluster(applied());
    expect(metadata.annotations?.[annotation]).toBe(
      `${JSON.stringify(withRole({ secretKeys: [{ name: 'password' }] }))}\n`,
    );
    expect(await stored()).not.toContain('hunter2');
  });

  it('is the same when the file is applied again, and nothing is written', async () => {
    const first = await fixture.cluster(applied());
    const again = await fixture.clusters.update(context, target, () => applied());
    expect(again.object).toEqual(first);
  });

  it('has none of them whatever is written to it: labels only, or while it is restored', async () => {
    await fixture.cluster(minimalCluster);
    await fixture.changeCluster('one', ({ metadata }) => {
      metadata.annotations = applied().metadata.annotations ?? {};
    });
    expect(await stored()).not.toContain('hunter2');
    const restored = applied();
    const labels = { 'kubedirector.hpe.com/restoring': '' };
    const { metadata } = await fixture.cluster({
      ...restored,
      metadata: { ...restored.metadata, labels, name: 'back' },
    });
    expect(metadata.labels).toHaveProperty(['kubedirector.hpe.com/restoring']);
    expect(metadata.annotations?.[annotation]).not.toContain('hunter2');
  });

  it.each(['{', 'null', '[]', '{"spec":{"roles":[null,{"secretKeys":7}]}}', '{"spec": 1}'])(
    'stays as it is where it says %s',
    async (text) => {
      const metadata = { name: 'one', annotations: { [annotation]: text } };
      expect((await fixture.cluster({ ...minimalCluster, metadata })).metadata.annotations?.[annotation]).toBe(text);
    },
  );
});

const catalog = '../shared/catalog';
describe.skipIf(!existsSync(catalog))('the catalog (beside this project, where there is one)', () => {
  const read = (folder: string, file: string): KubeDirectorCluster[] =>
    parseAllDocuments(readFileSync(`${catalog}/${folder}/${file}`, 'utf8')).map(
      (one) => one.toJS() as KubeDirectorCluster,
    );

  it.each(existsSync(catalog) ? readdirSync(`${catalog}/clusters`) : [])('%s is accepted as it is', async (file) => {
    for (const app of readdirSync(`${catalog}/apps`)) await fixture.app(read('apps', app)[0] ?? {});
    for (const input of read('clusters', file)) {
      expect(fixture.clusters.definition.schema.unknownFields(input)).toEqual([]);
      const { spec } = await fixture.cluster(input);
      expect(spec.connections ?? {}).toEqual(input.spec.connections ?? {});
      expect(spec).toMatchObject({ ...input.spec, appCatalog: 'local' });
    }
  });
});

describe('a cluster that connects to objects', () => {
  it('is accepted before they exist', async () => {
    await fixture.app(minimalApp);
    const connections = { clusters: ['later'], configmaps: ['later'], secrets: ['later'] };
    expect((await fixture.cluster(withRole({}, { connections }))).spec.connections).toEqual(connections);
  });
});

describe('a claim that members mount', () => {
  const claim = (name: string, spec: PersistentVolumeClaim['spec']): PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    ...(spec === undefined ? {} : { spec }),
  });
  const volumeProjections = [{ pvcName: 'shared', mountPath: '/shared' }];

  it('may be one for a single member', async () => {
    await fixture.app(minimalApp);
    fixture.native.claims.put(claim('shared', { accessModes: ['ReadWriteOnce'] }));
    expect((await fixture.cluster(withRole({ volumeProjections }))).spec.roles[0]?.volumeProjections).toHaveLength(1);
  });

  it('may have several members where it allows them', async () => {
    await fixture.app(minimalApp);
    fixture.native.claims.put(claim('shared', { accessModes: ['ReadOnlyMany'], volumeMode: 'Filesystem' }));
    expect((await fixture.cluster(withRole({ volumeProjections, members: 3 }))).spec.roles[0]?.members).toBe(3);
  });
});
