import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorCluster, MemberState, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { pausedAnnotation } from '../../../src/apis/kubedirector/well-known.ts';
import { causes, context, namespace } from './fixture.ts';
import { minimalCluster } from './objects.ts';
import { write } from '../../support/store-writes.ts';
import { eachWithCluster, fixture, settle } from './cluster-updates-fixture.ts';

eachWithCluster();

const extra = { id: 'extra', members: 1, resources: { limits: { memory: '1Gi', cpu: '1' } } };

function member(nodeID: number, state: MemberState = 'configured', pending = 0): MemberStatus {
  const pendingNotifyCmds = Array.from({ length: pending }, () => ({ arguments: ['--addnodes'] }));
  return { pod: `pod-${nodeID}`, service: 'n/a', nodeID, state, stateDetail: pending > 0 ? { pendingNotifyCmds } : {} };
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

  it('keeps its appCatalog', async () => {
    const change = fixture.changeCluster('one', ({ spec }) => (spec.appCatalog = 'system'));
    expect(await causes(change)).toEqual([expect.stringMatching(/^spec\.appCatalog: Forbidden: can't change/)]);
  });

  const otherwise = ({ spec }: KubeDirectorCluster): void => {
    spec.roles[0] = {
      ...{ ...extra, id: 'only', env: [{ name: 'A', value: 'b' }] },
      resources: { limits: { memory: '2Gi', cpu: '1' } },
    };
  };
  const seen = { id: 'only', statefulSet: 'set', members: [member(1)], updateRevision: 'r' };

  it('changes what its members run only once the controller has recorded what that is', async () => {
    const change = () => fixture.changeCluster('one', otherwise);
    expect(await causes(change())).toEqual([
      "spec.roles[0].resources: Forbidden: can't change before this version of the controller has seen what the role's members run; try again in a moment",
      expect.stringMatching(/^spec\.roles\[0\]\.env: Forbidden/),
    ]);
    await fixture.changeCluster('one', ({ metadata }) => {
      metadata.annotations = { [pausedAnnotation]: 'true' };
    });
    const [cause] = await causes(change());
    expect(cause).toMatch(/what the role's members run; the cluster is paused: remove the annotation kubedirector.*$/);
    await settle([], { roles: [seen] });
    expect((await change()).spec.roles[0]).toMatchObject({
      env: [{ name: 'A' }],
      resources: { limits: { memory: '2Gi' } },
    });
  });

  it('keeps the volumes that its members were made with, and says how to get others', async () => {
    await settle([], { roles: [seen] });
    const change = fixture.changeCluster('one', (cluster) => {
      otherwise(cluster);
      Object.assign(cluster.spec.roles[0] ?? {}, { storage: { size: '1Gi' } });
    });
    const [cause, ...others] = await causes(change);
    expect(cause).toMatch(/^spec\.roles\[0\]\.storage: Forbidden: can't change .* set members to 0 first/);
    expect(others.filter((one) => one.includes('env'))).toEqual([]);
  });

  it.each([0, -1, '0%', '101%', '1', 'half'])(
    'has no updateStrategy with maxUnavailable %j',
    async (maxUnavailable) => {
      const change = fixture.changeCluster('one', ({ spec }) => {
        spec.updateStrategy = { maxUnavailable };
        Object.assign(spec.roles[0] ?? {}, { updateStrategy: { maxUnavailable } });
      });
      const wanted = 'must be a whole number from 1, or a percentage from 1% to 100% (e.g. 25%)';
      const value = JSON.stringify(maxUnavailable);
      expect(await causes(change)).toEqual([
        `spec.updateStrategy.maxUnavailable: Invalid value: ${value}: ${wanted}`,
        `spec.roles[0].updateStrategy.maxUnavailable: Invalid value: ${value}: ${wanted}`,
      ]);
    },
  );

  it.each([
    [{}, ': Required value: must have maxUnavailable or minAvailable'],
    [{ maxUnavailable: -1 }, '.maxUnavailable: Invalid value: -1: must be greater than or equal to 0'],
    [{ minAvailable: '101%' }, '.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    [{ minAvailable: 'all' }, `.minAvailable: Invalid value: "all": must be an integer or percentage (e.g '5%')`],
  ])('has no podDisruptionBudget %j', async (podDisruptionBudget, cause) => {
    const change = fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[0] ?? {}, { podDisruptionBudget });
    });
    expect(await causes(change)).toEqual([`spec.roles[0].podDisruptionBudget${cause}`]);
  });

  it('has no podDisruptionBudget with both of its fields', async () => {
    const change = fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[0] ?? {}, { podDisruptionBudget: { maxUnavailable: 1, minAvailable: '50%' } });
    });
    expect(await causes(change)).toEqual([
      expect.stringContaining('minAvailable and maxUnavailable cannot be both set'),
    ]);
  });

  it('takes another podDisruptionBudget before the controller has recorded what its members run', async () => {
    const { spec } = await fixture.changeCluster('one', ({ spec }) => {
      Object.assign(spec.roles[0] ?? {}, { podDisruptionBudget: { minAvailable: 0 } });
    });
    expect(spec.roles[0]?.podDisruptionBudget).toEqual({ minAvailable: 0 });
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
