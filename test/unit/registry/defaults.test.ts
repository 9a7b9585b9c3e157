/** Defaults that are changed later, in the ways that clients change objects. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastAppliedAnnotation } from '../../../src/apis/kubedirector/last-applied.ts';
import type { AppRole, AppSpec, KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { causes, context, Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

type Spec = Partial<AppSpec>;

function appFile(defaults: Spec, role: Partial<AppRole> = {}): KubeDirectorApp {
  const { defaultImageRepoTag, ...spec } = minimalApp.spec;
  expect(defaultImageRepoTag).toBeDefined();
  return { ...minimalApp, spec: { ...spec, ...defaults, roles: [{ id: 'only', cardinality: '1+', ...role }] } };
}

/** With what `kubectl apply` leaves in an annotation. */
function applied<T extends KubeObject>(file: T): T {
  const annotations = { [lastAppliedAnnotation]: `${JSON.stringify(file)}\n` };
  return { ...file, metadata: { ...file.metadata, annotations } };
}

const first: Spec = {
  defaultImageRepoTag: 'acme/x:1',
  defaultConfigPackage: { packageURL: 'file:///opt/a.tgz', useNewSetupLayout: false },
  defaultPersistDirs: ['/old'],
  defaultEventList: ['configure', 'addnodes'],
  defaultMaxLogSizeDump: 10,
};
const second: Spec = {
  defaultImageRepoTag: 'acme/x:2',
  defaultConfigPackage: { packageURL: 'file:///opt/b.tgz', useNewSetupLayout: true },
  defaultPersistDirs: ['/new'],
  defaultEventList: ['configure'],
  defaultMaxLogSizeDump: 20,
};
const rolesOfSecond = {
  imageRepoTag: 'acme/x:2',
  configPackage: { packageURL: 'file:///opt/b.tgz', useNewSetupLayout: true },
  persistDirs: ['/new'],
  eventList: ['configure'],
  maxLogSizeDump: 20,
};

const app = { namespace, name: 'minimal' };

/** What client-side apply does to a list merged by id: the roles keep what is stored, the rest is the file's. */
async function apply(file: KubeDirectorApp): Promise<KubeDirectorApp> {
  const { metadata, spec } = applied(file);
  const written = await fixture.apps.update(context, app, (current) => {
    const { roles, ...rest } = (current as KubeDirectorApp).spec;
    const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('default')));
    const merged = spec.roles.map((role) => ({ ...roles.find(({ id }) => id === role.id), ...role }));
    return { ...(current as KubeDirectorApp), metadata, spec: { ...kept, ...spec, roles: merged } };
  });
  return written.object;
}

/** What a merge patch of the spec does. */
async function patch(spec: Spec): Promise<KubeDirectorApp> {
  const written = await fixture.apps.update(context, app, (current) => {
    const { spec: before, ...rest } = current as KubeDirectorApp;
    const next = JSON.parse(JSON.stringify({ ...before, ...spec })) as AppSpec;
    return { ...rest, spec: next };
  });
  return written.object;
}

const onlyRole = (of: KubeDirectorApp): AppRole | undefined => of.spec.roles[0];

describe('a changed default of an app', () => {
  it('arrives in the roles by apply', async () => {
    await fixture.app(applied(appFile(first)));
    expect(onlyRole(await apply(appFile(second)))).toMatchObject(rolesOfSecond);
  });

  it('arrives in the roles by a patch that says nothing of roles', async () => {
    await fixture.app(appFile(first));
    expect(onlyRole(await patch(second))).toMatchObject(rolesOfSecond);
  });

  it('arrives by a PUT of what was read, with the default edited', async () => {
    const { spec } = await fixture.app(appFile(first));
    const edited = { ...minimalApp, spec: { ...spec, ...second } };
    const { object } = await fixture.apps.update(context, app, () => edited);
    expect(onlyRole(object)).toMatchObject(rolesOfSecond);
  });

  it('arrives where the app was stored with its defaults moved into the roles, and had been applied', async () => {
    await fixture.app(applied(appFile({}, { ...rolesOf(first) })));
    const { metadata } = applied(appFile(first));
    await fixture.apps.update(context, app, (current) => ({ ...(current as KubeDirectorApp), metadata }));
    expect(onlyRole(await apply(appFile(second)))).toMatchObject(rolesOfSecond);
  });

  it('leaves alone what a role has as its own, also where that was the former default', async () => {
    await fixture.app(applied(appFile(first, { imageRepoTag: 'acme/x:1', maxLogSizeDump: 11 })));
    const role = onlyRole(await apply(appFile(second, { imageRepoTag: 'acme/x:1', maxLogSizeDump: 11 })));
    expect(role).toMatchObject({ ...rolesOfSecond, imageRepoTag: 'acme/x:1', maxLogSizeDump: 11 });
  });

  it('leaves alone what a file that is put in the place of the app says of a role', async () => {
    await fixture.app(appFile(first));
    const file = appFile(second, { imageRepoTag: 'acme/x:1' });
    const { object } = await fixture.apps.update(context, app, () => file);
    expect(onlyRole(object)).toMatchObject({ ...rolesOfSecond, imageRepoTag: 'acme/x:1' });
  });

  it('follows also from what KubeDirector chose where there was no default', async () => {
    await fixture.app(appFile({ defaultImageRepoTag: 'acme/x:1' }));
    expect(onlyRole(await patch(second))).toMatchObject({
      maxLogSizeDump: 20,
      configPackage: rolesOfSecond.configPackage,
    });
  });
});

/** As versions before stored a role. */
function rolesOf({
  defaultImageRepoTag = '',
  defaultConfigPackage = null,
  defaultPersistDirs = [],
  defaultEventList = [],
  defaultMaxLogSizeDump = 0,
}: Spec): Partial<AppRole> {
  return {
    imageRepoTag: defaultImageRepoTag,
    configPackage: defaultConfigPackage,
    persistDirs: defaultPersistDirs,
    eventList: defaultEventList,
    maxLogSizeDump: defaultMaxLogSizeDump,
  };
}

describe('a removed default of an app', () => {
  it('is removed from the roles, whose package is then none, and whose limit is 256', async () => {
    await fixture.app(applied(appFile(first, { imageRepoTag: 'acme/own:1' })));
    const role = onlyRole(await apply(appFile({}, { imageRepoTag: 'acme/own:1' })));
    expect(role).toEqual({
      id: 'only',
      cardinality: '1+',
      imageRepoTag: 'acme/own:1',
      configPackage: null,
      maxLogSizeDump: 256,
    });
  });

  it('is refused where a role lives by it', async () => {
    await fixture.app(applied(appFile(first)));
    expect(await causes(apply(appFile({})))).toEqual([
      'spec.roles[0].imageRepoTag: Required value: a role must have an image where there is no defaultImageRepoTag',
    ]);
  });
});

describe('null in a file that is applied', () => {
  it('stays null, although kubectl sends none', async () => {
    const file = appFile(first, { configPackage: null });
    const { roles, ...spec } = file.spec;
    const sent = {
      ...applied(file),
      spec: { ...spec, roles: roles.map(({ id, cardinality }) => ({ id, cardinality })) },
    };
    expect(onlyRole(await fixture.app(sent))?.configPackage).toBeNull();
    expect(onlyRole(await apply(appFile(second, { configPackage: null })))?.configPackage).toBeNull();
  });

  it('is kept as default too: applied again, nothing differs', async () => {
    const file = appFile({ ...first, defaultConfigPackage: null });
    const { defaultConfigPackage, ...spec } = file.spec;
    expect(defaultConfigPackage).toBeNull();
    expect((await fixture.app({ ...applied(file), spec })).spec.defaultConfigPackage).toBeNull();
  });
});

describe('an app in use', () => {
  it('may be written in another way, as long as its roles stay what they are', async () => {
    const { spec } = await fixture.app(appFile({}, { ...rolesOf(first), minResources: { cpu: '1000m' } }));
    await fixture.cluster({ ...minimalCluster, spec: { ...minimalCluster.spec } });
    expect(spec.defaultImageRepoTag).toBeUndefined();
    const file = appFile(first, { minResources: { cpu: 1 } });
    const { object } = await fixture.apps.update(context, app, () => file);
    expect(object.spec.defaultImageRepoTag).toBe('acme/x:1');
    expect(await causes(fixture.apps.update(context, app, () => appFile(second)))).toEqual([
      "spec: Forbidden: can't change while clusters use the app: default/one; it may with upgradable: true, which upgrades them",
    ]);
  });
});

describe("a cluster's defaultSecret", () => {
  const mount = (name: string) => ({ name, mountPath: '/s' });
  const target = { namespace, name: 'one' };
  const file = (defaultSecret?: object, role: object = {}): KubeDirectorCluster => ({
    ...minimalCluster,
    spec: {
      ...minimalCluster.spec,
      ...(defaultSecret === undefined ? {} : { defaultSecret: defaultSecret as ReturnType<typeof mount> }),
      roles: minimalCluster.spec.roles.map((one) => ({ ...one, ...role })),
    },
  });
  const applyCluster = async (next: KubeDirectorCluster) => {
    const written = await fixture.clusters.update(context, target, (current) => {
      const { spec, ...rest } = current as KubeDirectorCluster;
      const { defaultSecret, ...kept } = spec;
      expect(defaultSecret?.name).not.toBe('never');
      const roles = next.spec.roles.map((role) => ({ ...spec.roles.find(({ id }) => id === role.id), ...role }));
      return { ...rest, metadata: applied(next).metadata, spec: { ...kept, ...next.spec, roles } };
    });
    return written.object.spec.roles[0]?.secret?.name;
  };

  beforeEach(async () => {
    for (const name of ['one', 'two']) {
      fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } });
    }
    await fixture.app(minimalApp);
  });

  it('reaches the roles when it is changed, and leaves them when it is removed', async () => {
    await fixture.cluster(applied(file(mount('one'))));
    expect(await applyCluster(file(mount('two')))).toBe('two');
    expect(await applyCluster(file())).toBeUndefined();
  });

  it('leaves a role that names the same secret itself alone', async () => {
    await fixture.cluster(applied(file(mount('one'), { secret: mount('one') })));
    expect(await applyCluster(file(mount('two'), { secret: mount('one') }))).toBe('one');
    expect(await applyCluster(file(undefined, { secret: mount('one') }))).toBe('one');
  });
});
