/**
 * Claims that stay when their member, or the whole cluster, goes. They bear an annotation with the name of the headless
 * Service, under which their data know the members, and are taken up again: see membership/retained.ts.
 */
import type { KubeDirectorCluster } from '../../../apis/kubedirector/types.ts';
import { retainedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { PersistentVolumeClaim } from '../../../apis/kubernetes/types.ts';
import type { OwnerReference, Stored } from '../../../meta/object.ts';
import type { Action } from '../actions.ts';

type Claim = Stored<PersistentVolumeClaim>;
type Cluster = Stored<KubeDirectorCluster>;

/** What makes a claim one that stays; nothing where it is one already, or goes. */
export function retention(cluster: Cluster, claim: Claim): readonly Action[] {
  const service = cluster.status?.clusterService ?? '';
  return change(claim, undefined, service);
}

/** What makes a claim one that stays, and takes the cluster off its owners: the collector must not find it there. */
export function release(cluster: Cluster, claim: Claim): readonly Action[] {
  const service = cluster.status?.clusterService ?? '';
  return change(claim, ownersWithout(cluster, claim), service);
}

/** The owners but the cluster; undefined where that is none of them. */
export function ownersWithout(cluster: Cluster, { metadata }: Claim): OwnerReference[] | undefined {
  const owners = metadata.ownerReferences ?? [];
  const others = owners.filter(({ uid }) => uid !== cluster.metadata.uid);
  return others.length === owners.length ? undefined : others;
}

function change(claim: Claim, ownerReferences: OwnerReference[] | undefined, service: string): readonly Action[] {
  const { labels, annotations, deletionTimestamp } = claim.metadata;
  const isMarked = annotations?.[retainedAnnotation] === service;
  if (deletionTimestamp !== undefined || (isMarked && ownerReferences === undefined)) return [];
  const requests = claim.status?.phase === 'Bound' ? claim.spec?.resources?.requests : undefined;
  const mark = { annotations: { [retainedAnnotation]: service } };
  return [
    {
      ...{ type: 'repair', kind: 'PersistentVolumeClaim', actual: claim },
      desired: {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
        metadata: { ...(labels && { labels }), ...mark },
        // What is applied without it would take it away: see growth.ts.
        ...(requests && { spec: { resources: { requests } } }),
      },
      drift: { metadata: { ...mark, ...(ownerReferences && { ownerReferences }) } },
    },
  ];
}
