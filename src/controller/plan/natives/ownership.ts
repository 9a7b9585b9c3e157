/** Which native objects are the cluster's. The label alone says nothing: users may put it on what is theirs. */
import type { KubeDirectorCluster, MemberStatus } from '../../../apis/kubedirector/types.ts';
import { clusterLabel } from '../../../apis/kubedirector/well-known.ts';
import type { PersistentVolumeClaim } from '../../../apis/kubernetes/types.ts';
import type { KubeObject, OwnerReference, Stored } from '../../../meta/object.ts';
import type { Observed } from '../observed.ts';

type Cluster = Stored<KubeDirectorCluster>;

const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

/** Controlled by this very cluster: to be deleted with it. */
export function isOwned(cluster: Cluster, object: KubeObject): boolean {
  return controllerOf(object)?.uid === cluster.metadata.uid;
}

/** Whether an object by a name from the cluster's status may be made what it should be. */
export function isAdoptable(cluster: Cluster, object: KubeObject): boolean {
  const controller = controllerOf(object);
  if (controller === undefined) return object.metadata.labels?.[clusterLabel] === cluster.metadata.name;
  if (controller.uid === cluster.metadata.uid) return true;
  // One that names the cluster by another uid is from before it was restored.
  return controller.kind === 'KubeDirectorCluster' && controller.name === cluster.metadata.name;
}

/** A PVC is made by a StatefulSet without an owner, and known by its name: `<p or bN>-<pod>`. */
export function podOfClaim({ metadata: { name = '' } }: KubeObject): string | undefined {
  return /^(?:p|b\d+)-(.+)$/.exec(name)?.[1];
}

/** The PVCs of a pod: `<template>-<pod>`, with the templates p, b0, b1… */
export function claimsOf({ claims }: Pick<Observed, 'claims'>, pod: string): readonly Stored<PersistentVolumeClaim>[] {
  return [...claims.values()].filter((claim) => podOfClaim(claim) === pod);
}

/** The PVCs that a member is to have. */
export function claimNamesOf({ pod, pvc, blockDevicePaths = [] }: MemberStatus): readonly string[] {
  return [...(pvc === undefined ? [] : [pvc]), ...blockDevicePaths.map((_path, index) => `b${index}-${pod}`)];
}

/** A PVC by the name of one of our pods that nobody else controls. */
export function isOwnedClaim(cluster: Cluster, claim: KubeObject, isOurs: (pod: string) => boolean): boolean {
  if (isOwned(cluster, claim)) return true;
  const pod = podOfClaim(claim);
  return controllerOf(claim) === undefined && pod !== undefined && isOurs(pod);
}
