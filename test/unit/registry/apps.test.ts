import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import { minimalApp, minimalCluster } from './objects.ts';
import { causes, context, documents, namespace, systemNamespace } from './fixture.ts';
import { changed, eachWithApps, fixture } from './apps-fixture.ts';

eachWithApps();

const catalog = '../shared/catalog/apps';

describe('an app as it is stored', () => {
  it('means what the existing operator made of it: the same roles, the defaults beside them, and null stays null', async () => {
    const [input] = documents('golden/input.yaml');
    const [golden] = documents('golden/app.json') as KubeDirectorApp[];
    const stored = await fixture.app(input ?? {});
    const roles = golden?.spec.roles.map((role) => (role.id === 'bare' ? { ...role, configPackage: null } : role));
    expect(stored.spec).toMatchObject({ ...golden?.spec, roles });
    const added = Object.keys(stored.spec).filter((key) => !Object.hasOwn(golden?.spec ?? {}, key));
    expect(added.sort()).toEqual(['defaultConfigPackage', 'defaultImageRepoTag', 'defaultPersistDirs']);
  });

  it('has every default in every role that lacks it, and where its user wrote it', async () => {
    const [input] = documents('apps/streams.yaml');
    const { spec } = await fixture.app(input ?? {});
    expect(Object.keys(spec).filter((key) => key.startsWith('default'))).toEqual([
      'defaultImageRepoTag',
      'defaultConfigPackage',
      'defaultPersistDirs',
      'defaultEventList',
      'defaultMaxLogSizeDump',
    ]);
    expect(spec.roles.map((role) => role.configPackage)).toEqual([
      { packageURL: 'file:///opt/configscripts/appconfig.tgz', useNewSetupLayout: false },
      { packageURL: 'file:///opt/configscripts/appconfig.tgz', useNewSetupLayout: false },
      { packageURL: 'file:///opt/configscripts/appconfig.tgz', useNewSetupLayout: false },
      null,
    ]);
    expect(spec.roles.map((role) => role.persistDirs?.join())).toEqual([
      '/var/log,/data',
      '/var/lib/keeper',
      '/var/log,/data',
      '/var/log,/data',
    ]);
    expect(spec.roles.map((role) => role.imageRepoTag)).toEqual([
      'example/streams:5.5',
      'example/streams:5.5',
      'example/streams:5.5',
      'example/client:1',
    ]);
    expect(spec.roles.map((role) => role.eventList?.length)).toEqual([3, 3, 3, 1]);
    expect(spec.roles.map((role) => role.maxLogSizeDump)).toEqual([512, 512, 512, 512]);
  });

  it('keeps unknown fields in spec, label and services', async () => {
    const [input] = documents('apps/streams.yaml');
    const { spec } = await fixture.app(input ?? {});
    expect(spec).toMatchObject({ maintainer: 'kept although unknown', label: { origin: 'kept although unknown' } });
    expect(spec.services?.[1]).toMatchObject({ team: 'kept although unknown' });
  });

  it('says null for roles without a package, whether defaultConfigPackage is null or absent', async () => {
    const [plain] = documents('apps/plain.yaml');
    expect((await fixture.app(plain ?? {})).spec.roles[0]?.configPackage).toBeNull();
    expect((await fixture.app(minimalApp)).spec.roles[0]?.configPackage).toBeNull();
    expect((await fixture.app({ ...minimalApp, metadata: { name: 'again' } })).spec.roles[0]?.maxLogSizeDump).toBe(256);
  });

  it('holds quantities as they were written, texts and numbers', async () => {
    const { spec } = await fixture.app(
      changed(({ roles }) => {
        roles[0] = {
          id: 'only',
          cardinality: '1+',
          minResources: { cpu: 2, memory: '1Gi' },
          minStorage: { size: 1.5 },
        };
      }),
    );
    expect(spec.roles[0]).toMatchObject({ minResources: { cpu: 2, memory: '1Gi' }, minStorage: { size: 1.5 } });
  });

  it('reads back the same when it is written again', async () => {
    const [input] = documents('apps/streams.yaml');
    const first = await fixture.app(input ?? {});
    const second = await fixture.apps.update(context, { namespace, name: 'streams' }, () => input as KubeDirectorApp);
    expect(second.object).toEqual(first);
  });
});

describe.skipIf(!existsSync(catalog))('the catalog (beside this project, where there is one)', () => {
  it.each(existsSync(catalog) ? readdirSync(catalog) : [])('%s is accepted as it is', async (file) => {
    for (const document of parseAllDocuments(readFileSync(`${catalog}/${file}`, 'utf8'))) {
      const input = document.toJS() as KubeDirectorApp;
      expect(fixture.apps.definition.schema.unknownFields(input)).toEqual([]);
      const { spec } = await fixture.app(input);
      expect(spec.roles.map(({ id }) => id)).toEqual(input.spec.roles.map(({ id }) => id));
      expect(spec.config).toEqual(input.spec.config);
      expect(spec.services).toEqual(input.spec.services);
    }
  });
});

describe('services that never become ports', () => {
  it('may have any id: those that listen nowhere, and those that no role has', async () => {
    const app = changed(({ services, config }) => {
      services?.push({ id: '1' }, { id: 'x--y' }, { id: '2', endpoint: { port: 8080 } });
      config.roleServices[0]?.serviceIDs.push('1', 'x--y');
    });
    expect((await fixture.app(app)).spec.services).toHaveLength(4);
  });

  it('may have the port of another role', async () => {
    const app = changed(({ roles, services, config }) => {
      roles.push({ id: 'second', cardinality: '0+' });
      services?.push({ id: 'other', endpoint: { port: 8080 } });
      config.roleServices.push({ roleID: 'second', serviceIDs: ['other'] });
    });
    expect((await fixture.app(app)).spec.config.roleServices).toHaveLength(2);
  });
});

describe('an app in use', () => {
  const target = { namespace, name: 'minimal' };
  beforeEach(async () => {
    await fixture.app(minimalApp);
    await fixture.cluster(minimalCluster);
  });

  const deleted = async (where = target) => {
    const warnings: string[] = [];
    const result = await fixture.apps.delete({ ...context, warn: (text) => void warnings.push(text) }, where);
    return { ...result, metadata: result.object.object.metadata, warnings };
  };

  it('stays when it is deleted, until its clusters are gone, and says in a warning which they are', async () => {
    const { gone, metadata, warnings } = await deleted();
    expect(gone).toBe(false);
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(metadata.finalizers).toEqual(['kubedirector.hpe.com/in-use']);
    expect(warnings).toEqual([expect.stringContaining('clusters use the app: default/one')]);
    expect((await deleted()).gone).toBe(false);
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
  });

  it('costs clusters that come and go nothing while it is not being deleted, however many apps there are', async () => {
    const read = vi.spyOn(fixture.apps.cache, 'list');
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } });
    await fixture.clusters.delete(context, { namespace, name: 'two' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(read).not.toHaveBeenCalled();
  });

  it('says in events, at most one in ten seconds, which clusters keep it', async () => {
    for (const name of ['two', 'three']) await fixture.cluster({ ...minimalCluster, metadata: { name } });
    const event = (users: string) =>
      `KubeDirectorApp minimal Normal InUse being deleted; it stays until these clusters are gone: ${users}`;
    await deleted();
    const all = 'default/one, default/three, default/two';
    await expect.poll(() => fixture.events).toEqual([event(all)]);
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await expect.poll(() => fixture.clock.pending).toBe(1);
    fixture.clock.advance(9_999);
    await fixture.clusters.delete(context, { namespace, name: 'two' });
    await expect.poll(() => fixture.clusters.cache.list({}).objects.length).toBe(1);
    expect(fixture.events).toEqual([event(all)]);
    fixture.clock.advance(1);
    await expect.poll(() => fixture.events).toEqual([event(all), event('default/three')]);
    await fixture.clusters.delete(context, { namespace, name: 'three' });
    await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
    expect(fixture.events).toHaveLength(2);
  });

  it('says nothing in events while it is not being deleted', async () => {
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await deleted();
    await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
    expect(fixture.events).toEqual([]);
  });

  it('writes nothing for a deletion that is only tried', async () => {
    const { object } = await fixture.apps.delete(context, target, { dryRun: true });
    expect(object.object.metadata.finalizers).toEqual(['kubedirector.hpe.com/in-use']);
    expect(fixture.apps.cache.get(namespace, 'minimal')?.object.metadata.finalizers).toBeUndefined();
  });

  it('that is being deleted serves the clusters that it has, and no new ones', async () => {
    await deleted();
    const grown = await fixture.changeCluster('one', ({ spec }) => {
      for (const role of spec.roles) role.members = 3;
    });
    expect(grown.spec.roles[0]?.members).toBe(3);
    expect(await causes(fixture.cluster({ ...minimalCluster, metadata: { name: 'late' } }))).toEqual([
      'spec.app: Invalid value: "minimal": the app is being deleted; wait until it is gone and create it again, or name another app',
    ]);
    await fixture.app(minimalApp, systemNamespace);
    const elsewhere = await fixture.cluster({ ...minimalCluster, metadata: { name: 'late' } });
    expect(elsewhere.spec.appCatalog).toBe('system');
  });

  it('that is being deleted does not keep a cluster from being restored, which would keep it', async () => {
    const metadata = { name: 'back', labels: { 'kubedirector.hpe.com/restoring': '' } };
    await fixture.cluster({ ...minimalCluster, metadata });
    await deleted();
    const restored = await fixture.changeCluster('back', (cluster) => delete cluster.metadata.labels);
    expect(restored.spec.appCatalog).toBe('local');
  });

  it('is not held where its namespace is being deleted, nor longer than until then', async () => {
    await fixture.app(minimalApp, systemNamespace);
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } }, 'elsewhere');
    const system = { namespace: systemNamespace, name: 'minimal' };
    expect((await deleted(system)).gone).toBe(false);
    for (const name of [namespace, systemNamespace]) {
      const metadata = { name, deletionTimestamp: '2026-01-01T00:00:00Z' };
      fixture.native.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata });
    }
    await expect.poll(() => fixture.apps.cache.get(systemNamespace, 'minimal')).toBeUndefined();
    expect((await deleted()).gone).toBe(true);
  });

  it('keeps its spec, but not its labels', async () => {
    const relabel = (current: KubeDirectorApp | undefined) =>
      ({ ...current, metadata: { ...current?.metadata, labels: { a: 'b' } } }) as KubeDirectorApp;
    expect((await fixture.apps.update(context, target, relabel)).object.metadata.labels).toEqual({ a: 'b' });
    const bump = (current: KubeDirectorApp | undefined) =>
      ({ ...current, spec: { ...current?.spec, version: '2' } }) as KubeDirectorApp;
    expect(await causes(fixture.apps.update(context, target, bump))).toEqual([
      "spec: Forbidden: can't change while clusters use the app: default/one; it may with upgradable: true, which upgrades them",
    ]);
  });

  it('goes once its clusters are gone', async () => {
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    expect((await fixture.apps.delete(context, target)).gone).toBe(true);
  });

  it('of the system namespace is in use by clusters of all namespaces that resolved to it', async () => {
    await fixture.app(minimalApp, systemNamespace);
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } }, 'elsewhere');
    const { warnings } = await deleted({ namespace: systemNamespace, name: 'minimal' });
    expect(warnings.join()).toContain('clusters use the app: elsewhere/two;');
    expect(warnings.join()).not.toContain('default/one');
  });
});
