/** Writes of clusters under a dry run of StatefulSets that a test answers. */
import { afterEach, beforeEach } from 'vitest';
import type { ClusterRole, ClusterSpec, KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import type { DryRunVerdict } from '../../../src/clients/contract.ts';
import { previewStatefulSets } from '../../../src/controller/index.ts';
import type { FieldError } from '../../../src/meta/field-error.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';
import { context, Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

export const app: KubeDirectorApp = {
  ...minimalApp,
  spec: {
    ...minimalApp.spec,
    roles: ['only', 'extra'].map((id) => ({ id, cardinality: '0+' })),
    config: { selectedRoles: ['only', 'extra'], roleServices: [{ roleID: 'only', serviceIDs: ['web'] }] },
  },
};

export type Judge = (statefulSet: StatefulSet, signal: AbortSignal) => DryRunVerdict | Promise<DryRunVerdict>;

export let clock: ManualClock;
export let fixture: Fixture;
/** What kube-apiserver says; all is valid at first. */
let judge: Judge;

export function setJudge(next: Judge): void {
  judge = next;
}

export let asked: StatefulSet[];

export function setAsked(next: StatefulSet[]): void {
  asked = next;
}

export let warnings: string[];
export let writing: CallContext;

export type Spec = ClusterSpec & { roles: [ClusterRole, ...ClusterRole[]] };
export type Change = (spec: Spec) => void;
export const nothing: Change = () => undefined;

export const create = (change = nothing, options: { dryRun?: boolean } = {}, by = writing) => {
  const cluster = structuredClone(minimalCluster);
  change(cluster.spec as Spec);
  return fixture.clusters.create(by, namespace, cluster, options);
};
export const wrong = (field: string, message = 'Invalid value: "x": no'): FieldError => ({
  ...{ type: 'FieldValueInvalid', field, message },
});
export const invalid = (...errors: FieldError[]): DryRunVerdict => ({ type: 'invalid', errors });

/** Gives each test of the file that calls this a group of its own. */
export function eachWithDryRuns(): void {
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
}
