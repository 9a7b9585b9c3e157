/** The StatefulSets that a cluster will get, for checks before the cluster is stored. */
import type { ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from '../../../apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { resolveRoles } from '../roles.ts';
import { objectContextOf } from '../objects/metadata.ts';
import { statefulSet } from '../objects/stateful-set.ts';

const clusterName = 'preview';
const input = { name: '', replicas: 1 };

/**
 * By role. What tells one cluster from another (names, uid, numbers of members) is the same in all of them, so that roles
 * with the same pods get equal StatefulSets. Roles that the app does not know are left out.
 * @param cluster has the shape that its schema asks for
 */
export function previewStatefulSets(
  { metadata, ...cluster }: KubeDirectorCluster,
  app: KubeDirectorApp,
  config: ConfigSpec,
): ReadonlyMap<string, StatefulSet> {
  const { namespace = '' } = metadata;
  const named: Stored<KubeDirectorCluster> = {
    ...cluster,
    metadata: { namespace, name: clusterName, uid: '', resourceVersion: '', creationTimestamp: '' },
  };
  const context = objectContextOf({ cluster: named, app, config, clusterService: `kdhs-${clusterName}` });
  return new Map(resolveRoles(named, app).map((role) => [role.id, preview(statefulSet(context, role, input))]));
}

/** Without the owner, which does not exist, and with a name that is free. */
function preview({ metadata, ...set }: StatefulSet): StatefulSet {
  const { namespace = '', labels = {}, annotations = {} } = metadata;
  return { ...set, metadata: { namespace, generateName: `kdss-${clusterName}-`, labels, annotations } };
}
