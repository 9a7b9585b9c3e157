/** One pass over one cluster: observe, plan, write status if it changed, act. */
import { kubeTime } from '../runtime/clock.ts';
import type { ClusterStatus, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import { deepEqual } from '../meta/json.ts';
import type { NamespacedName, Stored } from '../meta/object.ts';
import type { Actor } from './act/act.ts';
import type { ControllerOptions } from './clients.ts';
import type { Observer } from './observe/observe.ts';
import type { Ids } from './plan/names.ts';
import { plan } from './plan/plan.ts';

export interface Reconciler {
  /** @throws StatusError Conflict where somebody else wrote in between: to be tried again, nothing has been lost */
  reconcile(target: NamespacedName): Promise<Stored<KubeDirectorCluster> | undefined>;
}

type ReconcilerOptions = Pick<ControllerOptions, 'clusters' | 'clock' | 'logger'> & {
  readonly observer: Observer;
  readonly actor: Actor;
  readonly ids: Ids;
};

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { clusters, clock, logger, observer, actor, ids } = options;

  async function writeStatus(
    cluster: Stored<KubeDirectorCluster>,
    status: ClusterStatus,
  ): Promise<Stored<KubeDirectorCluster>> {
    if (deepEqual(cluster.status, status)) return cluster;
    return clusters.update({ ...cluster, status }, 'status');
  }

  return {
    async reconcile(target) {
      const observed = await observer.observe(target);
      if (observed === undefined) return undefined;
      const { actions, status } = plan(observed, clock.now(), ids);
      const { cluster } = observed;
      const written = status === undefined ? cluster : await writeStatus(cluster, status);
      const kinds = actions.map(({ type }) => type);
      logger.debug({ ...target, at: kubeTime(clock.now()), wrote: written !== cluster, actions: kinds }, 'reconciled');
      await actor.act({ ...observed, cluster: written }, actions);
      return written;
    },
  };
}
