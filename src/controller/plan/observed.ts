/** What a plan is made from: plain data, gathered from caches. Nothing in it may be changed. */
import type { ConfigSettings } from '../../apis/kubedirector/config-settings.ts';
import type {
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorStatusBackup,
} from '../../apis/kubedirector/types.ts';
import type {
  ConfigMap,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  StatefulSet,
} from '../../apis/kubernetes/types.ts';
import type { ToldEvent } from '../../apis/kubernetes/event.ts';
import type { Stored } from '../../meta/object.ts';
import type { GuestReport } from './guest-task.ts';
import type { Resizable } from './resizable.ts';

/** Objects of the cluster's namespace by name. */
export type ByName<T> = ReadonlyMap<string, T>;

/** A cluster that another one is connected to, with its app. */
export interface ConnectedCluster {
  readonly cluster: Stored<KubeDirectorCluster>;
  readonly app: Stored<KubeDirectorApp>;
}

/** Connected objects that exist, in the order the spec names them. */
export interface ConnectedObjects {
  readonly clusters: readonly ConnectedCluster[];
  readonly configMaps: readonly Stored<ConfigMap>[];
  readonly secrets: readonly Stored<Secret>[];
}

/** A resize that the API has refused. */
export interface RefusedResize {
  readonly resources: Resizable;
  readonly message: string;
}

/** All that a plan reads. */
export interface Observed {
  readonly cluster: Stored<KubeDirectorCluster>;
  readonly app: Stored<KubeDirectorApp> | undefined;
  /** During an upgrade: the app of members that have still to move, or to go back. Undefined where it is the same object. */
  readonly otherApp?: Stored<KubeDirectorApp> | undefined;
  /** Empty where there is no global config. */
  readonly config: ConfigSettings;
  readonly statusBackup: Stored<KubeDirectorStatusBackup> | undefined;
  readonly statefulSets: ByName<Stored<StatefulSet>>;
  readonly services: ByName<Stored<Service>>;
  readonly pods: ByName<Stored<Pod>>;
  /** The cluster's, and those of the namespace that are nobody's whom the controller knows. */
  readonly budgets: ByName<Stored<PodDisruptionBudget>>;
  /** Where node ports answer; undefined while nodes have not been listed. */
  readonly nodeAddresses?: readonly string[] | undefined;
  readonly claims: ByName<Stored<PersistentVolumeClaim>>;
  readonly connected: ConnectedObjects;
  /** Whether member Services bear the annotation with their services' token; absent: they do. */
  readonly serviceAuthTokenAnnotation?: boolean;
  /** The backup for which the cluster's applications are to be frozen. */
  readonly freezing?: Stored<KubeDirectorBackup> | undefined;
  /** The backup in spec.restoreFrom. */
  readonly source?: Stored<KubeDirectorBackup> | undefined;
  /** Which of its VolumeSnapshots is gone, as a sentence; absent where all are there, or it is no longer asked. */
  readonly loss?: string | undefined;
  /** Why reconciling has failed more than once in a row; absent where it has not. */
  readonly failure?: string;
  /** What is known of the work in containers, by pod name. */
  readonly guest: ByName<GuestReport>;
  /** What is known of the health checks, by pod name. */
  readonly health?: ByName<GuestReport>;
  /** Why pods that were to go may not go yet, by pod name; absent where every one may. */
  readonly refusedEvictions?: ByName<string>;
  /** What pods that were to be resized could not get, by pod name: for that they have to be restarted. */
  readonly refusedResizes?: ByName<RefusedResize>;
  /**
   * What is known of the events about objects whose status does not explain why a member does not run, by "Kind/name";
   * newest first.
   */
  readonly events?: ReadonlyMap<string, readonly ToldEvent[]>;
}
