/** kubedirectorclusters, with status, scale and endpoints. */
import type { NamespacedName, Stored } from '../../meta/object.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { Scale } from '../../apis/kubernetes/types.ts';
import { kindSchema } from '../../apis/kubedirector/schemas.ts';
import type { RandomBytes } from '../../apis/kubedirector/secret-keys.ts';
import {
  apiVersion,
  group,
  version,
  type ClusterEndpoint,
  type ClusterEndpoints,
  type KubeDirectorApp,
  type KubeDirectorCluster,
} from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { ObjectSubresource, ResourceDefinition } from '../../apiserver/resource.ts';
import { withOwnersOfScale, withScaleOwners } from '../../apiserver/registry/index.ts';
import type { AccessReviewer, NativeClients } from '../../clients/contract.ts';
import { clusterActions } from './cluster-actions.ts';
import { clusterLog, type LogTools } from './cluster-log.ts';
import { clusterPlan } from './cluster-plan.ts';
import { clusterStrategy } from './cluster-strategy.ts';
import type { BaseDefinition } from './definition.ts';
import { clusterEndpoints } from './endpoints.ts';
import type { PodTemplates } from './pod-templates.ts';
import { clusterRedaction, mayReadTokens } from './redactions.ts';
import { membersField, scaledCluster, scaledRole, scaleOf } from './scaling.ts';
import { scaleSubresource } from './scale-subresource.ts';
import type { Foretelling } from './update-warnings.ts';

interface ClusterDependencies {
  readonly schemas: OpenApiSchemas;
  readonly lookup: Lookup;
  readonly randomBytes: RandomBytes;
  readonly now: () => Date;
  /** Clusters are made in these namespaces only; absent: in all. */
  readonly namespaces?: readonly string[];
  readonly isEnding: (namespace: string) => boolean;
  /** Whether a controller works on the clusters. */
  readonly isControlled?: boolean;
  readonly hasStatusBackup: (target: NamespacedName) => boolean;
  /** The registry of clusters itself, asked for at each use: it is made of this definition. */
  readonly registry: () => ResourceRegistry<KubeDirectorCluster>;
  readonly appOf: (cluster: KubeDirectorCluster) => KubeDirectorApp | undefined;
  /** During an upgrade: the other app that members run. */
  readonly otherAppOf: (cluster: KubeDirectorCluster) => KubeDirectorApp | undefined;
  readonly domainBase: () => string;
  /** Who may read auth tokens; absent: nobody may. */
  readonly access?: AccessReviewer;
  /** Absent: pods are judged by the rules of this program alone. */
  readonly podTemplates?: PodTemplates;
  readonly foretelling: Foretelling;
  readonly native: () => NativeClients;
  /** Absent: nobody can read what members print. */
  readonly logs?: LogTools;
}

/** KubeDirectorClusters, with their status and scale subresources. */
export function clustersDefinition(
  base: BaseDefinition<KubeDirectorCluster>,
  dependencies: ClusterDependencies,
): ResourceDefinition<KubeDirectorCluster> {
  const { access, logs } = dependencies;
  return {
    ...base,
    strategy: clusterStrategy(base, dependencies),
    redaction: clusterRedaction(access),
    subresources: {
      status: { type: 'status' },
      scale: clusterScale(base, dependencies),
      endpoints: endpointsSubresource(dependencies),
      ...clusterActions(base.plural, dependencies),
      plan: clusterPlan(base, dependencies),
      ...(logs === undefined ? {} : { log: clusterLog({ ...dependencies, ...logs, schema: base.schema }) }),
    },
  };
}

function clusterScale(
  { schema }: Pick<BaseDefinition<KubeDirectorCluster>, 'schema'>,
  { schemas, registry, appOf }: ClusterDependencies,
): ObjectSubresource {
  const roleOf = (cluster: Stored<KubeDirectorCluster>): string =>
    scaledRole(schema.readable(cluster), appOf(schema.readable(cluster)));
  const show = (cluster: Stored<KubeDirectorCluster>): Scale =>
    scaleOf(cluster, schema.readable(cluster), roleOf(cluster));
  return scaleSubresource(schemas, {
    get: async (target) => show((await registry().get(target)).object),
    async update(context, target, wanted, { admit, ...options }) {
      const written = await registry().update(
        context,
        target,
        async (cluster) => {
          const subject = cluster ?? (await registry().get(target)).object;
          const role = roleOf(subject);
          const current = withScaleOwners(show(subject), subject, membersField(role));
          const scale = await wanted(current);
          return withOwnersOfScale(scaledCluster(subject, role, current, scale), scale, membersField(role));
        },
        {
          ...options,
          ownership: 'given',
          ...(admit === undefined ? {} : { admit: (next, current) => admit(show(next), show(current)) }),
        },
      );
      return show(written.object);
    },
  });
}

function endpointsSubresource(dependencies: ClusterDependencies): ObjectSubresource {
  const { schemas, registry, appOf, otherAppOf, domainBase, access } = dependencies;
  const readsTokens = mayReadTokens(access);
  return {
    type: 'object',
    group,
    version,
    kind: 'ClusterEndpoints',
    schema: kindSchema('ClusterEndpoints', schemas),
    async get(context, target): Promise<ClusterEndpoints> {
      const cluster = (await registry().get(target)).object;
      const { name, namespace = '', uid, resourceVersion, creationTimestamp } = cluster.metadata;
      const app = appOf(cluster);
      const endpoints = clusterEndpoints(cluster, { app, other: otherAppOf(cluster) }, domainBase());
      const withTokens = await readsTokens(context, target);
      return {
        apiVersion,
        kind: 'ClusterEndpoints',
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        endpoints: withTokens ? endpoints.map((endpoint) => withToken(endpoint, cluster, app)) : endpoints,
      };
    },
  };
}

/** A member's token is for those of its services whose callers must show one. */
function withToken(
  endpoint: ClusterEndpoint,
  { status }: KubeDirectorCluster,
  app: KubeDirectorApp | undefined,
): ClusterEndpoint {
  const service = app?.spec.services?.find(({ id }) => id === endpoint.service);
  if (service?.endpoint?.hasAuthToken !== true) return endpoint;
  const members = status?.roles?.find(({ id }) => id === endpoint.role)?.members;
  const authToken = members?.find(({ pod }) => pod === endpoint.member)?.authToken;
  return authToken === undefined ? endpoint : { ...endpoint, authToken };
}
