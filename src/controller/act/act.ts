/** Carries out what plans ask for. Every action may be repeated; one whose work is done already succeeds. */
import { isReason } from '../../meta/status.ts';
import type { ControllerOptions } from '../clients.ts';
import type { GuestRunner } from '../guest/runner.ts';
import type { Action, ActionOf } from '../plan/actions.ts';
import { createConfigmeta } from '../plan/guest/configmeta.ts';
import type { Observed } from '../plan/observed.ts';
import { createClusterWrites } from './cluster-writes.ts';
import type { Evictions } from './evictions.ts';
import { createGuestStarter, type Configmeta } from './guest-starter.ts';
import { createNativeWrites, type NativeWrites } from './native-writes.ts';
import type { Reminders } from './reminders.ts';
import type { Resizes } from './resizes.ts';
import { createStatusBackups } from './status-backup.ts';

/** Carries out what a plan asks for. */
export interface Actor {
  /**
   * In order, each whether or not another fails: what is left undone comes again with the next plan. Only a StatefulSet
   * waits for its headless Service, because its serviceName can't be changed to another one afterwards.
   * @throws the first action's error, when all have been tried; a lost race only where nothing else has failed
   */
  act(observed: Observed, actions: readonly Action[]): Promise<void>;
}

type ActorOptions = Pick<
  ControllerOptions,
  'clock' | 'clusters' | 'native' | 'events' | 'guestTools' | 'guestTimings' | 'statusBackups'
> & {
  readonly guest: GuestRunner;
  readonly health: GuestRunner;
  readonly evictions: Evictions;
  readonly resizes: Resizes;
  readonly reminders: Reminders;
};

/** Makes the actor of a controller. */
export function createActor(options: ActorOptions): Actor {
  const natives = createNativeWrites(options.native);
  const clusterWrites = createClusterWrites(options.clusters);
  const backups = createStatusBackups(options);
  const guestStarter = createGuestStarter(options);

  async function repair(cluster: Observed['cluster'], action: ActionOf<'repair'>): Promise<void> {
    const isChanged = await natives.repair(action);
    if (isChanged && action.message !== undefined) options.events.record(cluster, 'Normal', 'Cluster', action.message);
  }

  async function perform({ cluster }: Observed, action: Action, configmeta: () => Configmeta): Promise<void> {
    const { namespace = '', name } = cluster.metadata;
    switch (action.type) {
      case 'createService':
      case 'createStatefulSet':
      case 'createBudget':
      case 'createClaim':
        return create(natives, cluster, action);
      case 'repair':
        return repair(cluster, action);
      case 'delete':
        return natives.remove(namespace, action);
      case 'evict':
      case 'resize':
        return update(options, cluster, action);
      case 'setFinalizers':
        return clusterWrites.setFinalizers(cluster, action);
      case 'patchCluster':
        return clusterWrites.patch(cluster, action.patch);
      case 'putBack':
        return clusterWrites.putBack(cluster, action.spec);
      case 'lookAgain':
        options.reminders.set({ namespace, name }, action.afterMs);
        return;
      case 'mirrorStatus':
        return backups.mirror(cluster);
      case 'dropMirror':
        return backups.drop(cluster, action.uid);
      case 'guestTask':
        guestStarter.begin({ namespace, name }, action, configmeta);
        return;
      case 'forgetHealth':
      case 'forgetGuest':
        guestStarter.forget({ namespace, name }, action);
        return;
      case 'event':
        options.events.record(cluster, action.severity, action.reason, action.message);
    }
  }

  return {
    async act(observed, actions) {
      const configmeta = once(() => {
        const { app } = observed;
        if (app === undefined) throw new Error('guest work was planned for a cluster without app');
        return createConfigmeta({ ...observed, app });
      });
      const failures = await inOrder(actions, (action) => perform(observed, action, configmeta));
      if (failures.length > 0) throw failures.find((error) => !isReason(error, 'Conflict')) ?? failures[0];
    },
  };
}

/** @returns why actions failed, in their order */
async function inOrder(
  actions: readonly Action[],
  perform: (action: Action) => Promise<void>,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const missing = new Set<string>();
  for (const action of actions) {
    if (action.type === 'createStatefulSet' && missing.has(action.object.spec.serviceName ?? '')) continue;
    await perform(action).catch((error: unknown) => {
      failures.push(error);
      if (action.type === 'createService') missing.add(action.object.metadata.name ?? '');
    });
  }
  return failures;
}

type Creation = ActionOf<'createService' | 'createStatefulSet' | 'createBudget' | 'createClaim'>;

function create(natives: NativeWrites, cluster: Observed['cluster'], action: Creation): Promise<void> {
  switch (action.type) {
    case 'createService':
      return natives.createService(cluster, action.object);
    case 'createStatefulSet':
      return natives.createStatefulSet(cluster, action.object);
    case 'createBudget':
      return natives.createBudget(cluster, action.object);
    case 'createClaim':
      return natives.createClaim(action.object);
  }
}

/** Told only where it is under way: one that was refused is planned anew. */
async function update(
  { evictions, resizes, events }: Pick<ActorOptions, 'evictions' | 'resizes' | 'events'>,
  cluster: Observed['cluster'],
  action: ActionOf<'evict'> | ActionOf<'resize'>,
): Promise<void> {
  const { namespace = '', name } = cluster.metadata;
  const isUnderWay =
    action.type === 'evict'
      ? await evictions.evict({ namespace, name }, action.pod)
      : await resizes.resize({ namespace, name }, action.pod, action.resources);
  if (isUnderWay) events.record(cluster, 'Normal', 'Member', action.message);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
