/** Workers that take clusters from the queue, one reconcile at a time each, and put back those that failed. */
import type { EventRecorder, Lister } from '../clients/contract.ts';
import type { KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import { isReason } from '../meta/status.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { noTracer, type Tracer } from '../runtime/tracing.ts';
import type { Turns } from '../runtime/turns.ts';
import type { Workqueue } from '../runtime/workqueue.ts';
import type { ControllerMetrics } from './metrics.ts';
import { parseKey } from './keys.ts';
import type { Reconciler } from './reconcile.ts';

interface LoopOptions {
  readonly queue: Workqueue;
  readonly reconciler: Reconciler;
  readonly metrics: ControllerMetrics;
  readonly clusters: Pick<Lister<KubeDirectorCluster>, 'get'>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reconciles do not run back to back while requests wait. */
  readonly turns: Turns;
  /** Absent: reconciles are not traced. */
  readonly tracer?: Tracer;
}

/** Resolves when the signal has aborted or the queue is shut down, and the last reconcile has ended. */
export async function workOn(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { queue, clock, metrics, turns } = options;
  for (let key = await queue.get(signal); key !== undefined; key = await queue.get(signal)) {
    if (turns.due()) await turns.next();
    const began = clock.monotonic();
    const outcome = await traced(options, key, signal);
    metrics.reconciled(outcome, (clock.monotonic() - began) / 1000);
    queue.done(key);
  }
}

async function traced(options: LoopOptions, key: string, signal: AbortSignal): ReturnType<typeof once> {
  const { namespace, name } = parseKey(key);
  const attributes = { 'k8s.namespace.name': namespace, 'kubedirector.cluster.name': name };
  const span = (options.tracer ?? noTracer).root('Reconcile KubeDirectorCluster', { kind: 'internal', attributes });
  const outcome = await span.run(() => once(options, key, signal));
  span.set({ outcome });
  span.end(outcome === 'error' ? outcome : undefined);
  return outcome;
}

async function once(options: LoopOptions, key: string, signal: AbortSignal): Promise<'done' | 'error' | 'conflict'> {
  const { queue, reconciler, metrics } = options;
  try {
    metrics.show(key, await reconciler.reconcile(parseKey(key)));
    queue.forget(key);
    return 'done';
  } catch (error) {
    queue.addRateLimited(key);
    // The next controller does it.
    if (signal.aborted) return 'error';
    // Lost races are the way of things, as is a cluster that went meanwhile.
    if (isReason(error, 'Conflict')) return 'conflict';
    if (!isOfTerminatingNamespace(error)) report(options, key, error);
    return 'error';
  }
}

/** Until its own turn comes, a cluster in a namespace that goes may lack what cannot be made there any more. */
function isOfTerminatingNamespace(error: unknown): boolean {
  const causes = isReason(error, 'Forbidden') ? error.status.details?.causes : undefined;
  return causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
}

function report({ logger, clusters, events }: LoopOptions, key: string, error: unknown): void {
  const { namespace, name } = parseKey(key);
  const cluster = clusters.get(namespace, name);
  if (cluster === undefined) return;
  logger.warn({ cluster: key, error }, 'reconcile failed; it will be tried again');
  const message = error instanceof Error ? error.message : String(error);
  events.record(cluster, 'Warning', 'Cluster', `will retry: ${message}`);
}
