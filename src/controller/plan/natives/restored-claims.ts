/**
 * Claims that are made of snapshots, before there is a StatefulSet: it takes up claims of the names that its own would
 * have. So no member can begin with an empty volume that is to have files. Source:
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#create-persistent-volume-claim-from-volume-snapshot
 */
import { keepsClaims } from '../../../apis/kubedirector/retention.ts';
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { PersistentVolumeClaim } from '../../../apis/kubernetes/types.ts';
import { objectContext, type Draft } from '../draft.ts';
import { ownedBy, podLabels } from '../objects/metadata.ts';
import { statefulSet } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';
import { claimFor, sourceOf, volumesFor } from '../source.ts';

/** Adds the claims of new members that are to be made of snapshots. @returns whether the StatefulSet has to wait */
export function ensureRestoredClaims(draft: Draft, role: RoleStatus, resolved: ResolvedRole): boolean {
  const source = sourceOf(draft);
  if (source === undefined) return false;
  const exists = draft.observed.statefulSets.has(role.statefulSet);
  if (source.type !== 'ready') return !exists;
  const { name, uid } = source.backup.metadata;
  draft.status.restoredFrom ??= { backup: name, uid };
  const missing = role.members
    .filter(({ state, stateDetail }) => state !== 'deleting' && stateDetail.lastSetupGeneration === undefined)
    .flatMap((member) =>
      volumesFor(source.backup, role.id, member)
        .filter((volume) => !draft.observed.claims.has(claimFor(volume, member)))
        .map((volume) => claimOf(draft, resolved, { name: claimFor(volume, member), ...volume })),
    );
  for (const object of missing) draft.actions.push({ type: 'createClaim', object });
  return missing.length > 0 && !exists;
}

function claimOf(
  draft: Draft,
  resolved: ResolvedRole,
  { name, template, snapshot }: { readonly name: string; readonly template: string; readonly snapshot: string },
): PersistentVolumeClaim {
  const context = objectContext(draft);
  const { cluster } = draft.observed;
  const templates = statefulSet(context, resolved, { name: '', replicas: 0 }).spec.volumeClaimTemplates ?? [];
  const spec = templates.find(({ metadata }) => metadata?.name === template)?.spec;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...{ name, namespace: cluster.metadata.namespace ?? '', labels: podLabels(context, resolved) },
      ...(keepsClaims(cluster.spec, 'whenDeleted') ? {} : { ownerReferences: [ownedBy(cluster)] }),
    },
    spec: { ...spec, dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: snapshot } },
  };
}
