/** kubedirectorclusters/suspend, /resume and /restart, and kubedirectorroles/restart: verbs of their own, so that RBAC can tell them from other changes. */
import { forbidden, notFoundValue } from '../../meta/field-error.ts';
import { isJsonObject } from '../../meta/json.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { KubeObject, NamespacedName, ObjectMeta, Stored } from '../../meta/object.ts';
import { conflict, invalidObject, type Status } from '../../meta/status.ts';
import type { OpenApiSchemas, ResourceSchema } from '../../schema/contract.ts';
import { kindSchema } from '../../apis/kubedirector/schemas.ts';
import {
  group,
  version,
  type ClusterRole,
  type ClusterSpec,
  type KubeDirectorCluster,
  type RestartOptions,
} from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry, UpdateOptions } from '../../apiserver/registry/contract.ts';
import type { ActionSubresource, CallContext } from '../../apiserver/resource.ts';

interface ActionDependencies {
  readonly schemas: OpenApiSchemas;
  readonly registry: () => ResourceRegistry<KubeDirectorCluster>;
  readonly now: () => Date;
}

/** A role of a cluster, as its view names it. */
interface NamedRole {
  readonly view: Stored<KubeObject>;
  readonly cluster: NamespacedName;
  readonly role: string;
}

type ActionKind = 'SuspendOptions' | 'ResumeOptions' | 'RestartOptions';

/** From a cluster as it is stored, and what was sent, to its next spec; the same one where there is nothing to change. */
type Change = (cluster: Stored<KubeDirectorCluster>, body: KubeObject) => ClusterSpec;

/** The actions, by the names of their subresources. */
export function clusterActions(plural: string, dependencies: ActionDependencies): Record<string, ActionSubresource> {
  const action = (kind: ActionKind, change: Change) => clusterAction(plural, kind, change, dependencies);
  return {
    suspend: action('SuspendOptions', (cluster) => suspended(cluster, true)),
    resume: action('ResumeOptions', (cluster) => suspended(cluster, false)),
    restart: action('RestartOptions', (cluster, body) =>
      restarted(cluster, body as RestartOptions, dependencies.now()),
    ),
  };
}

/** What these actions have in common. */
const actionWith = (kind: ActionKind, schema: ResourceSchema): Omit<ActionSubresource, 'create'> => ({
  ...{ type: 'action', group, version, kind, schema },
  mayBeEmpty: true,
  answerSchema: 'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
});

/** kubedirectorroles/restart: of the members of one role, or of some of them. */
export function restartOfRole(
  plural: string,
  find: (target: NamespacedName) => Promise<NamedRole>,
  { schemas, registry, now }: ActionDependencies,
): ActionSubresource {
  const kind = 'RestartOptions';
  const schema = kindSchema(kind, schemas);
  return {
    ...actionWith(kind, schema),
    async create(context, target, sent, options) {
      const { view, cluster, role } = await find(target);
      const body = checked(schema, kind, target.name, sent) as RestartOptions;
      if (body.roles !== undefined) {
        const error = forbidden('roles', 'must be left out: the role is the one in the path');
        throw invalidObject({ group, kind }, target.name, [error]);
      }
      const { uid, resourceVersion } = preconditionsOf(body);
      const isSame =
        (uid ?? view.metadata.uid) === view.metadata.uid &&
        (resourceVersion ?? view.metadata.resourceVersion) === view.metadata.resourceVersion;
      if (!isSame) throw conflict({ group, resource: plural }, target.name, 'it is not the one of metadata any more');
      const members = body.members ?? [];
      const asked = { ...body, ...(members.length === 0 ? { roles: [role] } : {}) };
      await changed(registry, context, cluster, (current) => restarted(current, asked, now(), role), options);
      return succeeded(view, plural);
    },
  };
}

/**
 * Changes the spec on behalf of the caller, who needs no right to write clusters. It is an update like any other: its
 * manager owns what it sets, and the webhooks for updates of clusters are called as well as those for the subresource.
 */
function clusterAction(
  plural: string,
  kind: ActionKind,
  changeBy: Change,
  { schemas, registry }: ActionDependencies,
): ActionSubresource {
  const schema = kindSchema(kind, schemas);
  return {
    ...actionWith(kind, schema),
    async create(context, target, sent, options) {
      const body = checked(schema, kind, target.name, sent);
      const preconditions = preconditionsOf(body);
      const change = (cluster: Stored<KubeDirectorCluster>): ClusterSpec => changeBy(cluster, body);
      return succeeded(await changed(registry, context, target, change, { ...options, preconditions }), plural);
    },
  };
}

/** @throws StatusError 422 for a field that does not exist: dropped with a warning only, it would restart more than was meant */
function checked(schema: ResourceSchema, kind: ActionKind, name: string, sent: KubeObject): KubeObject {
  const body = schema.prune(sent);
  const unknown = schema.unknownFields(sent).map((field) => forbidden(field, 'unknown field'));
  const errors = [...unknown, ...schema.validate(body)];
  if (errors.length > 0) throw invalidObject({ group, kind }, name, errors);
  return body;
}

async function changed(
  registry: () => ResourceRegistry<KubeDirectorCluster>,
  context: CallContext,
  target: NamespacedName,
  change: (cluster: Stored<KubeDirectorCluster>) => ClusterSpec,
  options: UpdateOptions<KubeDirectorCluster>,
): Promise<Stored<KubeDirectorCluster>> {
  const written = await registry().update(
    context,
    target,
    async (current) => {
      const cluster = current ?? (await registry().get(target)).object;
      return { ...cluster, metadata: unversioned(cluster), spec: change(cluster) };
    },
    options,
  );
  return written.object;
}

/** The version that the caller has seen is a precondition; without one, the write is tried again after a lost race. */
function unversioned(cluster: Stored<KubeDirectorCluster>): ObjectMeta {
  const metadata: ObjectMeta = { ...cluster.metadata };
  delete metadata.resourceVersion;
  return metadata;
}

function suspended({ spec }: Stored<KubeDirectorCluster>, suspend: boolean): ClusterSpec {
  return (spec.suspend === true) === suspend ? spec : { ...spec, suspend };
}

/**
 * @param only the members have to be of this role; absent: of any
 * @throws StatusError 422 for a role or a member that the cluster does not have
 */
function restarted(
  { metadata, spec, status }: Stored<KubeDirectorCluster>,
  body: RestartOptions,
  now: Date,
  only?: string,
): ClusterSpec {
  const restartedAt = kubeTime(now);
  const { roles: asked = [], members = [] } = body;
  if (asked.length === 0 && members.length === 0) return { ...spec, restartedAt };
  const podsOf = new Map((status?.roles ?? []).map(({ id, members: all }) => [id, all.map(({ pod }) => pod)]));
  const present = only === undefined ? [...podsOf.values()].flat() : (podsOf.get(only) ?? []);
  const strangers = members.flatMap((pod, index) =>
    present.includes(pod) ? [] : [notFoundValue(`members[${index}]`, pod, "must be the name of a member's pod")],
  );
  // As it is stored: what cannot be read of it stays as it is.
  const stored: unknown = spec.roles;
  const roles: readonly unknown[] = Array.isArray(stored) ? (stored as unknown[]) : [];
  const idOf = (role: unknown): unknown => (isJsonObject(role) ? role['id'] : undefined);
  const known = roles.map(idOf);
  const unknown = asked.flatMap((id, index) => {
    const detail = `must be one of the cluster's roles: ${known.join(', ')}`;
    return known.includes(id) ? [] : [notFoundValue(`roles[${index}]`, id, detail)];
  });
  const errors = [...unknown, ...strangers];
  if (errors.length > 0) throw invalidObject({ group, kind: 'RestartOptions' }, metadata.name, errors);
  const next = roles.map((role) => {
    if (!isJsonObject(role)) return role;
    const id = String(idOf(role));
    const whole = asked.includes(id) ? { ...role, restartedAt } : role;
    const pods = (podsOf.get(id) ?? []).filter((pod) => members.includes(pod));
    return pods.length === 0 ? whole : withRestarts(whole as ClusterRole, pods, podsOf.get(id) ?? [], restartedAt);
  });
  return { ...spec, roles: next as ClusterRole[] };
}

/** Entries of members that are gone go as well. */
function withRestarts(role: ClusterRole, pods: readonly string[], present: readonly string[], at: string): ClusterRole {
  const others = (role.memberRestarts ?? []).filter(({ pod }) => present.includes(pod) && !pods.includes(pod));
  return { ...role, memberRestarts: [...others, ...pods.map((pod) => ({ pod, restartedAt: at }))] };
}

function preconditionsOf({ metadata: { uid, resourceVersion } }: KubeObject): {
  uid?: string;
  resourceVersion?: string;
} {
  return {
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(resourceVersion === undefined || resourceVersion === '' ? {} : { resourceVersion }),
  };
}

/** Says nothing of the cluster that the caller may not be allowed to read. */
function succeeded({ metadata: { name, uid } }: Stored<KubeObject>, plural: string): KubeObject {
  const status: Status = {
    ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' },
    details: { name, group, kind: plural, uid },
    code: 201,
  };
  return { ...status, metadata: {} };
}
