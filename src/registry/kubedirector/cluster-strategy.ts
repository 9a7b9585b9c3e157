/** How clusters are written: defaulted, checked against everything they refer to, and not changed out of turn. */
import { deepEqual } from '../../meta/json.ts';
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import type { Stored } from '../../meta/object.ts';
import { conflict } from '../../meta/status.ts';
import { nameErrors } from '../../apis/kubedirector/app-validation.ts';
import { defaultCluster } from '../../apis/kubedirector/cluster-defaulting.ts';
import { validateClusterUpdate, waitsFor } from '../../apis/kubedirector/cluster-update.ts';
import { validateCluster } from '../../apis/kubedirector/cluster-validation.ts';
import { gatherClusterFacts, gatherReferenceFacts, type Lookup } from '../../apis/kubedirector/lookup.ts';
import { withoutAppliedSecrets } from '../../apis/kubedirector/last-applied.ts';
import {
  comesFromBackup,
  isRestoring,
  mayBeDeleted,
  validateRestoringLabel,
} from '../../apis/kubedirector/restoring.ts';
import type { RandomBytes } from '../../apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { wellShaped } from '../../apis/kubedirector/well-shaped.ts';
import { allowDeleteWhileRestoringLabel, restoringLabel } from '../../apis/kubedirector/well-known.ts';
import type { Strategy } from '../../apiserver/registry/contract.ts';
import type { BaseDefinition } from './definition.ts';

type Cluster = KubeDirectorCluster;

export function clusterStrategy(
  base: BaseDefinition<Cluster>,
  lookup: Lookup,
  randomBytes: RandomBytes,
): Strategy<Cluster> {
  const shaped = (cluster: Cluster) => wellShaped(base.schema.root, cluster);
  const resource = { group: base.group, resource: base.plural };

  function prepared(cluster: Cluster, old?: Cluster): Cluster {
    const subject = shaped(cluster);
    // Whole in, whole out; what lacks something that it must have is refused for that and never stored.
    return defaultCluster(subject, gatherClusterFacts(lookup, subject, old), randomBytes, old) as Cluster;
  }

  /** @param known where the cluster exists: what it has already is not held against it */
  async function violations(cluster: Cluster, known?: Cluster): Promise<FieldError[]> {
    const subject = shaped(cluster);
    const references = await gatherReferenceFacts(lookup, subject, known);
    return validateCluster(subject, gatherClusterFacts(lookup, subject, known), references, known);
  }

  async function updateViolations(cluster: Cluster, old: Stored<Cluster>): Promise<FieldError[]> {
    if (deepEqual(cluster.spec, old.spec)) return [];
    const changes = validateClusterUpdate(shaped(cluster), old);
    // Against another app, nothing further can be said that makes sense.
    if (changes.some(({ field }) => field === 'spec.app' || field === 'spec.appCatalog')) return changes;
    return [...changes, ...(await violations(cluster, old))];
  }

  /** The end of a restoration: nothing was checked when the cluster was created, so everything is now. */
  async function restoredViolations(cluster: Cluster, old: Stored<Cluster>): Promise<FieldError[]> {
    const mayBe = isRestoring(cluster) ? old.spec : prepared(old, old).spec;
    if (!deepEqual(cluster.spec, mayBe)) {
      return [forbidden('spec', `can't change while the cluster has the label ${restoringLabel}`)];
    }
    return isRestoring(cluster) ? [] : violations(cluster);
  }

  return {
    validateName: nameErrors,
    prepareForCreate(_context, sent) {
      const cluster = withoutAppliedSecrets(sent);
      return comesFromBackup(cluster) ? restoring(cluster) : prepared(cluster);
    },
    prepareForUpdate(_context, sent, old) {
      const cluster = withoutAppliedSecrets(sent);
      if (isRestoring(cluster) || (deepEqual(cluster.spec, old.spec) && !isRestoring(old))) return cluster;
      return marked(prepared(cluster, old), old);
    },
    validateCreate: async (_context, cluster) => [
      ...validateRestoringLabel(cluster, undefined),
      ...(comesFromBackup(cluster) ? [] : await violations(cluster)),
    ],
    async validateUpdate(_context, cluster, old) {
      const errors = validateRestoringLabel(cluster, old);
      if (isRestoring(old)) return [...errors, ...(await restoredViolations(cluster, old))];
      errors.push(...(await updateViolations(cluster, old)));
      const reason = errors.length > 0 || deepEqual(cluster.spec, old.spec) ? undefined : waitsFor(cluster, old);
      if (reason !== undefined) throw conflict(resource, old.metadata.name, reason);
      return errors;
    },
    validateDelete(_context, cluster) {
      if (mayBeDeleted(cluster)) return;
      const wayOut = `wait until it is restored, or set the label ${allowDeleteWhileRestoringLabel}`;
      throw conflict(resource, cluster.metadata.name, `it is being restored; ${wayOut}`);
    },
  };
}

/** Its status says at once that its spec is another. */
function marked(next: Cluster, old: Cluster): Cluster {
  if (next.status === undefined || deepEqual(next.spec, old.spec)) return next;
  return { ...next, status: { ...next.status, state: 'spec modified' } };
}

function restoring(cluster: Cluster): Cluster {
  const { labels } = cluster.metadata;
  return isRestoring(cluster)
    ? cluster
    : { ...cluster, metadata: { ...cluster.metadata, labels: { ...labels, [restoringLabel]: '' } } };
}
