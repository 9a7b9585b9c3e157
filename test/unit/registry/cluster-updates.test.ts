import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  ClusterStatus,
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorStatusBackup,
  MemberState,
  MemberStatus,
} from '../../../src/apis/kubedirector/types.ts';
import { causes, context, Fixture, namespace, refusal } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';
import { write } from '../../support/store-writes.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  const app: KubeDirectorApp = structuredClone(minimalApp);
  app.spec.roles.push({ id: 'extra', cardinality: '0+' });
  app.spec.config.selectedRoles.push('extra');
  await fixture.app(app);
  await fixture.cluster(minimalCluster);
});
afterEach(() => fixture.stop());

const extra = { id: 'extra', members: 1, resources: { limits: { memory: '1Gi', cpu: '1' } } };

function member(nodeID: number, state: MemberState = 'configured', pending = 0): MemberStatus {
  const pendingNotifyCmds = Array.from({ length: pending }, () => ({ arguments: ['--addnodes'] }));
  return { pod: `pod-${nodeID}`, service: 'n/a', nodeID, state, stateDetail: pending > 0 ? { pendingNotifyCmds } : {} };
}
async function settle(members: MemberStatus[], status: ClusterStatus = {}, role = 'only'): Promise<void> {
  const generation = fixture.clusters.cache.get(namespace, 'one')?.object.metadata.generation ?? 0;
  const roles = [{ id: role, statefulSet: 'set', members }];
  await fixture.setStatus('one', { state: 'configured', observedGeneration: generation, roles, ...status });
}
const scaleTo = (members: number) =>
  fixture.changeCluster('one', ({ spec }) => {
    Object.assign(spec.roles[0] ?? {}, { members });
  });

describe('a settled cluster', () => {
  beforeEach(() => settle([member(1)]));

  it('can be scaled, and has state "spec modified" until the controller has seen it', async () => {
    const { spec, status, metadata } = await scaleTo(3);
    expect([spec.roles[0]?.members, status?.state, metadata.generation]).toEqual([3, 'spec modified', 2]);
  });

  it.each(['app', 'appCatalog'] as const)('keeps its %s', async (field) => {
    const change = fixture.changeCluster('one', ({ spec }) => Object.assign(spec, { [field]: 'system' }));
    expect(await causes(change)).toEqual([
      expect.stringMatching(new RegExp(`^spec\\.${field}: Forbidden: can't change`)),
    ]);
  });

  it('keeps the fields that its members were made with', async () => {
    const change = fixture.changeCluster('one', ({ spec }) => {
      spec.roles[0] = {
        ...extra,
        id: 'only',
        resources: { limits: { memory: '2Gi', cpu: '1' } },
        env: [{ name: 'A', value: 'b' }],
      };
    });
    expect(await causes(change)).toEqual([
      "spec.roles[0].resources: Forbidden: can't change while the role has members; only members, podLabels, podAnnotations, serviceLabels, serviceAnnotations can",
      expect.stringMatching(/^spec\.roles\[0\]\.env: Forbidden/),
    ]);
  });

  it('takes the same quantity in another notation', async () => {
    const { spec } = await fixture.changeCluster('one', ({ spec }) => {
      const resources = { limits: { memory: '1024Mi', cpu: '1000m' }, requests: { memory: '1Gi', cpu: 1 } };
      Object.assign(spec.roles[0] ?? {}, { resources, members: 2 });
    });
    expect(spec.roles[0]?.resources.limits.memory).toBe('1024Mi');
  });

  it('takes other labels and annotations, and another service type', async () => {
    const { spec } = await fixture.changeCluster('one', ({ spec }) => {
      spec.serviceType = 'NodePort';
      Object.assign(spec.roles[0] ?? {}, { podLabels: { a: 'b' }, serviceAnnotations: { c: 'd' } });
    });
    expect(spec).toMatchObject({ serviceType: 'NodePort', roles: [{ podLabels: { a: 'b' } }] });
  });

  it('takes a new role, and changes of a role that has no members', async () => {
    await fixture.changeCluster('one', ({ spec }) => spec.roles.push(structuredClone(extra)));
    await settle([member(1)]);
    const { spec } = await fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[1] ?? {}, { env: [{ name: 'A', value: 'b' }] });
    });
    expect(spec.roles[1]?.env).toEqual([{ name: 'A', value: 'b' }]);
  });

  it('keeps a role away until its last members are gone', async () => {
    await settle([member(1)], {
      roles: [
        { id: 'only', statefulSet: 'set', members: [member(1)] },
        { id: 'extra', statefulSet: 'set-2', members: [member(2, 'deleting')] },
      ],
    });
    const comeBack = () => fixture.changeCluster('one', ({ spec }) => spec.roles.push(structuredClone(extra)));
    expect(await causes(comeBack())).toEqual([
      'spec.roles[1]: Forbidden: role "extra" can\'t come back before its members are gone',
    ]);
    await settle([member(1)]);
    expect((await comeBack()).spec.roles).toHaveLength(2);
  });

  it('does not look again at URLs that it names already', async () => {
    await settle([]);
    await fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[0] ?? {}, { fileInjections: [{ srcURL: 'http://example.com/x', destDir: '/x' }] });
    });
    await settle([]);
    await scaleTo(4);
    expect(fixture.probed).toEqual(['http://example.com/x']);
  });

  it('can lose its finalizer although its app has vanished', async () => {
    const store = fixture.store;
    const [entry] = (await store.list('/kubedirector.hpe.com/kubedirectorapps/', {})).entries;
    await fixture.clusters.cache.waitFor(await write(store, entry?.key ?? '', entry?.revision ?? 'absent', 'deleted'));
    const { metadata } = await fixture.changeCluster(
      'one',
      (cluster) => (cluster.metadata.finalizers = ['example.com/x']),
    );
    expect(metadata.finalizers).toEqual(['example.com/x']);
    expect(await causes(scaleTo(2))).toEqual([expect.stringMatching(/^spec\.app: Not found: "minimal"/)]);
  });
});

describe('a settled cluster around which things have changed', () => {
  const missing = { name: 'gone', mountPath: '/gone' };
  /** Without validation: it was accepted when its objects still existed. */
  async function outlived(role: object, spec: object = {}): Promise<void> {
    await settle([member(1)]);
    const [entry] = (await fixture.store.list('/kubedirector.hpe.com/kubedirectorclusters/', {})).entries;
    if (entry === undefined) throw new Error('no cluster');
    const next = JSON.parse(Buffer.from(entry.value).toString()) as KubeDirectorCluster;
    Object.assign(next.spec, spec);
    Object.assign(next.spec.roles[0] ?? {}, role);
    const bytes = Buffer.from(JSON.stringify(next));
    await fixture.clusters.cache.waitFor(await write(fixture.store, entry.key, entry.revision, bytes));
    await settle([member(1)]);
  }

  it.each([
    ['its secret', { secret: missing }, {}],
    ['its default secret', { secret: missing }, { defaultSecret: missing }],
    ['its service account', { serviceAccountName: 'gone' }, {}],
    ['its storage class', { storage: { size: '1Gi', storageClassName: 'gone' } }, {}],
    [
      "its block devices' storage class",
      { blockStorage: { storageClassName: 'gone', pathPrefix: '/d', numDevices: 1, size: '1Gi' } },
      {},
    ],
    ['its claim', { volumeProjections: [{ pvcName: 'gone', mountPath: '/gone' }] }, {}],
  ])('can be scaled without %s', async (_title, role, spec) => {
    await outlived(role, spec);
    expect((await scaleTo(3)).spec.roles[0]?.members).toBe(3);
  });

  it('can be scaled against new demands of the global configuration', async () => {
    await outlived({ secret: missing, sharedMemory: '1Gi' });
    await fixture.config({ requiredSecretPrefix: 'kd-', forceSharedMemorySizeSupport: false });
    expect((await scaleTo(3)).spec.roles[0]?.members).toBe(3);
  });

  it('must meet them in changed fields, and in its numbers of members', async () => {
    await outlived({ secret: missing }, { defaultSecret: missing });
    const change = fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[0] ?? {}, { members: 0, podLabels: { a: 'b c' } });
      spec.roles.push(structuredClone(extra));
    });
    expect((await causes(change)).map((cause) => cause.slice(0, cause.indexOf(': ', cause.indexOf(': ') + 2)))).toEqual(
      [
        'spec.roles[0].members: Invalid value',
        'spec.roles[0].podLabels: Invalid value',
        'spec.roles[1].secret.name: Not found',
      ],
    );
  });

  it('is held to a default secret that changes', async () => {
    await outlived({ secret: missing });
    const change = fixture.changeCluster('one', ({ spec }) => (spec.defaultSecret = { ...missing, name: 'other' }));
    expect(await causes(change)).toEqual([expect.stringMatching(/^spec\.defaultSecret\.name: Not found: "other"/)]);
  });

  it('keeps its service type and numbers when it is written without them', async () => {
    await settle([member(1)]);
    await fixture.changeCluster('one', ({ spec }) => (spec.serviceType = 'NodePort'));
    await settle([member(1)]);
    await scaleTo(4);
    await settle([member(1)]);
    const written = await fixture.clusters.update(context, { namespace, name: 'one' }, () => minimalCluster);
    expect([written.object.spec.serviceType, written.object.spec.roles[0]?.members]).toEqual(['NodePort', 4]);
  });
});

describe('a cluster whose last change is still being carried out', () => {
  const addRole = () => fixture.changeCluster('one', ({ spec }) => spec.roles.push(structuredClone(extra)));

  it('may change before it has been seen at all', async () => {
    expect((await addRole()).spec.roles).toHaveLength(2);
    expect((await scaleTo(3)).spec.roles[0]?.members).toBe(3);
  });

  it('may change again at once, and in another way', async () => {
    await settle([member(1)]);
    await addRole();
    const changed = await fixture.changeCluster('one', ({ spec }) => (spec.serviceType = 'NodePort'));
    expect(changed.spec.serviceType).toBe('NodePort');
    expect(changed.status?.state).toBe('spec modified');
  });

  it('may change while members have not been told yet', async () => {
    await settle([member(1, 'configured', 2), member(2), member(3, 'configured', 1)]);
    expect((await addRole()).spec.roles).toHaveLength(2);
  });

  it('can be scaled in both directions, whatever its members are doing', async () => {
    await settle([member(1, 'configured', 1), member(2, 'creating'), member(3, 'delete pending')]);
    for (const members of [5, 6, 3, 1, 4]) expect((await scaleTo(members)).spec.roles[0]?.members).toBe(members);
  });

  it('is refused a change that can never be accepted', async () => {
    await settle([member(1, 'configured', 1)]);
    expect(await causes(scaleTo(0))).toEqual([expect.stringMatching(/^spec\.roles\[0\]\.members: Invalid value: 0/)]);
  });

  it('takes labels of its own at any time', async () => {
    await settle([member(1, 'configured', 1)]);
    for (const value of ['b', 'c']) {
      const { metadata } = await fixture.changeCluster('one', (cluster) => (cluster.metadata.labels = { a: value }));
      expect(metadata.labels).toEqual({ a: value });
    }
  });
});

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
