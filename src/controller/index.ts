/**
 * The controller behind KubeDirectorClusters: level-triggered, observe → plan → act, one workqueue of clusters. It polls
 * nothing that a watch can tell, sleeps in no reconcile, and keeps nothing in memory that it could not find out again.
 */
import { setMaxListeners } from 'node:events';
import { clusterLabel } from '../apis/kubedirector/well-known.ts';
import { randomSuffix } from '../meta/names.ts';
import type { Lister } from '../clients/contract.ts';
import type { KubeObject } from '../meta/object.ts';
import { unhurried } from '../runtime/turns.ts';
import { createWorkqueue } from '../runtime/workqueue.ts';
import { createActor } from './act/act.ts';
import { createEvictions, type Evictions } from './act/evictions.ts';
import { createReminders, type Reminders } from './act/reminders.ts';
import { createResizes, type Resizes } from './act/resizes.ts';
import { createBackupIndex, type BackupIndex } from './backup-index.ts';
import { createBackupController } from './backups/controller.ts';
import type { ControllerOptions } from './clients.ts';
import { createGuestRunner, type GuestRunner, type PodKey } from './guest/runner.ts';
import type { GuestReport } from './plan/guest-task.ts';
import { workOn } from './loop.ts';
import { createControllerMetrics } from './metrics.ts';
import { createConnectionWatches, type ConnectionWatches } from './observe/connection-watches.ts';
import { createEventReads, type EventReads } from './observe/event-reads.ts';
import { createNodeAddresses, type NodeAddresses } from './observe/node-addresses.ts';
import { keyOf, parseKey } from './keys.ts';
import { createStrayBudgets, type StrayBudgets } from './observe/stray-budgets.ts';
import { createObserver } from './observe/observe.ts';
import { createReconciler, type Reconciler } from './reconcile.ts';
import { whenSynced } from './synced.ts';
import { subscribe } from './triggers.ts';

export type { ControllerOptions } from './clients.ts';
export { defaultTimings } from './guest/tasks.ts';
export { forecastUpdate } from './plan/forecast/forecast.ts';
export { previewStatefulSets } from './plan/natives/preview.ts';

/** Makes clusters what their specs say, from `start` to `stop`. */
export interface Controller {
  /** Begins to work as soon as the listers have synced; until `stop`, or until the signal aborts. Once only. */
  start(signal: AbortSignal): void;
  /** Resolves once nothing is being done any more. What was left undone comes again with the next controller. */
  stop(): Promise<void>;
}

const defaultGuestWorkers = 16;

/** Composes observe, plan and act. Nothing is done before `start`. */
export function createController(options: ControllerOptions): Controller {
  const { clock, logger, metrics, native, random } = options;
  const delays = { baseDelayMs: 50, maxDelayMs: 120_000 };
  const queue = createWorkqueue({ clock, metrics, random, name: 'kubedirectorclusters', ...delays });
  const served = options.namespaces === undefined ? undefined : new Set(options.namespaces);
  const add = (key: string): void => {
    if (served?.has(parseKey(key).namespace) !== false) queue.add(key);
  };
  const { guest, health } = createRunners(options, add);
  const connections = createConnectionWatches({ ...native, onChange: add });
  const eventReads = createEventReads({ reader: native.eventReader, clock, random, logger, metrics, onNews: add });
  const nodeAddresses = createNodeAddresses(native.nodes);
  const strayBudgets = createStrayBudgets(native.podDisruptionBudgets);
  const evictions = createEvictions({ pods: native.pods, clock, onNews: add });
  const resizes = createResizes({ pods: native.pods, onRefusal: add });
  const reminders = createReminders(clock, add);
  const index = createBackupIndex(options);
  const reconciler = composeReconciler(options, {
    ...{ connections, guest, health, eventReads, nodeAddresses, strayBudgets, evictions, resizes, reminders },
    index,
  });
  const shown = createControllerMetrics(metrics);
  let stop: (() => Promise<void>) | undefined;

  return {
    start(signal) {
      const abort = new AbortController();
      const either = AbortSignal.any([signal, abort.signal]);
      // Every idle worker listens to it.
      setMaxListeners(0, either);
      const backups = createBackupController({ ...options, index });
      const ends = [index.start(), subscribe({ ...options, nodeAddresses, index }, add), backups.listen()];
      strayBudgets.start();
      for (const runner of [guest, health]) runner.start(either);
      eventReads.start(either);
      const loop = { ...options, queue, reconciler, metrics: shown, turns: options.turns ?? unhurried };
      const work = async (): Promise<void> => {
        if (!(await whenSynced(listersOf(options), clock, either))) return;
        const workers = Array.from({ length: options.workers }, () => workOn(loop, either));
        await Promise.all([...workers, backups.work(either)]);
      };
      const workers = work();
      stop = async () => {
        stop = undefined;
        for (const end of ends) end();
        queue.shutDown();
        evictions.stop();
        reminders.stop();
        strayBudgets.stop();
        abort.abort();
        await Promise.all([guest.stop(), health.stop(), eventReads.stop()]);
        await workers;
        connections.stop();
        shown.clear();
      };
    },
    async stop() {
      await stop?.();
    },
  };
}

/** Everything that plans are made from, but for what is read by name. */
function listersOf({
  clusters,
  apps,
  backups,
  configs,
  statusBackups,
  native,
}: ControllerOptions): readonly Lister<KubeObject>[] {
  const { statefulSets, services, pods, persistentVolumeClaims, podDisruptionBudgets } = native;
  const natives = [statefulSets, services, pods, persistentVolumeClaims, podDisruptionBudgets];
  return [clusters, apps, backups, configs, statusBackups, ...natives];
}

interface Senses {
  readonly connections: ConnectionWatches;
  readonly guest: GuestRunner;
  readonly health: GuestRunner;
  readonly eventReads: EventReads;
  readonly nodeAddresses: NodeAddresses;
  readonly strayBudgets: StrayBudgets;
  readonly evictions: Evictions;
  readonly resizes: Resizes;
  readonly reminders: Reminders;
  readonly index: BackupIndex;
}

function composeReconciler(options: ControllerOptions, senses: Senses): Reconciler {
  const { clusters, clock, logger, random, token, uuid } = options;
  return createReconciler({
    ...{ clusters, clock, logger },
    observer: createObserver({ ...options, ...senses }),
    actor: createActor({ ...options, ...senses }),
    ids: { suffix: () => randomSuffix(random), token, uuid },
  });
}

/** Health checks go on beside other guest work, and never wait for it. They are not traced: they have no end. */
function createRunners(
  options: ControllerOptions,
  add: (cluster: string) => void,
): { readonly guest: GuestRunner; readonly health: GuestRunner } {
  const {
    exec,
    term,
    onSuperseded,
    clock,
    random,
    logger,
    metrics,
    tracer,
    guestWorkers: workers = defaultGuestWorkers,
  } = options;
  const shared = { exec, term, onSuperseded, clock, random, logger, metrics, workers };
  return {
    guest: createGuestRunner({
      ...{ ...shared, name: 'guest', onReport: reporter(options, add) },
      ...(tracer === undefined ? {} : { tracer }),
    }),
    health: createGuestRunner({
      ...{ ...shared, name: 'health' },
      onReport: (key) => {
        const owner = ownerOf(options, key);
        if (owner !== undefined) add(owner);
      },
    }),
  };
}

/** Of the pod; undefined where it is of no cluster. */
function ownerOf({ native }: Pick<ControllerOptions, 'native'>, key: PodKey): string | undefined {
  const { namespace, name } = parseKey(key);
  const owner = native.pods.get(namespace, name)?.metadata.labels?.[clusterLabel];
  return owner === undefined ? undefined : keyOf({ namespace, name: owner });
}

/** What guest work comes to makes its cluster worth a look; a failure on the way is told to the user, too. */
function reporter(options: ControllerOptions, add: (cluster: string) => void) {
  const { clusters, events } = options;
  return (key: PodKey, { failures, message }: GuestReport, before: GuestReport): void => {
    const owner = ownerOf(options, key);
    if (owner === undefined) return;
    add(owner);
    const { namespace, name: ownerName } = parseKey(owner);
    const { name } = parseKey(key);
    const cluster = clusters.get(namespace, ownerName);
    if (failures <= before.failures || cluster === undefined) return;
    events.record(cluster, 'Warning', 'Member', `failed in member{${name}}; will retry: ${message}`);
  };
}
