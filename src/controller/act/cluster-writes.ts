/** What the controller writes to a cluster besides its status. */
import type { ClusterSpec, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { Writer } from '../../clients/contract.ts';
import type { JsonObject } from '../../meta/json.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { ActionOf } from '../plan/actions.ts';

interface ClusterWrites {
  /** @throws StatusError Conflict where the cluster has changed since: somebody else may have changed the list */
  setFinalizers(
    cluster: Stored<KubeDirectorCluster>,
    wanted: Pick<ActionOf<'setFinalizers'>, 'finalizers' | 'annotations'>,
  ): Promise<void>;
  /** @throws StatusError Conflict where the cluster has changed since: its user wins */
  putBack(cluster: Stored<KubeDirectorCluster>, spec: ClusterSpec): Promise<void>;
  patch(cluster: Stored<KubeDirectorCluster>, patch: JsonObject): Promise<void>;
}

const nameOf = ({ metadata }: Stored<KubeDirectorCluster>): NamespacedName => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
});

/** `setFinalizers` and `putBack` are refused where the cluster has changed since the plan read it; `patch` is not. */
export function createClusterWrites(clusters: Pick<Writer<KubeDirectorCluster>, 'patch'>): ClusterWrites {
  return {
    async setFinalizers(cluster, { finalizers, annotations }) {
      const { resourceVersion } = cluster.metadata;
      try {
        await clusters.patch(nameOf(cluster), {
          metadata: { resourceVersion, finalizers, ...(annotations && { annotations }) },
        });
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    },
    async putBack(cluster, { app, roles }) {
      const { resourceVersion } = cluster.metadata;
      await clusters.patch(nameOf(cluster), { metadata: { resourceVersion }, spec: { app, roles } });
    },
    async patch(cluster, patch) {
      await clusters.patch(nameOf(cluster), patch);
    },
  };
}
