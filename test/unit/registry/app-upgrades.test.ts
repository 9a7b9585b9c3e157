/** Which clusters may move to which apps, and how apps change that clusters use. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorApp, KubeDirectorCluster, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { eachWithCluster, fixture, settle } from './cluster-updates-fixture.ts';
import { causes, context, namespace } from './fixture.ts';
import { app, changeApp, heldCommit } from './held.ts';
import { minimalApp, minimalCluster } from './objects.ts';

eachWithCluster();

const member: MemberStatus = { pod: 'set-0', service: 's', nodeID: 1, state: 'configured', stateDetail: {} };

/** Another app of the same kind. */
const nextApp = (edit: (app: KubeDirectorApp) => void = () => undefined, name = 'next') => {
  const next = structuredClone(minimalApp);
  next.metadata = { name };
  next.spec.defaultImageRepoTag = 'example/minimal:2';
  next.spec.roles.push({ id: 'extra', cardinality: '0+' });
  edit(next);
  return fixture.app(next);
};
const moveTo = (name: string) => fixture.changeCluster('one', ({ spec }) => (spec.app = name));
const permit = () => changeApp(fixture, () => ({ upgradable: true }));
const running = (more: object = {}) => settle([member], { app: 'minimal', ...more });

beforeEach(() => running());

describe('a cluster', () => {
  it('moves to another app if the one that runs is upgradable', async () => {
    await nextApp();
    expect(await causes(moveTo('next'))).toEqual([
      'spec.app: Forbidden: can\'t change; it is "minimal", which does not have upgradable: true',
    ]);
    await permit();
    expect((await moveTo('next')).spec.app).toBe('next');
  });

  it('is told at once of all that stands against it', async () => {
    await nextApp(({ spec }) => {
      spec.distroID = 'example/other';
      spec.roles = [{ id: 'only', cardinality: '3' }];
      spec.config.roleServices = [];
    });
    const move = fixture.changeCluster('one', ({ spec }) => {
      spec.app = 'next';
      spec.roles.push({ id: 'extra', members: 1, resources: { limits: { memory: '1Gi', cpu: 1 } } });
    });
    expect(await causes(move)).toEqual([
      expect.stringMatching(/^spec\.app: Invalid value: "next": must be an app of the same distroID/),
      expect.stringMatching(/^spec\.app: Forbidden: .*upgradable/),
      expect.stringMatching(/^spec\.app: Forbidden: app "next" must have the service "web" for role "only"/),
      expect.stringMatching(/^spec\.roles\[1\]\.id: Unsupported value: "extra"/),
      expect.stringMatching(/^spec\.roles\[0\]\.members: Invalid value: 1: the app asks for exactly 3 members/),
    ]);
  });

  it('does not move to an app that does not exist, or goes', async () => {
    await permit();
    expect(await causes(moveTo('none'))).toEqual([expect.stringMatching(/^spec\.app: Not found/)]);
    await nextApp();
    await fixture.cluster({
      ...minimalCluster,
      metadata: { name: 'two' },
      spec: { ...minimalCluster.spec, app: 'next' },
    });
    await fixture.apps.delete(context, { namespace, name: 'next' });
    expect(await causes(moveTo('next'))).toEqual([expect.stringMatching(/being deleted/)]);
  });

  it('may always go back while an upgrade goes on, also to an app that is being deleted', async () => {
    await nextApp();
    await permit();
    await moveTo('next');
    await running({ upgradeInfo: { prevApp: 'minimal', nextApp: 'next', isRollingBack: false } });
    await fixture.apps.delete(context, app);
    expect(fixture.apps.cache.get(namespace, 'minimal')?.object.metadata.deletionTimestamp).toBeDefined();
    expect((await moveTo('minimal')).spec.app).toBe('minimal');
  });

  it('does not move before the controller has said what its members run', async () => {
    await nextApp();
    await permit();
    await settle([member]);
    expect(await causes(moveTo('next'))).toEqual([expect.stringMatching(/^spec\.app: Forbidden: .*try again/)]);
  });

  it('is refused an app that keeps directories on volumes which would be empty there', async () => {
    await permit();
    await nextApp(({ spec }) => (spec.defaultPersistDirs = ['/data']));
    const withVolumes: KubeDirectorCluster = structuredClone(minimalCluster);
    withVolumes.metadata = { name: 'two' };
    for (const role of withVolumes.spec.roles) role.storage = { size: '1Gi' };
    await fixture.cluster(withVolumes);
    const roles = [{ id: 'only', statefulSet: 'set', members: [member] }];
    await fixture.setStatus('two', { app: 'minimal', roles });
    expect(await causes(fixture.changeCluster('two', ({ spec }) => (spec.app = 'next')))).toEqual([
      'spec.app: Forbidden: app "next" must not keep /data on the volumes of role "only", on which it would be empty',
    ]);
  });

  it('asks who moves it for the rights to what its members see', async () => {
    fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'some', namespace } });
    await fixture.changeCluster('one', ({ spec }) => (spec.connections = { secrets: ['some'] }));
    await running();
    await nextApp();
    await permit();
    const jane = { name: 'jane', groups: [] };
    const move = fixture.changeCluster('one', ({ spec }) => (spec.app = 'next'), jane);
    expect(await causes(move)).toEqual([expect.stringMatching(/^spec\.connections\.secrets\[0\]: .*"jane"/)]);
  });
});

describe('an app', () => {
  const image = () => changeApp(fixture, () => ({ defaultImageRepoTag: 'example/minimal:3' }));

  it('may become upgradable while clusters use it, and then change', async () => {
    expect(await causes(image())).toEqual([expect.stringMatching(/^spec: Forbidden: .*default\/one; .*upgradable/)]);
    await permit();
    expect((await image()).object.spec.defaultImageRepoTag).toBe('example/minimal:3');
  });

  it('is told at once which clusters a change does not fit', async () => {
    await permit();
    const change = changeApp(fixture, (spec) => ({
      distroID: 'example/other',
      roles: spec.roles.map((role) => ({ ...role, cardinality: '3+' })),
      config: { ...spec.config, roleServices: [] },
    }));
    expect(await causes(change)).toEqual([
      'spec.distroID: Forbidden: can\'t change while clusters use the app; it is "example/minimal"',
      'spec.roles[0].cardinality: Invalid value: "3+": asks for at least 3 members, and cluster default/one has 1',
      expect.stringMatching(/^spec\.roles\[0\]: Forbidden: must have the service "web".*default\/one/),
    ]);
    const less = changeApp(fixture, (spec) => ({
      roles: spec.roles.filter(({ id }) => id !== 'only'),
      config: { selectedRoles: ['extra'], roleServices: [] },
    }));
    expect(await causes(less)).toEqual([
      'spec.roles: Forbidden: cluster default/one has 1 members of role "only", which would be missing',
    ]);
  });

  it('can not ask for more than clusters give to their members, until they do', async () => {
    await permit();
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } });
    const ask = (least: object) =>
      changeApp(fixture, ({ roles }) => ({ roles: roles.map((role) => ({ ...role, ...least })) }));
    const least = {
      minResources: { memory: '4Gi', cpu: 0 },
      minStorage: { size: '5Gi', ephemeralModeSupported: false },
    };
    const asked = await causes(ask(least));
    for (const which of ['default/one', 'default/two']) {
      expect(asked).toContain(
        `spec.roles[0].minResources[memory]: Invalid value: "4Gi": cluster ${which} requests 1Gi for each member; it must be changed first`,
      );
      expect(asked).toContain(
        `spec.roles[0].minStorage.size: Invalid value: "5Gi": cluster ${which} has no volumes for its members`,
      );
    }
    expect(asked).toHaveLength(4);
    // Where the cluster gives as much, in whatever notation, and where members may live without volumes.
    await ask({ minResources: { memory: '1048576Ki' }, minStorage: { size: '5Gi', ephemeralModeSupported: true } });
  });

  it('stays while members run it, or may go back to it, and goes when the upgrade is over', async () => {
    await nextApp();
    await permit();
    await moveTo('next');
    await running({ upgradeInfo: { prevApp: 'minimal', nextApp: 'next', isRollingBack: false } });
    expect((await fixture.apps.delete(context, app)).gone).toBe(false);
    await running({ app: 'next' });
    await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
  });

  it('stays while members go back from it', async () => {
    await nextApp();
    await running({ upgradeInfo: { prevApp: 'minimal', nextApp: 'next', isRollingBack: true } });
    expect((await fixture.apps.delete(context, { namespace, name: 'next' })).gone).toBe(false);
  });

  it('stays if a cluster moves to it while it is being deleted', async () => {
    await nextApp();
    await permit();
    const held = heldCommit(fixture);
    const deleted = fixture.apps.delete(context, { namespace, name: 'next' });
    const go = await held;
    await moveTo('next');
    go();
    expect((await deleted).gone).toBe(false);
  });

  it('does not change if a cluster that it no longer fits grows meanwhile', async () => {
    await permit();
    const held = heldCommit(fixture);
    const changed = causes(
      changeApp(fixture, (spec) => ({ roles: spec.roles.map((role) => ({ ...role, cardinality: '1' })) })),
    );
    const go = await held;
    await fixture.changeCluster('one', ({ spec }) => Object.assign(spec.roles[0] ?? {}, { members: 2 }));
    go();
    expect(await changed).toEqual([expect.stringMatching(/^spec\.roles\[0\]\.cardinality/)]);
  });
});
