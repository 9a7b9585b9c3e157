/** Filters and scores nodes for one pod. If none fits, it gives the reason in the words of kube-scheduler. */
import type { Node, Pod } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import { fitsNode, hasUntoleratedTaint, violatesPodAffinity, type PlacedPod } from './affinity.ts';
import { addResources, allocatable, insufficient, podRequests, type Resources } from './resources.ts';

/** The pods that run on a node or were just assigned to it. */
export interface NodeLoad {
  readonly pods: ReadonlyMap<string, Pod>;
  readonly used: Resources;
}

/** The chosen node, or the message that says why no node fits. */
export type Choice = { readonly node: string } | { readonly reason: string };

const reasonNames: Readonly<Record<string, string>> = { pods: 'Too many pods' };

function objections(pod: Pod, node: Node, load: NodeLoad, placed: Iterable<PlacedPod> | undefined): string[] {
  if (node.spec?.unschedulable) return ['node(s) were unschedulable'];
  if (hasUntoleratedTaint(pod, node)) return ['node(s) had untolerated taint(s)'];
  if (!fitsNode(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const missing = insufficient(podRequests(pod), load.used, allocatable(node));
  if (missing.length > 0) return missing.map((name) => reasonNames[name] ?? `Insufficient ${name}`);
  const violated = placed === undefined ? undefined : violatesPodAffinity(pod, node, placed);
  return violated === undefined ? [] : [`node(s) didn't match pod ${violated} rules`];
}

const emptyLoad: NodeLoad = { pods: new Map(), used: new Map() };

/** How full the node would be with the pod, in per mille: the larger value of cpu and memory. */
function fullness(pod: Pod, node: Node, load: NodeLoad): number {
  const after = addResources(load.used, podRequests(pod));
  const available = allocatable(node);
  const share = (name: string): number => {
    const total = Number(available.get(name)?.ceil() ?? 0n);
    return total === 0 ? 0 : (1000 * Number(after.get(name)?.ceil() ?? 0n)) / total;
  };
  return Math.max(share('cpu'), share('memory'));
}

const mindsNeighbours = ({ spec }: Pod): boolean =>
  spec?.affinity?.podAffinity !== undefined || spec?.affinity?.podAntiAffinity !== undefined;

/** The least loaded node that fits, or why none does: "0/2 nodes are available: 2 Insufficient cpu." */
export function chooseNode(
  pod: Pod,
  nodes: readonly Stored<Node>[],
  loads: ReadonlyMap<string, NodeLoad>,
  podsWithAffinity: number,
): Choice {
  const minds = mindsNeighbours(pod) || podsWithAffinity > 0;
  const placed = minds
    ? nodes.flatMap((node) =>
        [...(loads.get(node.metadata.name)?.pods.values() ?? [])].map((one) => ({ pod: one, node })),
      )
    : undefined;
  const counts = new Map<string, number>();
  let best: { name: string; score: number } | undefined;
  for (const node of nodes) {
    const load = loads.get(node.metadata.name) ?? emptyLoad;
    const against = objections(pod, node, load, placed);
    for (const reason of against) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (against.length > 0) continue;
    const score = fullness(pod, node, load);
    if (best === undefined || score < best.score) best = { name: node.metadata.name, score };
  }
  if (best !== undefined) return { node: best.name };
  const head = `0/${nodes.length} nodes are available`;
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return { reason: nodes.length === 0 ? 'no nodes available to schedule pods' : `${head}: ${reasons.join(', ')}.` };
}
