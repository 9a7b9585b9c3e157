/** Mirrors a cluster's status into the KubeDirectorStatusBackup of the same name, which the cluster owns. */
import type { KubeDirectorCluster, KubeDirectorStatusBackup } from '../../apis/kubedirector/types.ts';
import { deepEqual } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import type { ControllerOptions } from '../clients.ts';
import { ownedBy } from '../plan/objects/metadata.ts';

interface StatusBackups {
  mirror(cluster: Stored<KubeDirectorCluster>): Promise<void>;
  drop(cluster: Stored<KubeDirectorCluster>, uid: string): Promise<void>;
}

/** Writes and deletes the KubeDirectorStatusBackups of clusters. */
export function createStatusBackups({ statusBackups }: Pick<ControllerOptions, 'statusBackups'>): StatusBackups {
  return {
    async drop({ metadata: { namespace = '', name } }, uid) {
      await statusBackups.delete({ namespace, name }, { uid });
    },
    async mirror(cluster) {
      const { namespace = '', name } = cluster.metadata;
      const wanted: KubeDirectorStatusBackup = {
        apiVersion: 'kubedirector.hpe.com/v1beta1',
        kind: 'KubeDirectorStatusBackup',
        metadata: { name, namespace, ownerReferences: [ownedBy(cluster)] },
        spec: cluster.status === undefined ? {} : { statusBackup: cluster.status },
      };
      const existing = await statusBackups.read({ namespace, name });
      if (existing === undefined) {
        await statusBackups.create(wanted);
        return;
      }
      const { ownerReferences } = wanted.metadata;
      if (deepEqual(existing.spec, wanted.spec) && deepEqual(existing.metadata.ownerReferences, ownerReferences))
        return;
      await statusBackups.update({
        ...existing,
        metadata: { ...existing.metadata, ...wanted.metadata },
        spec: wanted.spec,
      });
    },
  };
}
