import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectSubresource } from '../../../src/apiserver/resource.ts';
import type { KubeDirectorApp, KubeDirectorCluster, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import type { Scale } from '../../../src/apis/kubernetes/types.ts';
import { parseLabelSelector } from '../../../src/meta/labels.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { isReason } from '../../../src/meta/status.ts';
import { causes, context, Fixture, namespace, refusal } from './fixture.ts';

const resources = { limits: { memory: '1Gi', cpu: '1' } };
const app = (roles: KubeDirectorApp['spec']['roles'], annotations: Record<string, string> = {}): KubeDirectorApp => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorApp',
  metadata: { name: 'spark', annotations },
  spec: {
    label: { name: 'Spark' },
    distroID: 'example/spark',
    version: '1',
    configSchemaVersion: 7,
    defaultImageRepoTag: 'example/spark:1',
    roles,
    config: { selectedRoles: roles.map(({ id }) => id), roleServices: [] },
  },
});
const head = { id: 'head', cardinality: '1' };
const worker = { id: 'worker', cardinality: '1+' };
const notebook = { id: 'notebook', cardinality: '0+' };
const cluster = (roles: string[], annotations: Record<string, string> = {}): KubeDirectorCluster => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'one', annotations },
  spec: { app: 'spark', roles: roles.map((id) => ({ id, members: 1, resources })) },
});

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

const clusterScale = (): ObjectSubresource => fixture.group.clusters.definition.subresources.scale as ObjectSubresource;
const roleScale = (): ObjectSubresource => fixture.group.roles.definition.subresources.scale as ObjectSubresource;
const get = async (scale: ObjectSubresource, name: string) => (await scale.get(context, { namespace, name })) as Scale;
const put = async (scale: ObjectSubresource, name: string, change: (current: Scale) => KubeObject, dryRun = false) =>
  (await scale.update?.(context, { namespace, name }, (current) => change(current as Scale), { dryRun })) as Scale;
const replicas = (count: unknown) => (current: Scale) => ({ ...current, spec: { replicas: count } }) as KubeObject;
const members = (role: string) =>
  fixture.clusters.cache.get(namespace, 'one')?.object.spec.roles.find(({ id }) => id === role)?.members;
const member = (nodeID: number): MemberStatus => ({
  pod: `p${nodeID}`,
  service: 'n/a',
  nodeID,
  state: 'configured',
  stateDetail: {},
});

describe("a cluster's scale", () => {
  it('is about its only role of open cardinality', async () => {
    await fixture.app(app([head, worker]));
    const { metadata } = await fixture.cluster(cluster(['head', 'worker']));
    await fixture.setStatus('one', {
      state: 'configured',
      observedGeneration: 1,
      roles: [
        { id: 'head', statefulSet: 'a', members: [member(1)] },
        { id: 'worker', statefulSet: 'b', members: [member(2), member(3)] },
      ],
    });
    const scale = await get(clusterScale(), 'one');
    expect(scale).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'one', namespace, uid: metadata.uid },
    });
    expect([scale.spec, scale.status]).toEqual([
      { replicas: 1 },
      { replicas: 2, selector: 'kubedirector.hpe.com/kdcluster=one,kubedirector.hpe.com/role=worker' },
    ]);
    expect((await put(clusterScale(), 'one', replicas(4))).spec).toEqual({ replicas: 4 });
    expect([members('head'), members('worker')]).toEqual([1, 4]);
  });

  it('selects exactly the pods of that role', async () => {
    await fixture.app(app([head, worker]));
    await fixture.cluster(cluster(['head', 'worker']));
    const selector = parseLabelSelector((await get(clusterScale(), 'one')).status?.selector ?? '');
    const pod = (name: string, role: string) => ({
      'kubedirector.hpe.com/kdcluster': name,
      'kubedirector.hpe.com/role': role,
      a: 'b',
    });
    expect(
      [pod('one', 'worker'), pod('one', 'head'), pod('two', 'worker'), {}].map((labels) => selector.matches(labels)),
    ).toEqual([true, false, false, false]);
  });

  it('is refused where several roles are open: it names them and the ways out', async () => {
    await fixture.app(app([head, worker, notebook]));
    await fixture.cluster(cluster(['head', 'worker', 'notebook']));
    for (const attempt of [get(clusterScale(), 'one'), put(clusterScale(), 'one', replicas(2))]) {
      const error = await refusal(attempt);
      expect(error.code).toBe(422);
      expect(error.message).toBe(
        'KubeDirectorCluster.kubedirector.hpe.com "one" is invalid: metadata.annotations[kubedirector.hpe.com/scale-role]: ' +
          'Invalid value: null: several roles can be scaled: worker, notebook; set this annotation to one of them ' +
          '(kubectl annotate kdcluster one kubedirector.hpe.com/scale-role=worker), or scale a role by itself ' +
          '(kubectl scale kdrole/one.worker --replicas=N)',
      );
    }
  });

  it("follows the cluster's annotation before the app's", async () => {
    await fixture.app(app([head, worker, notebook], { 'kubedirector.hpe.com/scale-role': 'worker' }));
    await fixture.cluster(cluster(['head', 'worker', 'notebook']));
    await put(clusterScale(), 'one', replicas(2));
    expect(members('worker')).toBe(2);
    await fixture.changeCluster('one', ({ metadata }) => {
      metadata.annotations = { 'kubedirector.hpe.com/scale-role': 'notebook' };
    });
    expect((await get(clusterScale(), 'one')).status?.selector).toContain('role=notebook');
  });

  it('is refused for an annotation that names no role of the cluster', async () => {
    await fixture.app(app([head, worker, notebook]));
    await fixture.cluster(cluster(['head', 'worker'], { 'kubedirector.hpe.com/scale-role': 'notebook' }));
    expect(await causes(get(clusterScale(), 'one'))).toEqual([
      'metadata.annotations[kubedirector.hpe.com/scale-role]: Invalid value: "notebook": must be one of the cluster\'s roles: head, worker',
    ]);
  });

  it('is refused where no role is open', async () => {
    await fixture.app(app([head]));
    await fixture.cluster(cluster(['head']));
    expect((await causes(get(clusterScale(), 'one')))[0]).toContain('none of the roles can be scaled');
  });

  it('keeps to the cardinality, and to what a Scale is', async () => {
    await fixture.app(app([head, worker]));
    await fixture.cluster(cluster(['head', 'worker']));
    expect((await causes(put(clusterScale(), 'one', replicas(0))))[0]).toBe(
      'spec.roles[1].members: Invalid value: 0: the app asks for at least 1 member of role "worker"',
    );
    expect(await causes(put(clusterScale(), 'one', replicas(-1)))).toEqual([
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ]);
    expect((await causes(put(clusterScale(), 'one', replicas('many'))))[0]).toContain('spec.replicas: Invalid value');
    expect((await causes(put(clusterScale(), 'one', replicas(2.5))))[0]).toContain('spec.replicas: Invalid value');
    expect(members('worker')).toBe(1);
  });

  it('is refused for a state that is no longer the current one', async () => {
    await fixture.app(app([head, worker]));
    await fixture.cluster(cluster(['head', 'worker']));
    const before = await get(clusterScale(), 'one');
    await fixture.changeCluster('one', ({ metadata }) => (metadata.labels = { a: 'b' }));
    const error = await refusal(put(clusterScale(), 'one', () => ({ ...before, spec: { replicas: 3 } })));
    expect(isReason(error, 'Conflict')).toBe(true);
    const unversioned = { ...before, metadata: { name: 'one' }, spec: { replicas: 3 } };
    expect((await put(clusterScale(), 'one', () => unversioned)).spec).toEqual({ replicas: 3 });
  });

  it('can be changed again at once, in either direction', async () => {
    await fixture.app(app([head, worker]));
    await fixture.cluster(cluster(['head', 'worker']));
    const roles = [{ id: 'worker', statefulSet: 'b', members: [member(1)] }];
    await fixture.setStatus('one', { state: 'configured', observedGeneration: 1, roles });
    for (const wanted of [3, 2, 5])
      expect((await put(clusterScale(), 'one', replicas(wanted))).spec?.replicas).toBe(wanted);
  });

  it('writes nothing on a dry run', async () => {
    await fixture.app(app([head, worker]));
    await fixture.cluster(cluster(['head', 'worker']));
    expect((await put(clusterScale(), 'one', replicas(3), true)).spec).toEqual({ replicas: 3 });
    expect(members('worker')).toBe(1);
  });

  it('is not there without the cluster', async () => {
    expect(isReason(await refusal(get(clusterScale(), 'none')), 'NotFound')).toBe(true);
    expect(isReason(await refusal(put(clusterScale(), 'none', replicas(1))), 'NotFound')).toBe(true);
  });
});

describe("a role's scale", () => {
  beforeEach(async () => {
    await fixture.app(app([head, worker, notebook]));
    await fixture.cluster(cluster(['head', 'worker', 'notebook']));
  });

  it('is the role view in numbers, and changes the cluster', async () => {
    const scale = await get(roleScale(), 'one.worker');
    expect(scale.metadata).toMatchObject({ name: 'one.worker', namespace });
    expect(scale.spec).toEqual({ replicas: 1 });
    const after = await put(roleScale(), 'one.worker', replicas(5));
    expect([after.spec, after.metadata.name, members('worker'), members('notebook')]).toEqual([
      { replicas: 5 },
      'one.worker',
      5,
      1,
    ]);
    expect((await get(roleScale(), 'one.worker')).spec).toEqual({ replicas: 5 });
  });

  it('counts only members that exist', async () => {
    const roles = [{ id: 'worker', statefulSet: 'b', members: [member(1), member(2)] }];
    await fixture.setStatus('one', { roles });
    expect((await get(roleScale(), 'one.worker')).status).toEqual({
      replicas: 2,
      selector: 'kubedirector.hpe.com/kdcluster=one,kubedirector.hpe.com/role=worker',
    });
  });

  it('holds the precondition of the version that the view shows', async () => {
    const scale = await get(roleScale(), 'one.worker');
    const view = fixture.group.roles.cache.get(namespace, 'one.worker')?.object;
    expect(scale.metadata.resourceVersion).toBe(view?.metadata.resourceVersion);
    await put(roleScale(), 'one.worker', replicas(2));
    const error = await refusal(put(roleScale(), 'one.worker', () => ({ ...scale, spec: { replicas: 3 } })));
    expect(isReason(error, 'Conflict')).toBe(true);
    expect((error as Error).message).toContain(
      'Operation cannot be fulfilled on kubedirectorroles.kubedirector.hpe.com "one.worker"',
    );
  });

  it('refuses a version that is none', async () => {
    const scale = await get(roleScale(), 'one.worker');
    const metadata = { ...scale.metadata, resourceVersion: 'abc' };
    const error = await refusal(put(roleScale(), 'one.worker', () => ({ ...scale, metadata })));
    expect(isReason(error, 'BadRequest')).toBe(true);
  });

  it('is refused beyond what the app allows, and for roles that are not there', async () => {
    expect((await causes(put(roleScale(), 'one.head', replicas(2))))[0]).toContain('the app asks for exactly 1 member');
    expect(isReason(await refusal(put(roleScale(), 'one.other', replicas(2))), 'NotFound')).toBe(true);
  });

  it('does not bring back a role that is leaving', async () => {
    await fixture.setStatus('one', {
      observedGeneration: 1,
      roles: [{ id: 'notebook', statefulSet: 'c', members: [member(1)] }],
    });
    await fixture.changeCluster('one', ({ spec }) => spec.roles.pop());
    expect(await causes(put(roleScale(), 'one.notebook', replicas(1)))).toEqual([
      'spec.replicas: Invalid value: 1: the role is leaving the cluster',
    ]);
  });
});
