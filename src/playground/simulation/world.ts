/** What every simulator gets to work with. */
import type {
  ConfigMap,
  Endpoints,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  VolumeSnapshot,
} from '../../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { RegistryLookup } from '../native.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  ControllerRevision,
  EndpointSlice,
  VolumeSnapshotClass,
  VolumeSnapshotContent,
} from '../kinds.ts';
import type { PlaygroundDelays } from './delays.ts';
import type { RecordEvent } from './event-recorder.ts';

/** The registries of the native resources that simulators and clients use. */
export interface NativeRegistries {
  readonly clusterRoleBindings: ResourceRegistry<ClusterRoleBinding>;
  readonly clusterRoles: ResourceRegistry<ClusterRole>;
  readonly configMaps: ResourceRegistry<ConfigMap>;
  readonly controllerRevisions: ResourceRegistry<ControllerRevision>;
  readonly disruptionBudgets: ResourceRegistry<PodDisruptionBudget>;
  readonly endpoints: ResourceRegistry<Endpoints>;
  readonly endpointSlices: ResourceRegistry<EndpointSlice>;
  readonly leases: ResourceRegistry<Lease>;
  readonly namespaces: ResourceRegistry<Namespace>;
  readonly nodes: ResourceRegistry<Node>;
  readonly claims: ResourceRegistry<PersistentVolumeClaim>;
  readonly pods: ResourceRegistry<Pod>;
  readonly secrets: ResourceRegistry<Secret>;
  readonly serviceAccounts: ResourceRegistry<ServiceAccount>;
  readonly services: ResourceRegistry<Service>;
  readonly snapshotClasses: ResourceRegistry<VolumeSnapshotClass>;
  readonly snapshotContents: ResourceRegistry<VolumeSnapshotContent>;
  readonly snapshots: ResourceRegistry<VolumeSnapshot>;
  readonly statefulSets: ResourceRegistry<StatefulSet>;
  readonly storageClasses: ResourceRegistry<StorageClass>;
  readonly volumes: ResourceRegistry<PersistentVolume>;
}

/** The registries, the clock and the other services that all simulators share. */
export interface World {
  readonly native: NativeRegistries;
  /** The registries of all stored resources, native ones and those of KubeDirector. */
  readonly all: readonly ResourceRegistry[];
  readonly clock: Clock;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly delays: PlaygroundDelays;
  /** Lets requests run between the steps of long background work. */
  readonly turns: Turns;
  /** Makes the function that records events of a component, for example "kubelet". */
  readonly record: (component: string) => RecordEvent;
}

/** One simulated component. */
export interface Simulator {
  /** Works until the signal aborts. */
  start(signal: AbortSignal): void;
}

/** Looks up all of them. @throws Error if the server does not serve one */
export function nativeRegistries(lookup: RegistryLookup): NativeRegistries {
  return {
    clusterRoleBindings: lookup.registry('rbac.authorization.k8s.io', 'clusterrolebindings'),
    clusterRoles: lookup.registry('rbac.authorization.k8s.io', 'clusterroles'),
    configMaps: lookup.registry('', 'configmaps'),
    controllerRevisions: lookup.registry('apps', 'controllerrevisions'),
    disruptionBudgets: lookup.registry('policy', 'poddisruptionbudgets'),
    endpoints: lookup.registry('', 'endpoints'),
    endpointSlices: lookup.registry('discovery.k8s.io', 'endpointslices'),
    leases: lookup.registry('coordination.k8s.io', 'leases'),
    namespaces: lookup.registry('', 'namespaces'),
    nodes: lookup.registry('', 'nodes'),
    claims: lookup.registry('', 'persistentvolumeclaims'),
    pods: lookup.registry('', 'pods'),
    secrets: lookup.registry('', 'secrets'),
    serviceAccounts: lookup.registry('', 'serviceaccounts'),
    services: lookup.registry('', 'services'),
    snapshotClasses: lookup.registry('snapshot.storage.k8s.io', 'volumesnapshotclasses'),
    snapshotContents: lookup.registry('snapshot.storage.k8s.io', 'volumesnapshotcontents'),
    snapshots: lookup.registry('snapshot.storage.k8s.io', 'volumesnapshots'),
    statefulSets: lookup.registry('apps', 'statefulsets'),
    storageClasses: lookup.registry('storage.k8s.io', 'storageclasses'),
    volumes: lookup.registry('', 'persistentvolumes'),
  };
}

/** A lookup that searches these registries. */
export function lookupIn(registries: readonly ResourceRegistry[]): RegistryLookup {
  return {
    registry<T extends KubeObject>(group: string, plural: string): ResourceRegistry<T> {
      const found = registries.find(({ definition }) => definition.group === group && definition.plural === plural);
      if (!found) throw new Error(`the server serves no ${plural} of group "${group}"`);
      // The plural decides the kind. The type system cannot express this.
      return found as unknown as ResourceRegistry<T>;
    },
  };
}
