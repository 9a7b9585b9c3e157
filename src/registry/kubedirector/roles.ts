/** kubedirectorroles: the view of clusters' roles, each with its own scale. */
import { notFound } from '../../meta/status.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { KubeDirectorCluster, KubeDirectorRole } from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { ObjectSubresource, ResourceDefinition } from '../../apiserver/resource.ts';
import { withOwnersOfScale, withScaleOwners } from '../../apiserver/registry/index.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { BaseDefinition } from './definition.ts';
import { restartOfRole } from './cluster-actions.ts';
import { membersField, scaledCluster, scaleOf } from './scaling.ts';
import { scaleSubresource } from './scale-subresource.ts';

interface RoleDependencies {
  readonly schemas: OpenApiSchemas;
  readonly views: ResourceCache<KubeDirectorRole>;
  /** The registry of clusters, asked for at each use. */
  readonly clusters: () => ResourceRegistry<KubeDirectorCluster>;
  readonly now: () => Date;
}

/** KubeDirectorRoles: a view, one object for each role of each cluster. */
export function rolesDefinition(
  base: BaseDefinition<KubeDirectorRole>,
  dependencies: RoleDependencies,
): ResourceDefinition<KubeDirectorRole> {
  const { clusters: registry, schemas, now } = dependencies;
  const find = async (target: NamespacedName) => {
    const view = await currentView(base, dependencies, target);
    const { cluster = '', role = '' } = view.spec ?? {};
    return { view, role, cluster: { namespace: target.namespace, name: cluster } };
  };
  const restart = restartOfRole(base.plural, find, { registry, schemas, now });
  return { ...base, strategy: {}, subresources: { scale: roleScale(base, dependencies), restart } };
}

async function currentView(
  { group, plural }: Pick<BaseDefinition<KubeDirectorRole>, 'group' | 'plural'>,
  { views }: RoleDependencies,
  { namespace, name }: NamespacedName,
): Promise<Stored<KubeDirectorRole>> {
  await views.current();
  const found = views.get(namespace, name);
  if (found === undefined) throw notFound({ group, resource: plural }, name);
  return found.object;
}

/** What is read is the view; what is written is the cluster. */
function roleScale(base: BaseDefinition<KubeDirectorRole>, dependencies: RoleDependencies): ObjectSubresource {
  const { schemas, clusters } = dependencies;
  const view = (target: NamespacedName) => currentView(base, dependencies, target);
  const readable = (cluster: Stored<KubeDirectorCluster>): Stored<KubeDirectorCluster> =>
    clusters().definition.readable?.(cluster) ?? cluster;
  return scaleSubresource(schemas, {
    async get(target) {
      const { metadata, spec, status } = await view(target);
      const { name, namespace = '', uid, resourceVersion, creationTimestamp } = metadata;
      return {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        spec: { replicas: spec?.replicas ?? 0 },
        status: { replicas: status?.replicas ?? 0, selector: status?.selector ?? '' },
      };
    },
    // What it does to the cluster is an update of that, which its webhooks are asked about as well.
    async update(context, target, wanted, { admit, ...options }) {
      const { namespace } = target;
      const { cluster = '', role = '' } = (await view(target)).spec ?? {};
      const written = await clusters().update(
        context,
        { namespace, name: cluster },
        async (current) => {
          const subject = current ?? (await clusters().get({ namespace, name: cluster })).object;
          const scale = withScaleOwners(
            scaleOf(await view(target), readable(subject), role),
            subject,
            membersField(role),
          );
          const next = await wanted(scale);
          await admit?.(next, scale);
          const scaled = scaledCluster(subject, role, scale, next, 'kubedirectorroles');
          return withOwnersOfScale(scaled, next, membersField(role));
        },
        { ...options, ownership: 'given' },
      );
      return scaleOf(await view(target), readable(written.object), role);
    },
  });
}
