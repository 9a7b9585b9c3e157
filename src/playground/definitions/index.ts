/** Every resource of Kubernetes that the playground serves. */
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import { leaseDefinition, namespaceDefinition, nodeDefinition } from './cluster.ts';
import { configMapDefinition, secretDefinition, serviceAccountDefinition } from './config.ts';
import { evictionSubresource } from './eviction.ts';
import { eventDefinition } from './events.ts';
import { disruptionBudgetDefinition } from './disruption-budgets.ts';
import type { DefinitionDeps } from '../native.ts';
import { podDefinition } from './pods.ts';
import { clusterRoleBindingDefinition, clusterRoleDefinition, roleBindingDefinition, roleDefinition } from './rbac.ts';
import { endpointsDefinition, endpointSliceDefinition, serviceDefinition } from './services.ts';
import { controllerRevisionDefinition, statefulSetDefinition } from './statefulsets.ts';
import { snapshotClassDefinition, snapshotContentDefinition, snapshotDefinition } from './snapshots.ts';
import { claimDefinition, storageClassDefinition, volumeDefinition } from './volumes.ts';

/** The definitions of all stored resources. The caller makes a registry with a store for each. */
export function playgroundDefinitions(deps: DefinitionDeps): ResourceDefinition[] {
  return [
    configMapDefinition,
    endpointsDefinition,
    eventDefinition,
    namespaceDefinition,
    nodeDefinition,
    claimDefinition,
    volumeDefinition,
    evictablePodDefinition,
    secretDefinition,
    serviceAccountDefinition,
    serviceDefinition,
    controllerRevisionDefinition,
    statefulSetDefinition,
    leaseDefinition,
    disruptionBudgetDefinition,
    endpointSliceDefinition,
    storageClassDefinition,
    snapshotDefinition,
    snapshotClassDefinition,
    snapshotContentDefinition,
    clusterRoleBindingDefinition,
    clusterRoleDefinition,
    roleBindingDefinition,
    roleDefinition,
  ].map((define) => define(deps));
}

function evictablePodDefinition(deps: DefinitionDeps): ResourceDefinition {
  const pods = podDefinition(deps);
  return { ...pods, subresources: { ...pods.subresources, eviction: evictionSubresource(deps) } };
}
