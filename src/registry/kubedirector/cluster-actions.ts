/** kubedirectorclusters/suspend, /resume and /restart: verbs of their own, so that RBAC can tell them from other changes. */
import { forbidden, notFoundValue } from '../../meta/field-error.ts';
import { isJsonObject } from '../../meta/json.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { KubeObject, ObjectMeta, Stored } from '../../meta/object.ts';
import { invalidObject, type Status } from '../../meta/status.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import { kindSchema } from '../../apis/kubedirector/schemas.ts';
import {
  group,
  version,
  type ClusterRole,
  type ClusterSpec,
  type KubeDirectorCluster,
  type RestartOptions,
} from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { ActionSubresource } from '../../apiserver/resource.ts';

interface ActionDependencies {
  readonly schemas: OpenApiSchemas;
  readonly registry: () => ResourceRegistry<KubeDirectorCluster>;
  readonly now: () => Date;
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

/**
 * Changes the spec on behalf of the caller, who needs no right to write clusters. It is an update like any other: its
 * manager owns what it sets, and the webhooks for updates of clusters are called as well as those for the subresource.
 */
function clusterAction(
  plural: string,
  kind: ActionKind,
  change: Change,
  { schemas, registry }: ActionDependencies,
): ActionSubresource {
  const schema = kindSchema(kind, schemas);
  return {
    ...{ type: 'action', group, version, kind, schema },
    mayBeEmpty: true,
    answerSchema: 'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
    async create(context, target, sent, options) {
      const body = schema.prune(sent);
      // A field that is dropped with a warning only would restart more than was meant.
      const unknown = schema.unknownFields(sent).map((field) => forbidden(field, 'unknown field'));
      const errors = [...unknown, ...schema.validate(body)];
      if (errors.length > 0) throw invalidObject({ group, kind }, target.name, errors);
      const { object } = await registry().update(
        context,
        target,
        async (current) => {
          const cluster = current ?? (await registry().get(target)).object;
          return { ...cluster, metadata: unversioned(cluster), spec: change(cluster, body) };
        },
        { ...options, preconditions: preconditionsOf(body) },
      );
      return succeeded(object, plural);
    },
  };
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

/** @throws StatusError 422 for a role that the cluster does not have */
function restarted({ metadata, spec }: Stored<KubeDirectorCluster>, body: RestartOptions, now: Date): ClusterSpec {
  const restartedAt = kubeTime(now);
  const { roles: asked = [] } = body;
  if (asked.length === 0) return { ...spec, restartedAt };
  // As it is stored: what cannot be read of it stays as it is.
  const stored: unknown = spec.roles;
  const roles: readonly unknown[] = Array.isArray(stored) ? (stored as unknown[]) : [];
  const idOf = (role: unknown): unknown => (isJsonObject(role) ? role['id'] : undefined);
  const known = roles.map(idOf);
  const unknown = asked.flatMap((id, index) => {
    const detail = `must be one of the cluster's roles: ${known.join(', ')}`;
    return known.includes(id) ? [] : [notFoundValue(`roles[${index}]`, id, detail)];
  });
  if (unknown.length > 0) throw invalidObject({ group, kind: 'RestartOptions' }, metadata.name, unknown);
  const isAsked = (role: unknown): role is ClusterRole => asked.some((id) => id === idOf(role));
  const next = roles.map((role) => (isAsked(role) ? { ...role, restartedAt } : role)) as ClusterRole[];
  return { ...spec, roles: next };
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
