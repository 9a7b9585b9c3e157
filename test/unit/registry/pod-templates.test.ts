/** What kube-apiserver's dry run of StatefulSets does to writes of clusters. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole, ClusterSpec, KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import type { DryRunVerdict } from '../../../src/clients/contract.ts';
import { previewStatefulSets } from '../../../src/controller/index.ts';
import type { FieldError } from '../../../src/meta/field-error.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';
import { causes, context, Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const app: KubeDirectorApp = {
  ...minimalApp,
  spec: {
    ...minimalApp.spec,
    roles: ['only', 'extra'].map((id) => ({ id, cardinality: '0+' })),
    config: { selectedRoles: ['only', 'extra'], roleServices: [{ roleID: 'only', serviceIDs: ['web'] }] },
  },
};

type Judge = (statefulSet: StatefulSet, signal: AbortSignal) => DryRunVerdict | Promise<DryRunVerdict>;

let clock: ManualClock;
let fixture: Fixture;
/** What kube-apiserver says; all is valid at first. */
let judge: Judge;
let asked: StatefulSet[];
let warnings: string[];
let writing: CallContext;

beforeEach(async () => {
  clock = createManualClock();
  judge = () => ({ type: 'valid' });
  asked = [];
  warnings = [];
  writing = { ...context, warn: (text) => warnings.push(text) };
  const check = async (statefulSet: StatefulSet, signal: AbortSignal): Promise<DryRunVerdict> => {
    asked.push(statefulSet);
    return judge(statefulSet, signal);
  };
  fixture = await Fixture.started(undefined, { dryRun: { check }, statefulSets: previewStatefulSets, clock });
  fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace } });
  await fixture.app(app);
});
afterEach(() => fixture.stop());

type Spec = ClusterSpec & { roles: [ClusterRole, ...ClusterRole[]] };
type Change = (spec: Spec) => void;
const nothing: Change = () => undefined;

const create = (change = nothing, options: { dryRun?: boolean } = {}, by = writing) => {
  const cluster = structuredClone(minimalCluster);
  change(cluster.spec as Spec);
  return fixture.clusters.create(by, namespace, cluster, options);
};
const update = (change: Change) =>
  fixture.clusters.update(writing, { namespace, name: 'one' }, (current) => {
    const next = structuredClone(current ?? minimalCluster);
    change(next.spec as Spec);
    return next;
  });
const role = (id: string, change: Partial<ClusterRole> = {}): ClusterRole => ({
  ...{ id, members: 1, resources: { limits: { memory: '1Gi', cpu: '1' } } },
  ...change,
});
const roleOf = (statefulSet: StatefulSet): string => statefulSet.metadata.labels?.['kubedirector.hpe.com/role'] ?? '';
const container = 'spec.template.spec.containers[0]';
const wrong = (field: string, message = 'Invalid value: "x": no'): FieldError => ({
  ...{ type: 'FieldValueInvalid', field, message },
});
const invalid = (...errors: FieldError[]): DryRunVerdict => ({ type: 'invalid', errors });

/** Until all that can happen without time passing has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a new cluster', () => {
  it('is asked about once for each role, in its namespace, without owner and under no name of its own', async () => {
    await create(({ roles }) => roles.push(role('extra')));
    expect(asked.map(roleOf)).toEqual(['only', 'extra']);
    expect(asked.map(({ metadata }) => metadata)).toEqual(
      asked.map(() => ({
        namespace,
        generateName: 'kdss-preview-',
        labels: expect.objectContaining({ 'kubedirector.hpe.com/kdcluster': 'preview' }) as object,
        annotations: { 'kubedirector.hpe.com/kdapp-prettyName': 'Minimal' },
      })),
    );
  });

  it('is refused with the fields of its roles', async () => {
    judge = (set) =>
      roleOf(set) === 'extra'
        ? invalid(wrong('spec.template.spec.affinity.podAffinity'), wrong(`${container}.resources.limits[a/b]`))
        : { type: 'valid' };
    expect(await causes(create(({ roles }) => roles.push(role('extra'))))).toEqual([
      'spec.roles[1].affinity.podAffinity: Invalid value: "x": no',
      'spec.roles[1].resources.limits[a/b]: Invalid value: "x": no',
    ]);
  });

  it('is refused with kind and words of the error as kube-apiserver gives them', async () => {
    judge = () => invalid({ type: 'FieldValueForbidden', field: 'spec.template.spec.affinity', message: 'Forbidden' });
    await expect(create()).rejects.toMatchObject({
      code: 422,
      status: {
        details: {
          kind: 'KubeDirectorCluster',
          causes: [{ reason: 'FieldValueForbidden', field: 'spec.roles[0].affinity', message: 'Forbidden' }],
        },
      },
    });
  });

  it('is told once what two containers of the pod have in common', async () => {
    const field = (containers: string) => `spec.template.spec.${containers}[0].resources.limits[memory]`;
    judge = () => invalid(wrong(field('initContainers')), wrong(field('containers')));
    expect(await causes(create())).toEqual(['spec.roles[0].resources.limits[memory]: Invalid value: "x": no']);
  });

  it('is told where an error comes from that is not in its spec', async () => {
    judge = () => invalid(wrong(`${container}.image`));
    expect(await causes(create())).toEqual([
      `spec.roles[0]: Invalid value: "x": no (${container}.image of the role's StatefulSet, ` +
        'which comes from the app "minimal" or the global configuration)',
    ]);
  });

  it('is asked about in a dry run of the cluster, too', async () => {
    judge = () => invalid(wrong('spec.template.spec.affinity'));
    expect(await causes(create(nothing, { dryRun: true }))).toEqual(['spec.roles[0].affinity: Invalid value: "x": no']);
  });

  it('is not asked about where the rules of this program refuse it, or its schema', async () => {
    await causes(create(({ roles }) => (roles[0].members = -1)));
    await causes(create(({ roles }) => (roles[0].resources.limits.memory = '-1Gi')));
    await causes(create(({ roles }) => Object.assign(roles[0], { resources: undefined })));
    expect(asked).toEqual([]);
  });

  it('is created with a warning where a policy or a quota refuses its StatefulSet', async () => {
    judge = () => ({ type: 'refused', reason: 'statefulsets.apps is forbidden: exceeded quota: q' });
    expect((await create()).created).toBe(true);
    expect(warnings).toEqual([
      'role "only" may not get its StatefulSet: statefulsets.apps is forbidden: exceeded quota: q',
    ]);
  });

  it('is created without a word where there is no answer', async () => {
    judge = () => ({ type: 'unknown' });
    expect((await create()).created).toBe(true);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['never answers and never hears that it is given up', () => new Promise<never>(() => undefined)],
    [
      'fails when it is given up',
      (_: StatefulSet, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('given up')), { once: true });
        }),
    ],
  ] satisfies [string, Judge][])('is created after 2 s where kube-apiserver %s', async (_how, never) => {
    judge = never;
    let done = false;
    const creating = create(({ roles }) => roles.push(role('extra'))).finally(() => (done = true));
    await settled();
    clock.advance(1999);
    await settled();
    expect([asked.length, done]).toEqual([2, false]);
    clock.advance(1);
    expect((await creating).created).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is refused for the roles that were answered about in time', async () => {
    judge = (set) =>
      roleOf(set) === 'extra' ? invalid(wrong('spec.template.spec.affinity')) : new Promise<never>(() => undefined);
    const refused = causes(create(({ roles }) => roles.push(role('extra'))));
    await settled();
    clock.advance(2000);
    expect(await refused).toEqual(['spec.roles[1].affinity: Invalid value: "x": no']);
  });

  it('is given up with its request, and the question with it', async () => {
    const request = new AbortController();
    let given: AbortSignal | undefined;
    judge = (_set, signal) => {
      given = signal;
      return new Promise<never>(() => undefined);
    };
    const creating = create(nothing, {}, { ...writing, signal: request.signal });
    await settled();
    request.abort(new Error('gone'));
    await expect(creating).rejects.toThrow('gone');
    expect([given?.aborted, clock.pending]).toEqual([true, 0]);
  });

  it('has at most eight questions under way at a time', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `role${index}`);
    const named = { ...structuredClone(app), metadata: { name: 'many' } };
    named.spec.roles = many.map((id) => ({ id, cardinality: '0+' }));
    named.spec.config = { selectedRoles: many, roleServices: [] };
    await fixture.app(named);
    let running = 0;
    let most = 0;
    judge = async () => {
      most = Math.max(most, (running += 1));
      await settled();
      running -= 1;
      return { type: 'valid' };
    };
    await create((spec) => Object.assign(spec, { app: 'many', roles: many.map((id) => role(id)) }));
    expect([asked.length, most]).toEqual([20, 8]);
  });
});

describe('a cluster that exists', () => {
  beforeEach(async () => {
    await create(({ roles }) => roles.push(role('extra', { podLabels: { a: 'b' } })));
    asked = [];
  });

  it('is not asked about when it is scaled, labelled, or changed beside its pods', async () => {
    await update(({ roles }) => (roles[0].members = 5));
    await update(({ roles }) => (roles[0].serviceLabels = { a: 'b' }));
    await update((spec) => (spec.connections = { secrets: ['keys'] }));
    const target = { namespace, name: 'one' };
    await fixture.clusters.update(writing, target, (current) => ({
      ...(current ?? minimalCluster),
      metadata: { ...current?.metadata, labels: { a: 'b' } },
    }));
    expect(asked).toEqual([]);
  });

  it('is asked about the roles alone whose pods change, or that are new', async () => {
    await update(({ roles }) => Object.assign(roles[1] ?? {}, { podLabels: { a: 'c' } }));
    await update(({ roles }) => roles.pop());
    await update(({ roles }) => roles.push(role('extra')));
    expect(asked.map(roleOf)).toEqual(['extra', 'extra']);
  });

  it('is refused what is wrong with a change', async () => {
    judge = ({ spec }) =>
      spec.template.metadata?.labels?.['a'] === 'c' ? invalid(wrong('spec.template.labels')) : { type: 'valid' };
    const change = update(({ roles }) => Object.assign(roles[1] ?? {}, { podLabels: { a: 'c' } }));
    expect(await causes(change)).toEqual(['spec.roles[1].podLabels: Invalid value: "x": no']);
    expect(warnings).toEqual([]);
  });

  it('is not refused for what was wrong with it before', async () => {
    judge = () => invalid(wrong('spec.template.spec.affinity'));
    await update(({ roles }) => (roles[0].podLabels = { c: 'd' }));
    judge = ({ spec }) =>
      spec.template.metadata?.labels?.['c'] === 'e'
        ? invalid(wrong('spec.template.spec.affinity'), wrong('spec.template.labels'))
        : invalid(wrong('spec.template.spec.affinity'));
    const change = update(({ roles }) => (roles[0].podLabels = { c: 'e' }));
    expect(await causes(change)).toEqual(['spec.roles[0].podLabels: Invalid value: "x": no']);
  });

  it('is not told of a quota for StatefulSets that it has', async () => {
    const stateDetail = {};
    const member = { pod: 'set-0', service: 'n/a', nodeID: 1, state: 'configured', stateDetail } as const;
    await fixture.setStatus('one', { roles: [{ id: 'only', statefulSet: 'set', members: [member] }] });
    judge = () => ({ type: 'refused', reason: 'exceeded quota: q' });
    await update(({ roles }) => (roles[0].podLabels = { c: 'd' }));
    expect(asked.map(roleOf)).toEqual(['only']);
    expect(warnings).toEqual([]);
  });
});

describe('a field of the StatefulSet', () => {
  const given: Partial<ClusterRole> = {
    affinity: {},
    env: [
      { name: 'FIRST', value: '1' },
      { name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' },
      { name: 'SECOND', value: '2' },
    ],
    podLabels: { a: 'b' },
    podAnnotations: { a: 'b' },
    secret: { name: 'keys', mountPath: '/keys' },
    sharedMemory: '1Gi',
    storage: { size: '1Gi' },
    blockStorage: { storageClassName: 'fast', pathPrefix: '/dev/b', numDevices: 2 },
    volumeProjections: [{ pvcName: 'claim', mountPath: '/claim' }],
  };
  beforeEach(() => {
    const spec = { accessModes: ['ReadWriteMany'], volumeMode: 'Filesystem' };
    const metadata = { name: 'claim', namespace };
    fixture.native.claims.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec });
  });
  const mountOf = ({ spec }: StatefulSet, path: string): number =>
    spec.template.spec?.containers[0]?.volumeMounts?.findIndex(({ mountPath }) => mountPath === path) ?? -1;
  /** As kube-apiserver counts. */
  const volumeOf = ({ spec }: StatefulSet, name: string): number => {
    const index = spec.template.spec?.volumes?.findIndex((volume) => volume.name === name) ?? -1;
    return index + (spec.volumeClaimTemplates?.length ?? 0);
  };

  it.each<[field: string | ((set: StatefulSet) => string), expected: string]>([
    ['spec.template.labels', 'spec.roles[0].podLabels'],
    ['spec.template.annotations[a]', 'spec.roles[0].podAnnotations[a]'],
    ['spec.template.spec.affinity.nodeAffinity', 'spec.roles[0].affinity.nodeAffinity'],
    [`${container}.env[0].valueFrom`, 'spec.roles[0].env[0].valueFrom'],
    [`${container}.env[1].name`, 'spec.roles[0].env[2].name'],
    [`${container}.env[2].value`, 'spec.roles[0].env[1].value'],
    [`${container}.volumeDevices[1].devicePath`, 'spec.roles[0].blockStorage.pathPrefix'],
    [(set) => `${container}.volumeMounts[${mountOf(set, '/keys')}].mountPath`, 'spec.roles[0].secret.mountPath'],
    [
      (set) => `${container}.volumeMounts[${mountOf(set, '/claim')}].mountPath`,
      'spec.roles[0].volumeProjections[0].mountPath',
    ],
    [
      (set) => `spec.template.spec.volumes[${volumeOf(set, 'secret-vol-keys')}].secret.secretName`,
      'spec.roles[0].secret.name',
    ],
    [(set) => `spec.template.spec.volumes[${volumeOf(set, 'shmem')}].emptyDir.sizeLimit`, 'spec.roles[0].sharedMemory'],
    [
      (set) => `spec.template.spec.volumes[${volumeOf(set, 'projected-vol-0')}].persistentVolumeClaim.claimName`,
      'spec.roles[0].volumeProjections[0].pvcName',
    ],
    ['spec.volumeClaimTemplates[0].spec.resources.requests[storage]', 'spec.roles[0].storage.size'],
    ['spec.volumeClaimTemplates[2].spec.storageClassName', 'spec.roles[0].blockStorage.storageClassName'],
    ['spec.volumeClaimTemplates[1].metadata.labels', 'spec.roles[0].podLabels'],
    ['spec.template.spec.containers[0].ports[0].name', 'spec.roles[0]'],
    ['spec.serviceName', 'spec.roles[0]'],
    [(set) => `${container}.volumeMounts[${mountOf(set, '/tmp')}].mountPath`, 'spec.roles[0]'],
  ])('is named by the role’s own: %s', async (field, expected) => {
    judge = (set) => invalid(wrong(typeof field === 'string' ? field : field(set)));
    const [cause = ''] = await causes(create(({ roles }) => Object.assign(roles[0], given)));
    expect(cause.replace(/: .*/s, '')).toBe(expected);
  });
});
