/**
 * PodDisruptionBudgets: one for each role with members, so that whoever drains nodes takes members out of service as an
 * update does. Kubernetes refuses to evict a pod that two of them select: where a user's own selects pods of a role, it
 * replaces the controller's. Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { PodDisruptionBudget } from '../../../apis/kubernetes/types.ts';
import { labelSelectorFrom } from '../../../meta/labels.ts';
import type { Stored } from '../../../meta/object.ts';
import {
  allMembers,
  event,
  isInService,
  isLeaving,
  isToStop,
  objectContext,
  type Draft,
  type MemberInRole,
} from '../draft.ts';
import { disruptionBudget } from '../objects/disruption-budget.ts';
import { podLabels } from '../objects/metadata.ts';
import type { ResolvedRole } from '../roles.ts';
import { deletion } from './deletion.ts';
import { hasOrphans } from './orphaned-pods.ts';
import { isAdoptable, isOwned } from './ownership.ts';

/** What is to be there, by name, and what is not; nothing for roles of which no member has been in service yet. */
interface Budgets {
  readonly wanted: readonly PodDisruptionBudget[];
  readonly unwanted: readonly Stored<PodDisruptionBudget>[];
}

/** Adds the deletion of those that are not to be any more. @returns those that are to be */
export function planBudgets(draft: Draft): readonly PodDisruptionBudget[] {
  const { wanted, unwanted } = budgetsOf(draft);
  for (const budget of unwanted) {
    draft.actions.push(...deletion('PodDisruptionBudget', budget));
  }
  return wanted;
}

function budgetsOf(draft: Draft): Budgets {
  const { cluster, budgets } = draft.observed;
  const all = allMembers(draft).filter(({ member }) => !isLeaving(member));
  const wanted = draft.status.roles.flatMap((role) => {
    const resolved = draft.roles.get(role.id);
    const staying = all.filter((one) => one.role === role);
    if (resolved === undefined || !needsBudget(draft, role, resolved, staying)) return [];
    const outOfService = staying.filter((one) => !isInService(draft, one)).map(({ member }) => member.pod);
    const orphaned = hasOrphans(draft, role) ? staying.length : undefined;
    return [disruptionBudget(objectContext(draft), resolved, { name: role.statefulSet, outOfService, orphaned })];
  });
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const unwanted = [...budgets.values()].filter(
    (budget) => isOwned(cluster, budget) && !names.has(budget.metadata.name),
  );
  return { wanted, unwanted };
}

function needsBudget(
  draft: Draft,
  role: RoleStatus,
  resolved: ResolvedRole,
  staying: readonly MemberInRole[],
): boolean {
  const [other] = foreignBudgets(draft, role, resolved);
  const existing = draft.observed.budgets.get(role.statefulSet);
  const isThere = existing !== undefined && isAdoptable(draft.observed.cluster, existing);
  if (other !== undefined) {
    const { name } = other.metadata;
    if (isThere) event(draft, 'Role', `poddisruptionbudget{${name}} replaces that of role{${role.id}}`);
    return false;
  }
  if (staying.length === 0) return false;
  return staying.some((one) => isInService(draft, one)) || (isThere && !isToStop(draft));
}

/** Those of users that select a pod of the role. */
function foreignBudgets(
  draft: Draft,
  { members, statefulSet }: RoleStatus,
  resolved: ResolvedRole,
): readonly Stored<PodDisruptionBudget>[] {
  const { budgets, cluster, pods } = draft.observed;
  const isOurs = (budget: Stored<PodDisruptionBudget>): boolean =>
    isOfClusters(budget) || (budget.metadata.name === statefulSet && isAdoptable(cluster, budget));
  const foreign = [...budgets.values()].filter((budget) => !isOurs(budget));
  if (foreign.length === 0) return [];
  const labels = [
    podLabels(objectContext(draft), resolved),
    ...members.map(({ pod }) => pods.get(pod)?.metadata.labels ?? {}),
  ];
  return foreign.filter(({ spec, metadata }) => {
    if (spec?.selector === undefined || metadata.deletionTimestamp !== undefined) return false;
    const selector = labelSelectorFrom(spec.selector);
    return labels.some((one) => selector.matches(one));
  });
}

const isOfClusters = ({ metadata: { ownerReferences = [] } }: PodDisruptionBudget): boolean =>
  ownerReferences.some(({ kind, controller }) => controller === true && kind === 'KubeDirectorCluster');

/**
 * Whether Kubernetes knows the role's budget as it is to be now. Until then it refuses to evict the pods that it selects.
 * Call it after the natives were planned.
 */
export function isBudgetKnown({ observed, actions }: Draft, { statefulSet }: RoleStatus): boolean {
  const budget = observed.budgets.get(statefulSet);
  if (budget === undefined) return true;
  const { generation = 0 } = budget.metadata;
  const isChanging = actions.some((action) => action.type === 'repair' && action.actual === budget);
  return !isChanging && (budget.status?.observedGeneration ?? 0) >= generation;
}
