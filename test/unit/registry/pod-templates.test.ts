/** What kube-apiserver's dry run of StatefulSets does to writes of clusters. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole } from '../../../src/apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import { causes, namespace } from './fixture.ts';
import { minimalCluster } from './objects.ts';
import {
  app,
  asked,
  clock,
  create,
  eachWithDryRuns,
  fixture,
  invalid,
  nothing,
  setAsked,
  setJudge,
  warnings,
  writing,
  wrong,
  type Change,
  type Judge,
  type Spec,
} from './pod-templates-fixture.ts';

eachWithDryRuns();

const container = 'spec.template.spec.containers[0]';

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
    setJudge((set) =>
      roleOf(set) === 'extra'
        ? invalid(wrong('spec.template.spec.affinity.podAffinity'), wrong(`${container}.resources.limits[a/b]`))
        : { type: 'valid' },
    );
    expect(await causes(create(({ roles }) => roles.push(role('extra'))))).toEqual([
      'spec.roles[1].affinity.podAffinity: Invalid value: "x": no',
      'spec.roles[1].resources.limits[a/b]: Invalid value: "x": no',
    ]);
  });

  it('is refused with kind and words of the error as kube-apiserver gives them', async () => {
    setJudge(() =>
      invalid({ type: 'FieldValueForbidden', field: 'spec.template.spec.affinity', message: 'Forbidden' }),
    );
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
    setJudge(() => invalid(wrong(field('initContainers')), wrong(field('containers'))));
    expect(await causes(create())).toEqual(['spec.roles[0].resources.limits[memory]: Invalid value: "x": no']);
  });

  it('is told where an error comes from that is not in its spec', async () => {
    setJudge(() => invalid(wrong(`${container}.image`)));
    expect(await causes(create())).toEqual([
      `spec.roles[0]: Invalid value: "x": no (${container}.image of the role's StatefulSet, ` +
        'which comes from the app "minimal" or the global configuration)',
    ]);
  });

  it('is asked about in a dry run of the cluster, too', async () => {
    setJudge(() => invalid(wrong('spec.template.spec.affinity')));
    expect(await causes(create(nothing, { dryRun: true }))).toEqual(['spec.roles[0].affinity: Invalid value: "x": no']);
  });

  it('is not asked about where the rules of this program refuse it, or its schema', async () => {
    await causes(create(({ roles }) => (roles[0].members = -1)));
    await causes(create(({ roles }) => (roles[0].resources.limits.memory = '-1Gi')));
    await causes(create(({ roles }) => Object.assign(roles[0], { resources: undefined })));
    expect(asked).toEqual([]);
  });

  it('is created with a warning where a policy or a quota refuses its StatefulSet', async () => {
    setJudge(() => ({ type: 'refused', reason: 'statefulsets.apps is forbidden: exceeded quota: q' }));
    expect((await create()).created).toBe(true);
    expect(warnings).toEqual([
      'role "only" may not get its StatefulSet: statefulsets.apps is forbidden: exceeded quota: q',
    ]);
  });

  it('is created with a warning where its namespace will not admit its pods, and with no other', async () => {
    const violation = 'would violate PodSecurity "restricted:latest": runAsNonRoot != true (…)';
    setJudge(() => ({ type: 'valid', warnings: [violation, 'spec.template: something else'] }));
    expect((await create()).created).toBe(true);
    expect(warnings).toEqual([`pods of role "only" ${violation}`]);
  });

  it('is created without a word where there is no answer', async () => {
    setJudge(() => ({ type: 'unknown' }));
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
    setJudge(never);
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
    setJudge((set) =>
      roleOf(set) === 'extra' ? invalid(wrong('spec.template.spec.affinity')) : new Promise<never>(() => undefined),
    );
    const refused = causes(create(({ roles }) => roles.push(role('extra'))));
    await settled();
    clock.advance(2000);
    expect(await refused).toEqual(['spec.roles[1].affinity: Invalid value: "x": no']);
  });

  it('is given up with its request, and the question with it', async () => {
    const request = new AbortController();
    let given: AbortSignal | undefined;
    setJudge((_set, signal) => {
      given = signal;
      return new Promise<never>(() => undefined);
    });
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
    setJudge(async () => {
      most = Math.max(most, (running += 1));
      await settled();
      running -= 1;
      return { type: 'valid' };
    });
    await create((spec) => Object.assign(spec, { app: 'many', roles: many.map((id) => role(id)) }));
    expect([asked.length, most]).toEqual([20, 8]);
  });
});

describe('a cluster that exists', () => {
  beforeEach(async () => {
    await create(({ roles }) => roles.push(role('extra', { podLabels: { a: 'b' } })));
    setAsked([]);
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
    setJudge(({ spec }) =>
      spec.template.metadata?.labels?.['a'] === 'c' ? invalid(wrong('spec.template.labels')) : { type: 'valid' },
    );
    const change = update(({ roles }) => Object.assign(roles[1] ?? {}, { podLabels: { a: 'c' } }));
    expect(await causes(change)).toEqual(['spec.roles[1].podLabels: Invalid value: "x": no']);
    expect(warnings).toEqual([]);
  });

  it('is not refused for what was wrong with it before', async () => {
    setJudge(() => invalid(wrong('spec.template.spec.affinity')));
    await update(({ roles }) => (roles[0].podLabels = { c: 'd' }));
    setJudge(({ spec }) =>
      spec.template.metadata?.labels?.['c'] === 'e'
        ? invalid(wrong('spec.template.spec.affinity'), wrong('spec.template.labels'))
        : invalid(wrong('spec.template.spec.affinity')),
    );
    const change = update(({ roles }) => (roles[0].podLabels = { c: 'e' }));
    expect(await causes(change)).toEqual(['spec.roles[0].podLabels: Invalid value: "x": no']);
  });

  it('is not told of a quota for StatefulSets that it has', async () => {
    const stateDetail = {};
    const member = { pod: 'set-0', service: 'n/a', nodeID: 1, state: 'configured', stateDetail } as const;
    await fixture.setStatus('one', { roles: [{ id: 'only', statefulSet: 'set', members: [member] }] });
    setJudge(() => ({ type: 'refused', reason: 'exceeded quota: q' }));
    await update(({ roles }) => (roles[0].podLabels = { c: 'd' }));
    expect(asked.map(roleOf)).toEqual(['only']);
    expect(warnings).toEqual([]);
  });
});
