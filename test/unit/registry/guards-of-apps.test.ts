import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KubeDirectorConfig } from '../../../src/apis/kubedirector/types.ts';
import { causes, context, Fixture, namespace, systemNamespace } from './fixture.ts';
import { app, changeApp, changeKey, config, heldCommit, threeMembers } from './held.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

const internalKeys = async (): Promise<string[]> =>
  (await fixture.store.list('/internal/references/')).entries.map((entry) => entry.key.split('/').slice(-3).join('/'));

describe('an app or a configuration', () => {
  beforeEach(async () => {
    await fixture.app(minimalApp);
    await fixture.config({});
  });

  it('stays if a cluster is made while it is being deleted', async () => {
    for (const remove of [() => fixture.apps.delete(context, app), () => fixture.configs.delete(context, config)]) {
      const held = heldCommit(fixture);
      const deleted = remove();
      const go = await held;
      await fixture.cluster(minimalCluster);
      go();
      expect(await deleted).toMatchObject({
        gone: false,
        object: { object: { metadata: { finalizers: [/in-use/] } } },
      });
      await fixture.clusters.delete(context, { namespace, name: 'one' });
      fixture.stop();
      fixture = await Fixture.started();
      await fixture.app(minimalApp);
      await fixture.config({});
    }
  });

  it('does not change if a cluster is made meanwhile', async () => {
    const held = heldCommit(fixture);
    const changed = causes(changeApp(fixture, threeMembers));
    const go = await held;
    await fixture.cluster(minimalCluster);
    go();
    expect(await changed).toHaveLength(1);
  });

  it('keeps its former key if a cluster is made while another one is set', async () => {
    const before = await fixture.configs.get(config);
    const held = heldCommit(fixture);
    const changed = changeKey(fixture);
    const go = await held;
    await fixture.cluster(minimalCluster);
    go();
    const { object } = await changed;
    expect(object.status?.formerEncryptionKeys).toEqual([before.object.spec?.masterEncryptionKey]);
  });

  it('is deleted although clusters of it are made all the time', async () => {
    const commit = fixture.store.commit.bind(fixture.store);
    let count = 0;
    await fixture.cluster(minimalCluster);
    vi.spyOn(fixture.store, 'commit').mockImplementation(async (request) => {
      if (request.writes.length === 1) await fixture.cluster({ ...minimalCluster, metadata: { name: `c${count++}` } });
      return commit(request);
    });
    expect(await fixture.apps.delete(context, app)).toMatchObject({ gone: false });
    expect(count).toBe(1);
  });

  it('is tried with the same result, and without writing', async () => {
    const current = fixture.apps.cache.current.bind(fixture.apps.cache);
    let turns = 0;
    vi.spyOn(fixture.apps.cache, 'current').mockImplementation(async () => {
      // Between the look at the clusters and the answer.
      if (++turns === 2) await fixture.cluster(minimalCluster);
      return current();
    });
    expect(await fixture.apps.delete(context, app, { dryRun: true })).toMatchObject({ gone: false });
    expect(turns).toBeGreaterThan(2);
    expect((await causes(changeApp(fixture, threeMembers, true))).join()).toContain('default/one');
  });

  it('goes with its reference key', async () => {
    await fixture.cluster(minimalCluster);
    expect(await internalKeys()).toEqual([
      'kubedirectorapps/default/minimal',
      'kubedirectorconfigs/kubedirector/kd-global-config',
    ]);
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await fixture.apps.delete(context, app);
    expect(await internalKeys()).toEqual(['kubedirectorconfigs/kubedirector/kd-global-config']);
    await fixture.configs.delete(context, config, { propagationPolicy: 'Foreground' });
    await fixture.configs.update(context, config, (old) => ({
      ...(old as KubeDirectorConfig),
      metadata: { ...old?.metadata, finalizers: [] },
    }));
    expect(await internalKeys()).toEqual([]);
    await fixture.app(minimalApp);
    await fixture.cluster(minimalCluster);
    expect(await fixture.apps.delete(context, app)).toMatchObject({ gone: false });
  });

  it('that has no reference key, because its clusters are older than these, is held all the same', async () => {
    await fixture.cluster(minimalCluster);
    for (const { key: one } of (await fixture.store.list('/internal/')).entries) fixture.store.remove(one);
    await fixture.apps.cache.current();
    expect((await causes(changeApp(fixture, threeMembers))).join()).toContain('default/one');
    expect(await fixture.apps.delete(context, app)).toMatchObject({ gone: false });
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
  });

  it('that was deleted is not let go for a cluster that comes to be restored at that moment', async () => {
    await fixture.cluster(minimalCluster);
    expect(await fixture.configs.delete(context, config)).toMatchObject({ gone: false });
    const restoring = { 'kubedirector.hpe.com/restoring': '' };
    const commit = fixture.store.commit.bind(fixture.store);
    let isMade = false;
    vi.spyOn(fixture.store, 'commit').mockImplementation(async (request) => {
      if (!isMade && request.writes.some(({ key: one }) => one.includes('kubedirectorconfigs'))) {
        isMade = true;
        await fixture.cluster({ ...minimalCluster, metadata: { name: 'restored', labels: restoring } });
      }
      return commit(request);
    });
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await expect.poll(() => isMade).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fixture.configs.cache.get(systemNamespace, 'kd-global-config')).toBeDefined();
  });

  it('does not get a cluster when it only waits for its finalizers', async () => {
    await fixture.apps.delete(context, app, { propagationPolicy: 'Foreground' });
    expect((await fixture.apps.get(app)).object.metadata.deletionTimestamp).toBeDefined();
    expect((await causes(fixture.cluster(minimalCluster))).join()).toContain('spec.app');
  });
});
