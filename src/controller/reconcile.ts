/** One pass over one cluster: observe, plan, write status if it changed, act. */
import { kubeTime } from '../meta/kube-time.ts';
import type { ClusterStatus, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import { sharing } from '../meta/json.ts';
import type { NamespacedName, Stored } from '../meta/object.ts';
import { isReason } from '../meta/status.ts';
import type { Actor } from './act/act.ts';
import type { ControllerOptions } from './clients.ts';
import { createFailures } from './failures.ts';
import { keyOf } from './keys.ts';
import type { Observer } from './observe/observe.ts';
import type { Ids } from './plan/names.ts';
import { plan } from './plan/plan.ts';
import { withFailure } from './plan/status/conditions.ts';

/** One pass for one cluster: observe, plan, write the status, act. */
export interface Reconciler {
  /**
   * What fails twice in a row is also told in the cluster's conditions, until it succeeds.
   * @throws StatusError Conflict where somebody else wrote in between: to be tried again, nothing has been lost
   */
  reconcile(target: NamespacedName): Promise<Stored<KubeDirectorCluster> | undefined>;
}

type ReconcilerOptions = Pick<ControllerOptions, 'clusters' | 'clock' | 'logger'> & {
  readonly observer: Observer;
  readonly actor: Actor;
  readonly ids: Ids;
};

/** Makes the reconciler that all workers share. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { clusters, clock, logger, observer, actor, ids } = options;
  const failures = createFailures(clock);

  async function writeStatus(
    cluster: Stored<KubeDirectorCluster>,
    status: ClusterStatus,
  ): Promise<Stored<KubeDirectorCluster>> {
    const next = sharing(status, cluster.status);
    if (next === cluster.status) return cluster;
    return clusters.update({ ...cluster, status: next }, 'status');
  }

  async function pass(target: NamespacedName): Promise<Stored<KubeDirectorCluster> | undefined> {
    const seen = await observer.observe(target);
    if (seen === undefined) return undefined;
    const failure = failures.shown(keyOf(target));
    const observed = failure === undefined ? seen : { ...seen, failure };
    const { actions, status } = plan(observed, clock.now(), ids);
    const { cluster } = observed;
    const written = status === undefined ? cluster : await writeStatus(cluster, status);
    const kinds = actions.map(({ type }) => type);
    logger.debug({ ...target, at: kubeTime(clock.now()), wrote: written !== cluster, actions: kinds }, 'reconciled');
    await actor.act({ ...observed, cluster: written }, actions);
    return written;
  }

  /** As the next plan would: but there may be none, where observing is what fails. */
  async function tell(target: NamespacedName): Promise<void> {
    const message = failures.shown(keyOf(target));
    const cluster = clusters.get(target.namespace, target.name);
    if (message === undefined || cluster === undefined) return;
    const { generation = 0 } = cluster.metadata;
    const { conditions } = cluster.status ?? {};
    const status = withFailure(cluster.status ?? {}, conditions, { message, generation, now: clock.now() });
    try {
      await writeStatus(cluster, status);
    } catch (error) {
      if (!isReason(error, 'Conflict')) logger.warn({ ...target, error }, 'could not tell of a failure in status');
    }
  }

  return {
    async reconcile(target) {
      try {
        const written = await pass(target);
        // The next pass takes back what was told of the failure.
        return failures.succeeded(keyOf(target)) ? await pass(target) : written;
      } catch (error) {
        if (isReason(error, 'Conflict')) throw error;
        failures.failed(keyOf(target), error);
        await tell(target);
        throw error;
      }
    },
  };
}
