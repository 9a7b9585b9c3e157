/** Gathers what a plan is made from, out of caches. */
import type { ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { clusterLabel, globalConfigName } from '../../apis/kubedirector/well-known.ts';
import type { Lister } from '../../clients/contract.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { ControllerOptions } from '../clients.ts';
import type { GuestRunner } from '../guest/runner.ts';
import type { ConnectedCluster, Observed } from '../plan/observed.ts';
import type { ConnectionWatches } from './connection-watches.ts';
import { keyOf } from './keys.ts';

export interface Observer {
  /** Undefined for a cluster that does not exist. */
  observe(target: NamespacedName): Promise<Observed | undefined>;
}

type ObserverOptions = Pick<
  ControllerOptions,
  'clusters' | 'apps' | 'configs' | 'statusBackups' | 'native' | 'systemNamespace'
> & {
  readonly connections: ConnectionWatches;
  readonly guest: Pick<GuestRunner, 'report' | 'forgetCluster'>;
};

export function createObserver(options: ObserverOptions): Observer {
  const { clusters, apps, configs, statusBackups, native, systemNamespace, connections, guest } = options;

  /** A cluster being restored may not say which catalog: its own namespace comes first then, as on creation. */
  function appOf({ metadata, spec }: KubeDirectorCluster): Stored<KubeDirectorApp> | undefined {
    const local = spec.appCatalog === 'system' ? undefined : apps.get(metadata.namespace ?? '', spec.app);
    return local ?? (spec.appCatalog === 'local' ? undefined : apps.get(systemNamespace, spec.app));
  }

  function globalConfig(): ConfigSpec {
    return configs.get(systemNamespace, globalConfigName)?.spec ?? {};
  }

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
        guest.forgetCluster(key);
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
      const reports = [...new Set([...pods.keys(), ...members])].flatMap((pod) => {
        const report = guest.report(keyOf({ namespace, name: pod }));
        return report === undefined ? [] : [[pod, report] as const];
      });
      return {
        cluster,
        app: appOf(cluster),
        config: globalConfig(),
        statusBackup: statusBackups.get(namespace, name),
        statefulSets: ofCluster(native.statefulSets),
        services: ofCluster(native.services),
        claims: ofCluster(native.persistentVolumeClaims),
        pods,
        connected: {
          clusters: others.flatMap((other) => connectedCluster(namespace, other)),
          configMaps: connections.configMaps(namespace, configmaps),
          secrets: connections.secrets(namespace, secrets),
        },
        guest: new Map(reports),
      };
    },
  };
}
