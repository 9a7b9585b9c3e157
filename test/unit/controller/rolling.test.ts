/** When the plan has a pod go because its member is out of date. */
import { describe, expect, test } from 'vitest';
import type { ClusterSpec, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { pausedAnnotation, revisionAnnotation } from '../../../src/apis/kubedirector/well-known.ts';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { updateStrategyOf } from '../../../src/controller/plan/rolling/update-strategy.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { createIds, member, now, pod, running, settled, stamp, statusOf } from './facts.ts';

const members = (): MemberStatus[] => ['set-0', 'set-1', 'set-2'].map((name, index) => member(name, index + 1));

/** As a StatefulSet controller has left it, which has seen so much. */
function set(revision: string, { observedGeneration = 2 } = {}): Stored<StatefulSet> {
  const selector = { 'kubedirector.hpe.com/kdcluster': 'sample', 'kubedirector.hpe.com/role': 'work' };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: { ...stamp, name: 'set', namespace: 'default', generation: 2, labels: selector },
    spec: {
      ...{ serviceName: 'hs', replicas: 3, selector: { matchLabels: selector } },
      template: { metadata: { annotations: { [revisionAnnotation]: revision } } },
    },
    status: { replicas: 3, observedGeneration },
  };
}

interface World {
  /** The revision of the spec. */
  readonly target: string;
  readonly facts: Observed;
}

/** Three members whose pods were made of another revision than the spec's. */
function outdated(change: (spec: ClusterSpec) => void = () => undefined): World {
  const facts = settled(members(), 1, ({ spec }) => change(spec));
  const target = statusOf(facts).roles?.[0]?.updateRevision ?? '';
  return { target, facts: withPods(facts, () => 'other') };
}

function withPods(facts: Observed, revisionOf: (name: string) => string): Observed {
  const made = [...facts.pods.keys()].map((name) => {
    const annotations = { [revisionAnnotation]: revisionOf(name) };
    return [name, pod(name, running(`containerd://${name}`), { annotations })] as const;
  });
  return { ...facts, pods: new Map(made) };
}

const withSet = (facts: Observed, made: Stored<StatefulSet>): Observed => ({
  ...facts,
  statefulSets: new Map([['set', made]]),
});

const evicted = (facts: Observed): string[] =>
  plan(facts, now, createIds()).actions.flatMap((action) =>
    action.type === 'evict' ? [action.pod.metadata.name] : [],
  );

describe('a member that is out of date', () => {
  test('goes once the StatefulSet controller makes pods of the new revision, and not before', () => {
    const { facts, target } = outdated();
    expect(evicted(facts)).toEqual([]);
    expect(evicted(withSet(facts, set('other')))).toEqual([]);
    expect(evicted(withSet(facts, set(target, { observedGeneration: 1 })))).toEqual([]);
    expect(evicted(withSet(facts, set(target)))).toEqual(['set-2']);
  });

  test('stays while another one of its role is out of service for any reason', () => {
    const { facts, target } = outdated();
    const current = withSet(
      withPods(facts, (name) => (name === 'set-0' ? target : 'other')),
      set(target),
    );
    expect(evicted(current)).toEqual(['set-2']);
    const { pods } = current;
    const without = new Map([...pods].filter(([name]) => name !== 'set-0'));
    expect(evicted({ ...current, pods: without })).toEqual([]);
    const going = pod('set-0', running('containerd://set-0'), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(evicted({ ...current, pods: new Map([...pods, ['set-0', going]]) })).toEqual([]);
  });

  test('goes first where it is out of service itself', () => {
    const { facts, target } = outdated();
    const annotations = { [revisionAnnotation]: 'other' };
    const broken = pod('set-0', running('containerd://unknown'), { annotations });
    const current = withSet({ ...facts, pods: new Map([...facts.pods, ['set-0', broken]]) }, set(target));
    expect(evicted(current)).toEqual(['set-0']);
  });

  test('stays in a cluster that is suspended, or paused, or whose strategy says so', () => {
    for (const change of [
      (spec: ClusterSpec) => (spec.suspend = true),
      (spec: ClusterSpec) => (spec.updateStrategy = { paused: true }),
      (spec: ClusterSpec) => (spec.updateStrategy = { type: 'OnDelete' }),
    ]) {
      const { facts, target } = outdated(change);
      expect(evicted(withSet(facts, set(target)))).toEqual([]);
    }
    const { facts, target } = outdated();
    const { cluster } = facts;
    const metadata = { ...cluster.metadata, annotations: { [pausedAnnotation]: 'true' } };
    expect(evicted(withSet({ ...facts, cluster: { ...cluster, metadata } }, set(target)))).toEqual([]);
  });

  test('counts in the status, with the revision that it runs', () => {
    const { facts, target } = outdated();
    const current = withSet(
      withPods(facts, (name) => (name === 'set-2' ? target : 'other')),
      set(target),
    );
    const [role] = statusOf(current).roles ?? [];
    expect(role).toMatchObject({ replicas: 3, updatedReplicas: 1, readyReplicas: 3, updateRevision: target });
    expect(role?.members.map(({ revision }) => revision)).toEqual(['other', 'other', target]);
  });
});

test('members of a role that has left the spec do not count, and wait for no update', () => {
  const { facts, target } = outdated();
  const status = statusOf(withSet(facts, set(target)));
  expect(status.roles?.[0]).toMatchObject({ replicas: 3, readyReplicas: 3 });
  const { cluster } = facts;
  const metadata = { ...cluster.metadata, generation: 2 };
  const left = { ...cluster, metadata, status, spec: { ...cluster.spec, roles: [] } };
  const [role] = statusOf(withSet({ ...facts, cluster: left }, set(target))).roles ?? [];
  expect(role).toMatchObject({ replicas: 0, updatedReplicas: 0, readyReplicas: 0, currentRevision: target });
});

describe('how many members may be out of service', () => {
  test.each([
    [undefined, 5, 1],
    [3, 5, 3],
    ['20%', 5, 1],
    ['25%', 5, 2],
    ['1%', 1000, 10],
    ['100%', 5, 5],
  ])('is, for %j of %i, %i', (maxUnavailable, count, expected) => {
    const strategy = maxUnavailable === undefined ? {} : { maxUnavailable };
    const role = { id: 'r', resources: { limits: { cpu: 1, memory: 1 } } };
    const spec = { app: 'a', roles: [role], updateStrategy: strategy };
    expect(updateStrategyOf(spec, role, count).maxUnavailable).toBe(expected);
    const own = { ...role, updateStrategy: { paused: true } };
    expect(updateStrategyOf(spec, own, count)).toMatchObject({ paused: true, maxUnavailable: expected });
  });
});
