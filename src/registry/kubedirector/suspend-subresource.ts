/** kubedirectorclusters/suspend and /resume: verbs of their own, so that RBAC can tell them from other changes. */
import type { KubeObject, ObjectMeta, Stored } from '../../meta/object.ts';
import type { Status } from '../../meta/status.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import { kindSchema } from '../../apis/kubedirector/schemas.ts';
import { group, version, type KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { ActionSubresource } from '../../apiserver/resource.ts';

interface SuspendDependencies {
  readonly schemas: OpenApiSchemas;
  readonly registry: () => ResourceRegistry<KubeDirectorCluster>;
  readonly plural: string;
}

/**
 * Sets spec.suspend on behalf of the caller, who needs no right to write clusters. It is an update like any other: its
 * manager owns the field, and the webhooks for updates of clusters are called as well as those for the subresource.
 * @param suspend what is set; a cluster that is so already is not written
 */
export function suspendSubresource(
  suspend: boolean,
  { schemas, registry, plural }: SuspendDependencies,
): ActionSubresource {
  const kind = suspend ? 'SuspendOptions' : 'ResumeOptions';
  return {
    ...{ type: 'action', group, version, kind },
    schema: kindSchema(kind, schemas),
    mayBeEmpty: true,
    answerSchema: 'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
    async create(context, target, body, options) {
      const { object } = await registry().update(
        context,
        target,
        async (current) => suspended(current ?? (await registry().get(target)).object, suspend),
        { ...options, preconditions: preconditionsOf(body) },
      );
      return succeeded(object, plural);
    },
  };
}

/** The version that the caller has seen is a precondition; without one, the write is tried again after a lost race. */
function suspended(cluster: Stored<KubeDirectorCluster>, suspend: boolean): KubeDirectorCluster {
  const metadata: ObjectMeta = { ...cluster.metadata };
  delete metadata.resourceVersion;
  const isSo = (cluster.spec.suspend === true) === suspend;
  return { ...cluster, metadata, spec: isSo ? cluster.spec : { ...cluster.spec, suspend } };
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
