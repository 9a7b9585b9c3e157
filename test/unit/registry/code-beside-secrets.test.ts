/** A write that changes what runs beside a secret is a use of that secret. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole, ClusterSpec, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { restoringLabel } from '../../../src/apis/kubedirector/well-known.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { causes, context, Fixture, namespace, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

type Spec = ClusterSpec & { roles: [ClusterRole, ...ClusterRole[]] };
type Change = (spec: Spec) => void;

const jane: UserInfo = { name: 'jane', groups: [] };
const [role] = minimalCluster.spec.roles;
const injected = (destDir = '/srv') => ({ fileInjections: [{ srcURL: 'http://example.com/code.sh', destDir }] });
const named = (name: string) => ({ metadata: { name, namespace } });

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  for (const name of ['mounted', 'connected', 'env'])
    fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', ...named(name) });
  fixture.native.serviceAccounts.put({ apiVersion: 'v1', kind: 'ServiceAccount', ...named('account') });
  fixture.native.claims.put({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...named('claim') },
    spec: { volumeMode: 'Filesystem', accessModes: ['ReadWriteMany'] },
  });
  const roles = ['only', 'other', 'third'].map((id) => ({ id, cardinality: '0+' }));
  await fixture.app({ ...minimalApp, spec: { ...minimalApp.spec, roles } });
});
afterEach(() => fixture.stop());

/** The cluster of somebody else, whose role `only` holds what jane has no right to. */
async function foreign(): Promise<void> {
  await fixture.config({});
  const only = {
    ...{ ...role, serviceAccountName: 'account', secret: { name: 'mounted', mountPath: '/there' } },
    volumeProjections: [{ pvcName: 'claim', mountPath: '/claim' }],
    env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }],
    secretKeys: [{ name: 'password', value: 'hunter2' }],
  };
  const roles = [only, { ...role, id: 'other' }];
  await fixture.cluster({
    ...minimalCluster,
    spec: { ...minimalCluster.spec, connections: { secrets: ['connected'] }, roles },
  });
  await settled();
}
const settled = () => fixture.setStatus('one', { state: 'configured', observedGeneration: 1, roles: [] });
const update = (change: Change) => fixture.changeCluster('one', ({ spec }) => change(spec as Spec), jane);
const fields = async (attempt: Promise<unknown>): Promise<string[]> =>
  (await causes(attempt)).map((cause) => cause.slice(0, cause.indexOf(': ')));

const everywhere = ['spec.connections.secrets[0]', 'spec.roles'];
const inRoleOnly = [
  'spec.roles[0].secret.name',
  'spec.roles[0].serviceAccountName',
  'spec.roles[0].volumeProjections[0].pvcName',
  'spec.roles[0].env[0].valueFrom.secretKeyRef.name',
];

describe('a cluster of somebody else', () => {
  beforeEach(foreign);

  const code: [string, Change][] = [
    ['files are injected', ({ roles }) => Object.assign(roles[0], injected())],
    [
      'an environment variable is set',
      ({ roles }) => (roles[0].env = [...(roles[0].env ?? []), { name: 'BASH_ENV', value: '/x' }]),
    ],
    [
      'a secret key is set',
      ({ roles }) => (roles[0].secretKeys = [...(roles[0].secretKeys ?? []), { name: 'a', value: 'b' }]),
    ],
    ['a mount moves', ({ roles }) => (roles[0].secret = { name: 'mounted', mountPath: '/usr/lib' })],
  ];
  it.each(code)('needs the rights to all that a role sees when %s in it', async (_what, change) => {
    expect(await fields(update(change))).toEqual([everywhere[0], ...inRoleOnly, everywhere[1]]);
  });

  it.each<[string, Change]>([
    ['files are injected into another role', ({ roles }) => Object.assign(roles[1] ?? {}, injected())],
    ['a role is added', ({ roles }) => roles.push({ ...role, id: 'third' } as ClusterRole)],
    ['a role is made anew', ({ roles }) => Object.assign(roles[1] ?? {}, { id: 'third' })],
  ])('needs the rights to what all roles see, and to no more, when %s', async (_what, change) => {
    expect(await fields(update(change))).toEqual(everywhere);
  });

  it('tells why a right is asked for', async () => {
    const [first, own] = await causes(update(({ roles }) => Object.assign(roles[1] ?? {}, injected())));
    expect(first).toContain(
      'cannot get secrets "connected" in namespace "default", which this write changes what runs',
    );
    expect(own).toContain('cannot get kubedirectorclusters/authtoken "one" in namespace "default", whose members see');
  });

  it('lets who has the rights change it', async () => {
    fixture.rights.grant('jane', 'get secrets default/connected', 'get kubedirectorclusters/authtoken default/one');
    const changed = await update(({ roles }) => Object.assign(roles[1] ?? {}, injected()));
    expect(changed.spec.roles[1]?.fileInjections).toHaveLength(1);
  });

  it('is scaled, sized and labelled without any of them', async () => {
    await update(({ roles }) => {
      Object.assign(roles[0], { members: 3, podLabels: { a: 'b' }, serviceAnnotations: { a: 'b' } });
      roles[0].resources = { limits: { memory: '4Gi', cpu: 4 } };
    });
    await fixture.changeCluster('one', ({ metadata }) => (metadata.annotations = { a: 'b' }), jane);
    expect(fixture.rights.asked).toEqual([]);
  });

  it('loses what is taken away from it without any of them', async () => {
    const changed = await update(({ roles }) => {
      delete roles[0].serviceAccountName;
      delete roles[0].secret;
      roles[0].env = [];
      roles[0].volumeProjections = [];
    });
    expect(changed.spec.roles[0]).not.toHaveProperty('secret');
    expect(fixture.rights.asked).toEqual([]);
  });

  it('has auth tokens that are as good as secret keys', async () => {
    const member: MemberStatus = {
      ...{ pod: 'p-0', service: 's', nodeID: 1, authToken: 't', state: 'configured' },
      stateDetail: { lastKnownContainerState: 'running' },
    };
    const plain = { ...minimalCluster, metadata: { name: 'two' } };
    await fixture.cluster(plain);
    await fixture.setStatus('two', {
      observedGeneration: 1,
      roles: [{ id: 'only', statefulSet: 'p', members: [member] }],
    });
    const grown = fixture.changeCluster(
      'two',
      ({ spec }) => (spec as Spec).roles.push({ ...role, id: 'other' } as ClusterRole),
      jane,
    );
    expect(await fields(grown)).toEqual(['spec.roles']);
  });
});

describe('a cluster from a backup that brings encrypted values', () => {
  it('needs the right to what its members see', async () => {
    await fixture.config({});
    const spec = { ...minimalCluster.spec, roles: [{ ...role, secretKeys: [{ name: 'k', value: 'v' }] }] };
    const stored = await fixture.cluster({ ...minimalCluster, spec });
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    const metadata = { name: 'one', labels: { [restoringLabel]: '' } };
    const restore = () => fixture.cluster({ ...minimalCluster, metadata, spec: stored.spec }, namespace, jane);
    expect(await fields(restore())).toEqual(['spec.roles']);
    fixture.rights.grant('jane', 'get kubedirectorclusters/authtoken default/one');
    expect((await restore()).spec.roles[0]?.secretKeys).toEqual(stored.spec.roles[0]?.secretKeys);
  });
});

describe('privileges that an app gives', () => {
  const privileged: [string, object][] = [
    ['capabilities', { capabilities: ['SYS_ADMIN'] }],
    ['systemdRequired', { systemdRequired: true }],
  ];
  const writeApp = (what: object, where = namespace, user = jane) =>
    fixture.apps.create({ ...context, user }, where, {
      ...minimalApp,
      metadata: { name: 'privileged' },
      spec: { ...minimalApp.spec, ...what },
    });

  it.each(privileged)('are for who may create pods in its namespace: %s', async (field, what) => {
    for (const where of [namespace, systemNamespace]) {
      expect(await fields(writeApp(what, where))).toEqual([`spec.${field}`]);
      fixture.rights.grant('jane', `create pods ${where}/`);
      expect((await writeApp(what, where)).created).toBe(true);
    }
  });

  it.each(privileged)('are for who may create pods when they are added: %s', async (field, what) => {
    await writeApp({});
    const target = { namespace, name: 'privileged' };
    const added = fixture.apps.update({ ...context, user: jane }, target, (app) => ({
      ...minimalApp,
      ...app,
      spec: { ...minimalApp.spec, ...what },
    }));
    expect(await fields(added)).toEqual([`spec.${field}`]);
  });

  it.each(privileged)('come with no code of who may not create pods: %s', async (_field, what) => {
    await writeApp(what, systemNamespace, context.user);
    const create = (change: object) =>
      fixture.cluster(
        { ...minimalCluster, spec: { app: 'privileged', roles: [{ ...role, ...change }] } },
        namespace,
        jane,
      );
    expect(await fields(create(injected()))).toEqual(['spec.roles[0].fileInjections']);
    expect(await fields(create({ env: [{ name: 'BASH_ENV', value: '$(id)' }] }))).toEqual(['spec.roles[0].env']);
    expect((await create({})).spec.appCatalog).toBe('system');
    await settled();
    expect(await fields(update(({ roles }) => Object.assign(roles[0], injected())))).toEqual([
      'spec.roles[0].fileInjections',
    ]);
    fixture.rights.grant('jane', 'create pods default/');
    expect(
      (await update(({ roles }) => Object.assign(roles[0], injected()))).spec.roles[0]?.fileInjections,
    ).toHaveLength(1);
  });
});

describe('a file', () => {
  const inject = (destDir: string, name = 'code.sh') =>
    fixture.cluster({
      ...minimalCluster,
      spec: {
        ...minimalCluster.spec,
        roles: [{ ...role, fileInjections: [{ srcURL: `http://example.com/a/${name}`, destDir }] }],
      },
    });

  it.each<[destDir: string, name?: string]>([
    ['/opt/guestconfig'],
    ['/opt/guestconfig/'],
    ['//opt/./guestconfig/app'],
    ['/etc/guestconfig'],
    ['/srv/../opt/guestconfig'],
    ['/opt/x/..'],
    ['/opt', 'guestconfig'],
    ['/usr/local/bin', 'configcli'],
    ['/usr/bin/', 'configcli?x=1'],
    ['/bin', 'bash#x'],
    ['/usr/local/bin', 'curl'],
    ['/etc', 'ld.so.preload'],
  ])('is not put where the set-up of members lives: %s %s', async (destDir, name) => {
    expect(await fields(inject(destDir, name))).toEqual(['spec.roles[0].fileInjections[0].destDir']);
  });

  it.each<[destDir: string, name?: string]>([
    ['/opt/guestconfiguration'],
    ['/opt/app/lib'],
    ['/usr/local/bin', 'my-tool'],
    ['/etc', 'app.conf'],
    ['/home/a..b'],
  ])('is put elsewhere: %s %s', async (destDir, name) => {
    expect((await inject(destDir, name)).metadata.name).toBe('one');
  });

  it.each(['/opt/guestconfig', '/etc/guestconfig/', '//opt/x/../guestconfig/y'])(
    'is not mounted there: %s',
    async (mountPath) => {
      const mounted = {
        ...role,
        volumeProjections: [{ pvcName: 'claim', mountPath }],
        secret: { name: 'mounted', mountPath },
      };
      const attempt = fixture.cluster({ ...minimalCluster, spec: { ...minimalCluster.spec, roles: [mounted] } });
      expect(await fields(attempt)).toEqual(
        expect.arrayContaining(['spec.roles[0].secret.mountPath', 'spec.roles[0].volumeProjections[0].mountPath']),
      );
    },
  );
});
