/** Users cannot read objects through a cluster that they may not read themselves. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole, ClusterSpec, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { restoringLabel } from '../../../src/apis/kubedirector/well-known.ts';
import { unavailable } from '../../support/access.ts';
import { causes, Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

type Spec = ClusterSpec & { roles: [ClusterRole] };
type Change = (spec: Spec) => void;

const jane: UserInfo = { name: 'jane', groups: [] };
let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  const named = { metadata: { name: 'one', namespace } };
  fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', ...named });
  fixture.native.serviceAccounts.put({ apiVersion: 'v1', kind: 'ServiceAccount', ...named });
  fixture.native.claims.put({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...named },
    spec: { volumeMode: 'Block', accessModes: ['ReadWriteOnce'] },
  });
  await fixture.app({ ...minimalApp, spec: { ...minimalApp.spec, roles: [{ id: 'only', cardinality: '0+' }] } });
});
afterEach(() => fixture.stop());

function cluster(change: Change, metadata: object = {}): KubeDirectorCluster {
  const input = structuredClone(minimalCluster);
  change(input.spec as Spec);
  return { ...input, metadata: { name: 'one', ...metadata } };
}
const create = (change: Change, user = jane, metadata = {}) =>
  fixture.cluster(cluster(change, metadata), namespace, user);
const update = (change: Change, user = jane) => fixture.changeCluster('one', ({ spec }) => change(spec as Spec), user);
/** The rights of which any one will do, as a question and as the message words it. */
const rightsTo = (resource: string, name: string): (readonly [asked: string, right: string, allows: string])[] => {
  const pods = ['create pods default/', 'create pods', 'create on pods'] as const;
  const on = (verb: string) =>
    [
      `${verb} ${resource} default/${name}`,
      `${verb} ${resource} "${name}"`,
      `${verb} on ${resource} "${name}"`,
    ] as const;
  if (resource === 'persistentvolumeclaims') return [pods];
  return resource === 'serviceaccounts' ? [on('impersonate'), pods] : [on('get')];
};
const refusal = (field: string, resource: string, name = 'one', why = ''): string => {
  const rights = rightsTo(resource, name);
  return (
    `${field}: Forbidden: user "jane" cannot ${rights[0]?.[1] ?? ''} in namespace "default"${why}; ` +
    `ask for a Role in that namespace that allows ${rights.map(([, , allows]) => allows).join(', or ')}`
  );
};

const mount = (name: string) => ({ name, mountPath: '/there' });
const cases: [field: string, resource: string, change: (spec: Spec, name: string) => void][] = [
  ['spec.defaultSecret.name', 'secrets', (spec, name) => (spec.defaultSecret = mount(name))],
  ['spec.roles[0].secret.name', 'secrets', ({ roles }, name) => (roles[0].secret = mount(name))],
  ['spec.roles[0].serviceAccountName', 'serviceaccounts', ({ roles }, name) => (roles[0].serviceAccountName = name)],
  [
    'spec.roles[0].volumeProjections[0].pvcName',
    'persistentvolumeclaims',
    ({ roles }, name) => (roles[0].volumeProjections = [{ pvcName: name, mountPath: '/there' }]),
  ],
  [
    'spec.roles[0].env[0].valueFrom.secretKeyRef.name',
    'secrets',
    ({ roles }, name) => (roles[0].env = [{ name: 'X', valueFrom: { secretKeyRef: { name, key: 'k' } } }]),
  ],
  [
    'spec.roles[0].env[0].valueFrom.configMapKeyRef.name',
    'configmaps',
    ({ roles }, name) => (roles[0].env = [{ name: 'X', valueFrom: { configMapKeyRef: { name, key: 'k' } } }]),
  ],
  ['spec.connections.secrets[0]', 'secrets', (spec, name) => (spec.connections = { secrets: [name] })],
  [
    'spec.connections.clusters[0]',
    'kubedirectorclusters/authtoken',
    (spec, name) => (spec.connections = { clusters: [name] }),
  ],
  ['spec.connections.configmaps[0]', 'configmaps', (spec, name) => (spec.connections = { configmaps: [name] })],
];

describe('a cluster', () => {
  it.each(cases)('with %s needs a user who may use it, and does not show whether it exists', async (...one) => {
    const [field, resource, change] = one;
    fixture.rights.grant('jane', 'get serviceaccounts default/one', 'get persistentvolumeclaims default/one');
    for (const name of ['one', 'gone']) {
      expect(await causes(create((spec) => change(spec, name)))).toEqual([refusal(field, resource, name)]);
    }
    const asked = ['one', 'gone'].flatMap((name) => rightsTo(resource, name).map(([question]) => `jane: ${question}`));
    expect(fixture.rights.asked).toEqual(asked);
  });

  const ways = cases.flatMap(([field, resource, change]) =>
    rightsTo(resource, 'gone').map(([right]) => [field, right, change] as const),
  );
  it.each(ways)('with %s is judged by what is there for who may %s', async (field, right, change) => {
    fixture.rights.grant('jane', right);
    const isChecked = !/connections|env/.test(field);
    const attempt = create((spec) => change(spec, 'gone'));
    if (isChecked) expect(await causes(attempt)).toEqual([expect.stringContaining(`${field}: Not found: "gone"`)]);
    else expect((await attempt).metadata.name).toBe('one');
  });

  it('tells all at once what its user may not read, each object asked for once', async () => {
    const change: Change = (spec) => {
      spec.defaultSecret = mount('one');
      spec.connections = { secrets: ['one', 'two'] };
      spec.roles[0].serviceAccountName = 'one';
    };
    fixture.rights.grant('jane', 'impersonate serviceaccounts default/one');
    expect(await causes(create(change))).toEqual([
      refusal('spec.defaultSecret.name', 'secrets'),
      refusal('spec.connections.secrets[0]', 'secrets'),
      refusal('spec.connections.secrets[1]', 'secrets', 'two'),
    ]);
    expect(fixture.rights.asked).toHaveLength(3);
  });

  it('says of a claim no more to who may not get it where several members mount it', async () => {
    const change: Change = ({ roles }) => {
      roles[0].members = 2;
      roles[0].volumeProjections = [{ pvcName: 'one', mountPath: '/there' }];
    };
    expect(await causes(create(change))).toEqual([
      refusal('spec.roles[0].volumeProjections[0].pvcName', 'persistentvolumeclaims'),
    ]);
  });

  it('is not written where nobody can be asked', async () => {
    fixture.rights.isDown = true;
    await expect(create((spec) => (spec.defaultSecret = mount('one')))).rejects.toBe(unavailable);
    expect((await create(() => undefined)).metadata.name).toBe('one');
  });
});

describe('a change of a cluster', () => {
  const admin = { name: 'root', groups: ['system:masters'] };
  beforeEach(async () => {
    await create((spec) => {
      spec.defaultSecret = mount('one');
      spec.roles[0].serviceAccountName = 'one';
      spec.connections = { secrets: ['one'], configmaps: ['one'] };
    }, admin);
    await fixture.setStatus('one', { state: 'configured', observedGeneration: 1, roles: [] });
  });

  it('may be made by someone who may not read what it refers to already', async () => {
    await update((spec) => {
      spec.roles[0].members = 3;
      spec.roles[0].podLabels = { a: 'b' };
      spec.roles[0].resources = { limits: { memory: '2Gi', cpu: 2 }, requests: { memory: '2Gi', cpu: 2 } };
      spec.connections = { configmaps: ['one'] };
    });
    expect(fixture.rights.asked).toEqual([]);
  });

  it('may take the default secret away, and the copies of it with that', async () => {
    const changed = await update((spec) => delete spec.defaultSecret, admin);
    expect(changed.spec.roles[0]?.secret).toBeUndefined();
  });

  it('needs the right to read what it adds', async () => {
    const change: Change = (spec) => {
      spec.connections = { secrets: ['two', 'one'], configmaps: ['one', 'two'] };
    };
    expect(await causes(update(change))).toEqual([
      refusal('spec.connections.secrets[0]', 'secrets', 'two'),
      refusal('spec.connections.configmaps[1]', 'configmaps', 'two'),
    ]);
    fixture.rights.grant('jane', 'get secrets default/two', 'get configmaps default/two');
    expect((await update(change)).spec.connections).toEqual({ secrets: ['two', 'one'], configmaps: ['one', 'two'] });
  });

  it('that gives a mounted object to the setup packages needs it too', async () => {
    await update((spec) => delete spec.connections, admin);
    await fixture.setStatus('one', { state: 'configured', observedGeneration: 2, roles: [] });
    expect(await causes(update((spec) => (spec.connections = { secrets: ['one'] })))).toEqual([
      refusal('spec.connections.secrets[0]', 'secrets'),
    ]);
  });
});

describe('a cluster from a backup', () => {
  const fromBackup = { labels: { [restoringLabel]: '' } };

  it('does not give its user objects that the user may not read', async () => {
    const change: Change = (spec) => {
      spec.connections = { secrets: ['one'] };
      spec.roles[0].serviceAccountName = 'gone';
    };
    expect(await causes(create(change, jane, fromBackup))).toEqual([
      refusal('spec.connections.secrets[0]', 'secrets'),
      refusal('spec.roles[0].serviceAccountName', 'serviceaccounts', 'gone'),
    ]);
    fixture.rights.grant('jane', 'get secrets default/one', 'create pods default/');
    expect((await create(change, jane, fromBackup)).metadata.labels).toEqual({ [restoringLabel]: '' });
  });

  it('is restored by a controller that may read nothing of it', async () => {
    fixture.rights.grant('jane', 'get secrets default/one');
    await create((spec) => (spec.defaultSecret = mount('one')), jane, fromBackup);
    fixture.rights.asked.length = 0;
    const controller = { name: 'system:serviceaccount:kubedirector:kubedirector', groups: [] };
    const restored = await fixture.changeCluster('one', ({ metadata }) => delete metadata.labels, controller);
    expect(restored.spec.roles[0]?.secret).toEqual(mount('one'));
    expect(fixture.rights.asked).toEqual([]);
  });
});
