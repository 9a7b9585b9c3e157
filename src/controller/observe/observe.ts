/** Gathers what a plan is made from, out of caches. */
import { settingsOf, type ConfigSettings } from '../../apis/kubedirector/config-settings.ts';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { Pod } from '../../apis/kubernetes/types.ts';
import { clusterLabel, globalConfigName } from '../../apis/kubedirector/well-known.ts';
import { isRestoring } from '../../apis/kubedirector/restoring.ts';
import type { Lister, ResourceClient } from '../../clients/contract.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { createAppLookup } from '../app-lookup.ts';
import type { BackupIndex } from '../backup-index.ts';
import { lossOfBackup } from '../lost-snapshots.ts';
import type { ControllerOptions } from '../clients.ts';
import type { GuestRunner } from '../guest/runner.ts';
import { noService } from '../plan/names.ts';
import type { ByName, ConnectedCluster, Observed, RefusedResize } from '../plan/observed.ts';
import { unexplained } from '../plan/life-cycle/unexplained.ts';
import type { ConnectionWatches } from './connection-watches.ts';
import type { EventReads } from './event-reads.ts';
import type { NodeAddresses } from './node-addresses.ts';
import type { StrayBudgets } from './stray-budgets.ts';
import { keyOf } from '../keys.ts';

/** Gathers all that the plan of one cluster needs. */
export interface Observer {
  /** Undefined for a cluster that does not exist. */
  observe(target: NamespacedName): Promise<Observed | undefined>;
}

interface Refusals<Refusal> {
  /** By the pod's name. */
  refusals(pods: ByName<Stored<Pod>>): ByName<Refusal>;
}

type ObserverOptions = Pick<
  ControllerOptions,
  | 'clusters'
  | 'apps'
  | 'backups'
  | 'configs'
  | 'statusBackups'
  | 'native'
  | 'systemNamespace'
  | 'serviceAuthTokenAnnotation'
> & {
  readonly index: Pick<BackupIndex, 'freezing'>;
  readonly connections: ConnectionWatches;
  readonly nodeAddresses: Pick<NodeAddresses, 'current'>;
  readonly strayBudgets: Pick<StrayBudgets, 'added'>;
  readonly guest: Pick<GuestRunner, 'report' | 'forgetCluster'>;
  readonly health: Pick<GuestRunner, 'report' | 'forgetCluster'>;
  readonly eventReads: Pick<EventReads, 'about' | 'forget'>;
  /** Knows why pods may not go that are to go, by name. */
  readonly evictions: Refusals<string>;
  /** Knows what pods that are to be resized can't get. */
  readonly resizes: Refusals<RefusedResize>;
};

/** Reads caches only, but for connected objects and events that are new to it. */
export function createObserver(options: ObserverOptions): Observer {
  const { clusters, configs, statusBackups, native, systemNamespace, connections, guest, health, eventReads } = options;
  const { nodeAddresses, strayBudgets, evictions, resizes } = options;

  const { appOf, otherAppOf } = createAppLookup(options);
  const globalConfig = (): ConfigSettings => settingsOf(configs.get(systemNamespace, globalConfigName)) ?? {};

  function connectedCluster(namespace: string, name: string): readonly ConnectedCluster[] {
    const cluster = clusters.get(namespace, name);
    const app = cluster === undefined ? undefined : appOf(cluster);
    return cluster === undefined || app === undefined ? [] : [{ cluster, app }];
  }

  return {
    async observe({ namespace, name }) {
      const cluster = clusters.get(namespace, name);
      const key = keyOf({ namespace, name });
      if (cluster === undefined) {
        connections.unfollow(key);
        for (const runner of [guest, health]) runner.forgetCluster(key);
        eventReads.forget(key);
        return undefined;
      }
      // What a cluster that goes is connected to no longer matters, nor whether it can be read.
      const isGoing = cluster.metadata.deletionTimestamp !== undefined;
      const { clusters: others = [], configmaps = [], secrets = [] } = isGoing ? {} : (cluster.spec.connections ?? {});
      await connections.follow(key, { configMaps: configmaps, secrets });
      const ofCluster = <T extends KubeObject>(lister: Lister<T>): ReadonlyMap<string, Stored<T>> =>
        new Map(lister.byLabel(clusterLabel, name, namespace).map((object) => [object.metadata.name, object]));
      const pods = ofCluster(native.pods);
      const members = cluster.status?.roles?.flatMap((role) => role.members.map(({ pod }) => pod)) ?? [];
      const reported = { namespace, pods: [...new Set([...pods.keys(), ...members])] };
      const named = namesInUse(cluster);
      const natives = {
        statefulSets: await withUnlabelled(native.statefulSets, ofCluster(native.statefulSets), namespace, named.sets),
        ...{ pods, claims: ofCluster(native.persistentVolumeClaims) },
        budgets: strayBudgets.added(ofCluster(native.podDisruptionBudgets), namespace),
      };
      return {
        ...{ cluster, ...natives },
        events: eventReads.about(key, isGoing ? [] : unexplained({ cluster, ...natives })),
        app: appOf(cluster),
        otherApp: otherAppOf(cluster),
        config: globalConfig(),
        statusBackup: statusBackups.get(namespace, name),
        nodeAddresses: nodeAddresses.current(),
        services: await withUnlabelled(native.services, ofCluster(native.services), namespace, named.services),
        connected: {
          clusters: others.flatMap((other) => connectedCluster(namespace, other)),
          configMaps: connections.configMaps(namespace, configmaps),
          secrets: connections.secrets(namespace, secrets),
        },
        ...(await backupsOf(options, cluster)),
        ...{ guest: reportsOf(guest, reported), health: reportsOf(health, reported) },
        ...{ refusedEvictions: evictions.refusals(pods), refusedResizes: resizes.refusals(pods) },
        serviceAuthTokenAnnotation: options.serviceAuthTokenAnnotation ?? true,
      };
    },
  };
}

/** The backup that freezes the cluster, and the one that it is made of. */
async function backupsOf(
  { index, backups, native }: Pick<ObserverOptions, 'index' | 'backups' | 'native'>,
  { metadata, spec, status }: Stored<KubeDirectorCluster>,
): Promise<Pick<Observed, 'freezing' | 'source' | 'loss'>> {
  const { namespace = '' } = metadata;
  const name = spec.restoreFrom?.backup;
  const source = name === undefined ? undefined : backups.get(namespace, name);
  const isToBegin = source?.status?.phase === 'Succeeded' && status?.restoredFrom === undefined;
  return {
    freezing: index.freezing(keyOf({ namespace, name: metadata.name })),
    source,
    loss: isToBegin ? await lossOfBackup(native.snapshots, source) : undefined,
  };
}

function reportsOf(
  runner: Pick<GuestRunner, 'report'>,
  { namespace, pods }: { readonly namespace: string; readonly pods: readonly string[] },
): Observed['guest'] {
  const reports = pods.flatMap((pod) => {
    const report = runner.report(keyOf({ namespace, name: pod }));
    return report === undefined ? [] : [[pod, report] as const];
  });
  return new Map(reports);
}

/** What should exist by now. Absence is the rule while a cluster comes back from a backup, or while it or a member goes. */
function namesInUse(cluster: KubeDirectorCluster): { sets: readonly string[]; services: readonly string[] } {
  if (isRestoring(cluster)) return { sets: [], services: [] };
  const { clusterService = '', roles = [] } = cluster.status ?? {};
  const sets = roles.filter(({ members }) => members.length > 0).map(({ statefulSet }) => statefulSet);
  if (cluster.metadata.deletionTimestamp !== undefined) return { sets, services: [] };
  const staying = roles.flatMap(({ members }) => members.filter(({ state }) => state !== 'deleting'));
  const services = staying.map(({ service }) => service).filter((service) => service !== noService);
  return { sets, services: clusterService === '' ? services : [clusterService, ...services] };
}

/** Those that status names and the view lacks: somebody may have taken the label off, and then no watch shows them. */
async function withUnlabelled<T extends KubeObject>(
  client: Pick<ResourceClient<T>, 'read'>,
  seen: ReadonlyMap<string, Stored<T>>,
  namespace: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Stored<T>>> {
  const missing = names.filter((name) => !seen.has(name));
  if (missing.length === 0) return seen;
  const found = await Promise.all(missing.map((name) => client.read({ namespace, name })));
  return new Map([...seen, ...found.flatMap((object) => (object ? [[object.metadata.name, object] as const] : []))]);
}
