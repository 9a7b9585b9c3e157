/**
 * On which nodes a pod may run by labels and taints. Source:
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import type { Affinity, Node, Pod } from '../../apis/kubernetes/types.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';

type NodeTerm = NonNullable<
  NonNullable<
    NonNullable<Affinity['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
  >['nodeSelectorTerms']
>[number];
type Requirement = NonNullable<NodeTerm['matchExpressions']>[number];
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

function requirementMatches(
  { key, operator, values = [] }: Requirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function termMatches({ matchExpressions = [], matchFields = [] }: NodeTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name ?? '' };
  return (
    matchExpressions.every((one) => requirementMatches(one, node.metadata.labels ?? {})) &&
    matchFields.every((one) => requirementMatches(one, fields))
  );
}

/** Whether the node satisfies nodeSelector and the required node affinity. */
export function fitsNode({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return selected && (required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node)));
}

/** Whether the node has a taint that keeps new pods away and that the pod does not tolerate. */
export function hasUntoleratedTaint({ spec }: Pod, node: Node): boolean {
  return (node.spec?.taints ?? []).some(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' &&
      !(spec?.tolerations ?? []).some(
        ({ key, operator, value, effect }) =>
          (!effect || effect === taint.effect) &&
          (!key || key === taint.key) &&
          (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
      ),
  );
}

/** A pod and the node that it runs on. */
export interface PlacedPod {
  readonly pod: Pod;
  readonly node: Node;
}

function matchesTerm(term: PodTerm, owner: Pod, other: Pod): boolean {
  const namespaces = term.namespaces?.length ? term.namespaces : [owner.metadata.namespace ?? ''];
  const everywhere = term.namespaceSelector !== undefined && Object.keys(term.namespaceSelector).length === 0;
  if (!everywhere && !namespaces.includes(other.metadata.namespace ?? '')) return false;
  return labelSelectorFrom(term.labelSelector ?? {}).matches(other.metadata.labels ?? {});
}

const sameTopology = (key: string, a: Node, b: Node): boolean =>
  a.metadata.labels?.[key] !== undefined && a.metadata.labels[key] === b.metadata.labels?.[key];

/** The required rule that forbids the node, of the pod or of a placed pod. Undefined if the node is allowed. */
export function violatesPodAffinity(
  pod: Pod,
  node: Node,
  placed: Iterable<PlacedPod>,
): 'affinity' | 'anti-affinity' | undefined {
  const affinity = pod.spec?.affinity;
  const near = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const apart = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const unmet = new Set(near);
  let unmatchedAnywhere = new Set(near);
  for (const other of placed) {
    const theirs = other.pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const repelled =
      apart.some((term) => sameTopology(term.topologyKey, node, other.node) && matchesTerm(term, pod, other.pod)) ||
      theirs.some((term) => sameTopology(term.topologyKey, node, other.node) && matchesTerm(term, other.pod, pod));
    if (repelled) return 'anti-affinity';
    for (const term of near) {
      if (!matchesTerm(term, pod, other.pod)) continue;
      unmatchedAnywhere.delete(term);
      if (sameTopology(term.topologyKey, node, other.node)) unmet.delete(term);
    }
  }
  // The first pod of a group whose affinity is for the group itself may run anywhere.
  unmatchedAnywhere = new Set([...unmatchedAnywhere].filter((term) => matchesTerm(term, pod, pod)));
  return [...unmet].some((term) => !unmatchedAnywhere.has(term)) ? 'affinity' : undefined;
}
