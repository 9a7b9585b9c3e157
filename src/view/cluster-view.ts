/** What is shown of a cluster, from its objects. */
import type { ClusterRole, KubeDirectorCluster, KubeDirectorEndpoint, RoleStatus } from '../apis/kubedirector/types.ts';
import { ageText } from './age.ts';
import { conditionViews } from './conditions.ts';
import type { ClusterObjects, ClusterView, Progress, RoleView } from './contract.ts';
import { memberView } from './member-view.ts';
import { plainLine } from './plain-text.ts';
import { stayingMembers } from './staying-members.ts';

/** Never throws for an object that the API server has let in, whatever its texts are. */
export function clusterView({ cluster, app, endpoints = [] }: ClusterObjects, now: Date): ClusterView {
  const { metadata, spec, status } = cluster;
  const own = endpoints.filter((endpoint) => isOf(endpoint, cluster));
  const cardinalities = new Map(app?.spec.roles.map(({ id, cardinality }) => [id, cardinality]));
  const roles = roleIds(cluster).map((id) =>
    roleView(id, {
      spec: spec.roles.find((role) => role.id === id),
      status: status?.roles?.find((role) => role.id === id),
      cardinality: cardinalities.get(id),
      endpoints: own.filter((endpoint) => endpoint.spec?.role === id),
    }),
  );
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const rolls = roles.flatMap(({ roll }) => roll ?? []);
  return {
    namespace: plainLine(metadata.namespace ?? ''),
    name: plainLine(metadata.name ?? ''),
    app: plainLine(spec.app),
    isDeleting: metadata.deletionTimestamp !== undefined,
    age: ageText(metadata.creationTimestamp, now),
    setUp: sum(roles.map((role) => role.setUp)),
    roles,
    conditions: conditionViews(status?.conditions),
    ...(status?.state === undefined ? {} : { state: status.state }),
    ...(rolls.length === 0 ? {} : { roll: sum(rolls) }),
    ...(ready === undefined || ready.status === 'True' ? {} : { lastWords: plainLine(ready.message) }),
  };
}

/** Those of the spec in its order; then those that are left, with members that leave. */
function roleIds({ spec, status }: KubeDirectorCluster): string[] {
  return [...new Set([...spec.roles, ...(status?.roles ?? [])].map(({ id }) => id))];
}

interface RoleObjects {
  readonly spec: ClusterRole | undefined;
  readonly status: RoleStatus | undefined;
  readonly cardinality: string | undefined;
  readonly endpoints: readonly KubeDirectorEndpoint[];
}

function roleView(id: string, { spec, status, cardinality, endpoints }: RoleObjects): RoleView {
  const members = status === undefined ? [] : status.members;
  const desired = spec === undefined ? 0 : (spec.members ?? members.length);
  const roll = status === undefined ? undefined : rollOf(status);
  return {
    id: plainLine(id),
    desired,
    setUp: {
      done: stayingMembers(members, desired).filter(({ state }) => state === 'configured').length,
      total: desired,
    },
    members:
      status === undefined
        ? []
        : members.map((member) =>
            memberView(
              member,
              status,
              endpoints.filter((endpoint) => endpoint.spec?.member === member.pod),
            ),
          ),
    ...(cardinality === undefined ? {} : { cardinality: plainLine(cardinality) }),
    ...(roll === undefined ? {} : { roll }),
  };
}

function rollOf({ currentRevision, updateRevision, updatedReplicas = 0, replicas = 0 }: RoleStatus) {
  const isRolling = currentRevision !== undefined && updateRevision !== undefined && currentRevision !== updateRevision;
  return isRolling ? { done: updatedReplicas, total: replicas } : undefined;
}

function sum(all: readonly Progress[]): Progress {
  return {
    done: all.reduce((total, { done }) => total + done, 0),
    total: all.reduce((total, one) => total + one.total, 0),
  };
}

function isOf({ metadata, spec }: KubeDirectorEndpoint, cluster: KubeDirectorCluster): boolean {
  return spec?.cluster === cluster.metadata.name && metadata.namespace === cluster.metadata.namespace;
}
