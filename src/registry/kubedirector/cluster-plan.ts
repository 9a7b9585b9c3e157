/** kubedirectorclusters/plan: what a changed cluster would come to, as data. Nothing is written. */
import { isReason, StatusError } from '../../meta/status.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import {
  apiVersion,
  group,
  version,
  type ClusterPlan,
  type KubeDirectorCluster,
  type PlannedChange,
} from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { ActionSubresource, CallContext, WriteOptions } from '../../apiserver/resource.ts';
import type { BaseDefinition } from './definition.ts';
import { changesOfUpdate, type Foretelling } from './update-warnings.ts';

interface PlanDependencies {
  readonly registry: () => ResourceRegistry<KubeDirectorCluster>;
  readonly foretelling: Foretelling;
}

/**
 * Takes a cluster as it would be, of which only the spec counts, and answers what an update with it would do. All rules of
 * updates are applied as in a dry run, those of webhooks and the caller's rights included.
 */
export function clusterPlan(
  { schema, kind }: Pick<BaseDefinition<KubeDirectorCluster>, 'schema' | 'kind'>,
  dependencies: PlanDependencies,
): ActionSubresource {
  return {
    ...{ type: 'action', group, version, kind, schema },
    answerSchema: 'com.hpe.kubedirector.v1beta1.ClusterPlan',
    async create(context, target, sent, options): Promise<ClusterPlan> {
      const { registry, foretelling } = dependencies;
      const old = (await registry().get(target)).object;
      const changes = await changesOf(context, target, { sent, options, registry, old, foretelling, schema });
      const { name, namespace = '', uid } = old.metadata;
      return { apiVersion, kind: 'ClusterPlan', metadata: { name, namespace, uid }, changes };
    },
  };
}

interface Question extends PlanDependencies {
  readonly sent: KubeObject;
  readonly options: WriteOptions;
  readonly old: Stored<KubeDirectorCluster>;
  readonly schema: BaseDefinition<KubeDirectorCluster>['schema'];
}

/** @throws StatusError as an update does, but for what is wrong with the spec */
async function changesOf(
  context: CallContext,
  target: NamespacedName,
  { sent, options, registry, old, foretelling, schema }: Question,
): Promise<PlannedChange[]> {
  const { spec } = sent as KubeDirectorCluster;
  try {
    const next = await registry().update(context, target, (current) => ({ ...(current ?? old), spec }), {
      ...options,
      dryRun: true,
    });
    return changesOfUpdate(schema.readable(next.object), schema.readable(old), foretelling);
  } catch (error) {
    if (!(error instanceof StatusError) || !isReason(error, 'Invalid')) throw error;
    const causes = error.status.details?.causes ?? [];
    if (causes.length === 0) throw error;
    return causes.map(({ field = '', message = '' }) => refused(spec, field, message));
  }
}

function refused(spec: KubeDirectorCluster['spec'], field: string, message: string): PlannedChange {
  const index = /^spec\.roles\[(\d+)\]/.exec(field)?.[1];
  const role: unknown = index === undefined ? undefined : spec.roles[Number(index)]?.id;
  return {
    ...{ class: 'refused', action: 'None', count: 0, members: [], fields: [field], message: `${field}: ${message}` },
    ...(typeof role === 'string' ? { role } : {}),
  };
}
