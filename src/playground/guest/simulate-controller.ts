/** Watches the simulate annotation. It restarts the named pods and records a Warning event for each mistake. */
import { clusterLabel } from '../../apis/kubedirector/well-known.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { Kubelet } from '../pods/kubelet.ts';
import { createLoop } from '../simulation/loop.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { parseSimulate, simulateAnnotation, unknownRoles } from './simulate.ts';

/**
 * Makes the simulator that obeys the `restart` clauses of clusters and reports clauses that it does not understand.
 * @param clusters the registry of KubeDirectorClusters
 */
export function createSimulateController(world: World, kubelet: Kubelet, clusters: ResourceRegistry): Simulator {
  const record = world.record('playground');
  const loop = createLoop(world, { name: 'simulate', workers: 2, reconcile });
  const view = createView(
    () => clusters.cache,
    ({ key, object, old }) => {
      const text = object?.metadata.annotations?.[simulateAnnotation];
      if (text !== undefined && text !== old?.metadata.annotations?.[simulateAnnotation]) loop.add(key);
    },
  );

  async function reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const { namespace, name } = splitObjectKey(key);
    const cluster = clusters.cache.get(namespace, name)?.object;
    if (!cluster) return;
    const simulated = parseSimulate(cluster.metadata.annotations?.[simulateAnnotation]);
    const { restarts } = simulated;
    for (const problem of [...simulated.problems, ...unknownRoles(simulated, rolesOf(cluster))])
      record(cluster, 'Warning', 'Simulate', `annotation ${simulateAnnotation}: ${problem}`);
    for (const { pod, token } of restarts) {
      const found = world.native.pods.cache.get(namespace, pod);
      const mine = found?.object.metadata.labels?.[clusterLabel] === name;
      if (mine) await kubelet.restart({ namespace, name: pod }, token, signal);
      else
        record(cluster, 'Warning', 'Simulate', `annotation ${simulateAnnotation}: pod "${pod}" is not of this cluster`);
    }
  }
  return {
    start(signal) {
      loop.start(signal, [view]);
    },
  };
}

/** The ids of the roles of a cluster. Undefined if it has no list of roles. */
function rolesOf(cluster: KubeObject): readonly string[] | undefined {
  const { spec } = cluster as { spec?: { roles?: unknown } };
  if (!Array.isArray(spec?.roles)) return undefined;
  return spec.roles.map((role: { id?: unknown }) => String(role.id));
}
