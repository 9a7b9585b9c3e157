/** The pods on each node, including pods that the scheduler has just assigned and the cache does not show yet. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { isOver } from '../pods/status.ts';
import type { NodeLoad } from './choose-node.ts';
import { addResources, podRequests, type Resources } from './resources.ts';

/** The load of all nodes. Pods are known by "namespace/name". */
export interface NodeLoads {
  /** Takes over a change from the cache; undefined if deleted. An assumed pod stays assumed until it shows a node. */
  update(key: string, pod: Pod | undefined): void;
  /** Counts a pod on a node before it is written there. */
  assume(key: string, pod: Pod, node: string): void;
  /** Removes the pod from its node, for example if the binding failed. */
  forget(key: string): void;
  byNode(): ReadonlyMap<string, NodeLoad>;
  /** How many placed pods have pod anti-affinity rules. */
  podsWithAffinity(): number;
}

interface Load {
  readonly pods: Map<string, Pod>;
  /** Undefined if the sum must be computed again. */
  used: Resources | undefined;
}

/** Makes the load of nodes that have no pods yet. */
export function createNodeLoads(): NodeLoads {
  const loads = new Map<string, Load>();
  const places = new Map<string, string>();
  const picky = new Set<string>();

  function forget(key: string): void {
    const load = loads.get(places.get(key) ?? '');
    places.delete(key);
    picky.delete(key);
    if (load?.pods.delete(key)) load.used = undefined;
  }
  function assume(key: string, pod: Pod, node: string): void {
    const place = places.get(key);
    if (place !== undefined && place !== node) forget(key);
    const load = loads.get(node) ?? { pods: new Map<string, Pod>(), used: new Map() };
    loads.set(node, load);
    load.pods.set(key, pod);
    if (pod.spec?.affinity?.podAntiAffinity) picky.add(key);
    if (place === node) return;
    places.set(key, node);
    if (load.used) load.used = addResources(load.used, podRequests(pod));
  }
  return {
    assume,
    forget,
    update(key, pod) {
      const node = pod?.spec?.nodeName;
      if (pod && node && !isOver(pod)) assume(key, pod, node);
      else if (!pod || isOver(pod)) forget(key);
    },
    byNode() {
      const shown = new Map<string, NodeLoad>();
      for (const [node, load] of loads) {
        load.used ??= [...load.pods.values()].map(podRequests).reduce(addResources, new Map());
        shown.set(node, { pods: load.pods, used: load.used });
      }
      return shown;
    },
    podsWithAffinity: () => picky.size,
  };
}
