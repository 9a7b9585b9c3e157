/** The objects of the two views, computed from a cluster: pure functions. */
import { hash } from 'node:crypto';
import type { ObjectMeta } from '../../meta/object.ts';
import { appRole } from '../../apis/kubedirector/app-lookups.ts';
import {
  apiVersion,
  type KubeDirectorApp,
  type KubeDirectorCluster,
  type KubeDirectorEndpoint,
  type KubeDirectorRole,
  type RoleStatus,
} from '../../apis/kubedirector/types.ts';
import {
  appCatalogLabel,
  appLabel,
  clusterLabel,
  roleLabel,
  serviceLabel,
} from '../../apis/kubedirector/well-known.ts';
import { clusterEndpoints, type AppsOfCluster } from './endpoints.ts';
import { conditionsWithoutMembers, roleState } from './role-status.ts';
import { roleSelector, roleViewName } from '../../apis/kubedirector/scale-role.ts';

/** One for each role of the spec, and for each that still has members. */
export function roleViews(cluster: KubeDirectorCluster, app: KubeDirectorApp | undefined): KubeDirectorRole[] {
  const { spec, status, metadata } = cluster;
  const ids = new Set([...spec.roles.map(({ id }) => id), ...(status?.roles ?? []).map(({ id }) => id)]);
  return [...ids].map((role) => {
    const current = status?.roles?.find(({ id }) => id === role);
    const members = current?.members ?? [];
    const desired = spec.roles.find(({ id }) => id === role)?.members ?? 0;
    const state = roleState({ cluster, members, desired });
    const conditions =
      current === undefined ? conditionsWithoutMembers({ cluster, members, desired }) : current.conditions;
    const cardinality = app && appRole(app, role)?.cardinality;
    return {
      apiVersion,
      kind: 'KubeDirectorRole',
      metadata: viewMetadata(cluster, 'KubeDirectorRole', roleViewName(metadata.name ?? '', role), {
        [roleLabel]: role,
      }),
      spec: {
        cluster: metadata.name ?? '',
        role,
        app: spec.app,
        ...(cardinality === undefined ? {} : { cardinality }),
        replicas: desired,
      },
      status: {
        replicas: members.length,
        configuredReplicas: members.filter(({ state }) => state === 'configured').length,
        ...updateNumbers(current),
        selector: roleSelector(metadata.name ?? '', role),
        ...(state === undefined ? {} : { state }),
        ...(conditions === undefined || conditions.length === 0 ? {} : { conditions }),
        ...(current === undefined ? {} : { statefulSet: current.statefulSet }),
      },
    };
  });
}

/** As far as the controller has counted them. */
function updateNumbers(role: RoleStatus | undefined) {
  if (role === undefined) return { updatedReplicas: 0, readyReplicas: 0 };
  const { updatedReplicas, readyReplicas, currentRevision, updateRevision } = role;
  return {
    ...(updatedReplicas === undefined ? {} : { updatedReplicas }),
    ...(readyReplicas === undefined ? {} : { readyReplicas }),
    ...(currentRevision === undefined ? {} : { currentRevision }),
    ...(updateRevision === undefined ? {} : { updateRevision }),
  };
}

/** One for each service of each member that listens somewhere, named "<pod>.<service>". */
export function endpointViews(
  cluster: KubeDirectorCluster,
  apps: AppsOfCluster,
  domainBase: string,
): KubeDirectorEndpoint[] {
  return clusterEndpoints(cluster, apps, domainBase).map((endpoint) => {
    const { service, name, role, member, scheme, port, path, isDashboard, url, externalURLs, ready } = endpoint;
    return {
      apiVersion,
      kind: 'KubeDirectorEndpoint',
      metadata: viewMetadata(cluster, 'KubeDirectorEndpoint', `${member}.${service}`, {
        [roleLabel]: role,
        [serviceLabel]: service,
      }),
      spec: {
        cluster: cluster.metadata.name ?? '',
        role,
        app: cluster.spec.app,
        member,
        service,
        ...(name === undefined ? {} : { serviceName: name }),
        ...(scheme === undefined ? {} : { scheme }),
        port,
        ...(path === undefined ? {} : { path }),
        isDashboard,
      },
      status: { url, externalURLs, ready },
    };
  });
}

/** The same for the same cluster at all times: uid, too, follows from the cluster's. */
function viewMetadata(
  { metadata, spec }: KubeDirectorCluster,
  kind: string,
  name: string,
  labels: Record<string, string>,
): ObjectMeta {
  return {
    name,
    namespace: metadata.namespace ?? '',
    uid: derivedUid(metadata.uid ?? '', `${kind}/${name}`),
    ...(metadata.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
    labels: {
      [clusterLabel]: metadata.name ?? '',
      [appLabel]: spec.app,
      ...(spec.appCatalog === undefined ? {} : { [appCatalogLabel]: spec.appCatalog }),
      ...labels,
    },
  };
}

/** A UUID of version 8 (RFC 9562 section 5.8) made of a hash. */
function derivedUid(owner: string, name: string): string {
  const bytes = hash('sha256', `${owner}/${name}`, 'buffer');
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
