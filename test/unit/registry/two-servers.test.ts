import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { causes, context, Fixture, namespace } from './fixture.ts';
import { app, changeApp, secretive } from './held.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

describe('two servers on one store', () => {
  let other: Fixture;
  beforeEach(async () => {
    other = await Fixture.started(undefined, undefined, fixture.store);
    await fixture.config({});
  });
  afterEach(() => other.stop());

  it('never leave a cluster without its app, or secrets without their key', async () => {
    const commit = fixture.store.commit.bind(fixture.store);
    let seed = 1;
    const pause = async (): Promise<void> => {
      seed = (seed * 16807) % 2147483647;
      for (let turns = seed % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    };
    vi.spyOn(fixture.store, 'commit').mockImplementation(async (request) => {
      await pause();
      return commit(request);
    });
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round++) {
      await fixture.app(minimalApp);
      const name = `c${round}`;
      const make = other.cluster({ ...secretive, metadata: { name } }).then(
        () => 'made',
        (error: unknown) => String(error),
      );
      await pause();
      const gone = await fixture.apps.delete(context, app).then((result) => (result.gone ? 'gone' : 'held'));
      const made = await make;
      outcomes.add(`${made === 'made' ? made : 'refused'} ${gone}`);
      if (made !== 'made') expect(made).toContain('spec.app');
      expect([made === 'made', gone]).toEqual([gone === 'held', made === 'made' ? 'held' : 'gone']);
      if (made === 'made') await other.clusters.delete(context, { namespace, name });
      await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
    }
    expect([...outcomes].sort()).toEqual(['made held', 'refused gone']);
  });

  it('make clusters of the same app at the same time, and refuse none', async () => {
    await fixture.app(minimalApp);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? fixture : other).cluster({ ...minimalCluster, metadata: { name: `c${index}` } }),
      ),
    );
    await other.clusters.cache.current();
    expect(other.clusters.cache.list({}).objects).toHaveLength(40);
  });

  it('let no cluster use a role that its app loses on the other one at the same moment', async () => {
    const roles = [...minimalApp.spec.roles, { id: 'extra', cardinality: '0+' }];
    await fixture.app({ ...minimalApp, spec: { ...minimalApp.spec, roles } });
    await other.cluster(minimalCluster);
    const commit = fixture.store.commit.bind(fixture.store);
    let go = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      vi.spyOn(fixture.store, 'commit').mockImplementationOnce(async (request) => {
        const held = new Promise<void>((release) => (go = release));
        resolve();
        await held;
        return commit(request);
      });
    });
    const change = other.changeCluster('one', ({ spec }) => {
      spec.roles.push({ id: 'extra', members: 1, resources: { limits: { memory: '1Gi', cpu: 1 } } });
    });
    const refused = causes(change);
    await reached;
    await changeApp(fixture, () => ({ upgradable: true }));
    await changeApp(fixture, () => ({ roles: minimalApp.spec.roles }));
    go();
    expect((await refused).join()).toContain('spec.roles[1].id');
  });

  it('find an app that the other one has just made', async () => {
    await fixture.app(minimalApp);
    expect((await other.cluster(minimalCluster)).spec.appCatalog).toBe('local');
  });
});
