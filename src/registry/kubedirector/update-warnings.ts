/** What is told to who changes a cluster: what happens to its members. */
import { settingsOf, type ConfigSettings } from '../../apis/kubedirector/config-settings.ts';
import { deepEqual } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import { resolveApp, type Lookup } from '../../apis/kubedirector/lookup.ts';
import { isRestoring } from '../../apis/kubedirector/restoring.ts';
import { isPaused } from '../../apis/kubedirector/switches.ts';
import type { KubeDirectorApp, KubeDirectorCluster, PlannedChange } from '../../apis/kubedirector/types.ts';
import { clusterLabel, pausedAnnotation } from '../../apis/kubedirector/well-known.ts';
import type { Pod, StatefulSet } from '../../apis/kubernetes/types.ts';
import type { NativeClients } from '../../clients/contract.ts';

interface ForecastFacts {
  readonly app: KubeDirectorApp;
  readonly appBefore?: KubeDirectorApp | undefined;
  readonly config: ConfigSettings;
  readonly pods: readonly Stored<Pod>[];
  readonly statefulSets: readonly Stored<StatefulSet>[];
  readonly now: Date;
}

/** All that the next spec does to members and the old one would not. The status is that of `old`. */
export type Forecast = (next: KubeDirectorCluster, old: KubeDirectorCluster, facts: ForecastFacts) => PlannedChange[];

/** What forecasts of this server are made with. */
export interface Foretelling {
  readonly forecast: Forecast;
  readonly lookup: Pick<Lookup, 'app' | 'config' | 'systemNamespace'>;
  /** Asked for at each use: where this server serves the native objects too, they come after this. */
  readonly native: () => Pick<NativeClients, 'pods' | 'statefulSets'>;
  readonly now: () => Date;
}

/** What an update does, in words. Both clusters have the right shape. */
export function updateWarnings(next: KubeDirectorCluster, old: KubeDirectorCluster, by: Foretelling): string[] {
  const told = changesOfUpdate(next, old, by).map(({ message }) => message);
  if (told.length === 0 || !isPaused(next)) return told;
  return [`nothing happens to members while the cluster has the annotation ${pausedAnnotation}; after that:`, ...told];
}

/** Both clusters have the right shape. Nothing is told while it is not known which pods there are. */
export function changesOfUpdate(next: KubeDirectorCluster, old: KubeDirectorCluster, by: Foretelling): PlannedChange[] {
  if (deepEqual(next.spec, old.spec) || next.metadata.deletionTimestamp !== undefined) return [];
  if (isRestoring(next) || isRestoring(old)) return [];
  const { name = '', namespace = '' } = next.metadata;
  const app = resolveApp(by.lookup, namespace, next.spec)?.app;
  const { pods, statefulSets } = by.native();
  if (app === undefined || !pods.synced() || !statefulSets.synced()) return [];
  return by.forecast(next, old, {
    ...{ app, appBefore: resolveApp(by.lookup, namespace, old.spec)?.app },
    ...{ config: settingsOf(by.lookup.config()) ?? {}, now: by.now() },
    pods: pods.byLabel(clusterLabel, name, namespace),
    statefulSets: statefulSets.byLabel(clusterLabel, name, namespace),
  });
}
