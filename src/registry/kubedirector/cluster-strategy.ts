/** How clusters are written: defaulted, and checked against everything they refer to. */
import { deepEqual, isJsonObject } from '../../meta/json.ts';
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import type { GroupResource, NamespacedName, Stored } from '../../meta/object.ts';
import { conflict, forbiddenRequest } from '../../meta/status.ts';
import { nameErrors } from '../../apis/kubedirector/app-validation.ts';
import { withBeforeUpdate } from '../../apis/kubedirector/before-update.ts';
import { defaultCluster } from '../../apis/kubedirector/cluster-defaulting.ts';
import { gatherClusterFacts, type Lookup } from '../../apis/kubedirector/lookup.ts';
import { withoutAppliedSecrets } from '../../apis/kubedirector/last-applied.ts';
import {
  comesFromBackup,
  isRestoring,
  mayBeDeleted,
  validateRestoringLabel,
} from '../../apis/kubedirector/restoring.ts';
import { deletionWarnings } from '../../apis/kubedirector/retention.ts';
import { isProtected, switchWarnings } from '../../apis/kubedirector/switches.ts';
import { withBoundKeys, withBroughtKeys, type Encryption } from '../../apis/kubedirector/secret-key-places.ts';
import { settingsOf } from '../../apis/kubedirector/config-settings.ts';
import { keyRingOf, type RandomBytes } from '../../apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { changeWellShaped, type WellShaped } from '../../apis/kubedirector/well-shaped.ts';
import {
  allowDeleteWhileRestoringLabel,
  cleanupFinalizer,
  deletionProtectionAnnotation,
  restoringLabel,
  statusBackupAnnotation,
} from '../../apis/kubedirector/well-known.ts';
import type { CallContext, Strategy } from '../../apiserver/resource.ts';
import { createClusterChecks } from './cluster-checks.ts';
import type { BaseDefinition } from './definition.ts';
import type { PodTemplates } from './pod-templates.ts';
import { updateWarnings, type Foretelling } from './update-warnings.ts';
import { allOf, guardOfChange, guardOfNewCluster, guardOfSecretKeys } from './use-guards.ts';

type Cluster = KubeDirectorCluster;
type Change = (sane: WellShaped<Cluster>) => WellShaped<Cluster>;

interface ClusterStrategyDependencies {
  readonly lookup: Lookup;
  readonly randomBytes: RandomBytes;
  /** Clusters are made in these namespaces only; absent: in all. */
  readonly namespaces?: readonly string[];
  /** Whether the namespace itself is being deleted: nothing in it can come back. */
  readonly isEnding: (namespace: string) => boolean;
  /** Whether a controller works on the clusters. */
  readonly isControlled?: boolean;
  /** Whether there is a status backup that waits for its cluster. */
  readonly hasStatusBackup: (target: NamespacedName) => boolean;
  /** Absent: pods are judged by the rules of this program alone. */
  readonly podTemplates?: PodTemplates;
  readonly foretelling: Foretelling;
}

/** How clusters are prepared and validated before they are written. */
export function clusterStrategy(
  base: BaseDefinition<Cluster>,
  dependencies: ClusterStrategyDependencies,
): Strategy<Cluster> {
  const { lookup, randomBytes, namespaces, isEnding, hasStatusBackup, podTemplates, foretelling } = dependencies;
  const readable = (cluster: Cluster) => base.schema.readable(cluster);
  const change = (cluster: Cluster, how: Change) => changeWellShaped(base.schema.root, cluster, how);
  const checks = createClusterChecks(base, lookup, podTemplates);
  const resource = { group: base.group, resource: base.plural };

  function prepared(cluster: Cluster, stored?: Cluster): Cluster {
    const old = stored && readable(stored);
    return change(cluster, (sane) => defaultCluster(sane, gatherClusterFacts(lookup, sane, old), randomBytes, old));
  }

  const encryption = (): Encryption => ({ ...keyRingOf(settingsOf(lookup.config())), randomBytes });

  /** All that may happen to a cluster that is being restored is that it has been. */
  async function restoredViolations(
    context: CallContext,
    cluster: Cluster,
    old: Stored<Cluster>,
  ): Promise<FieldError[]> {
    const mayBe = isRestoring(cluster) ? old.spec : prepared(old, old).spec;
    if (!deepEqual(cluster.spec, mayBe)) {
      return [forbidden('spec', `can't change while the cluster has the label ${restoringLabel}`)];
    }
    return isRestoring(cluster) ? [] : checks.restored(context, cluster);
  }

  return {
    guardCreate: (cluster) => guardOfNewCluster(lookup, cluster),
    guardUpdate: (cluster, old) =>
      allOf(guardOfSecretKeys(lookup, cluster), guardOfChange(lookup, readable(cluster), readable(old))),
    validateName: nameErrors,
    prepareForCreate(_context, sent) {
      refuseElsewhere(sent, namespaces, resource);
      const cluster = withoutAppliedSecrets(sent);
      const { name = '', namespace = '' } = cluster.metadata;
      if (comesFromBackup(cluster, hasStatusBackup({ namespace, name }))) {
        return unobserved(restoring(change(cluster, (sane) => withBroughtKeys(sane, encryption()))));
      }
      const next = unobserved(prepared(cluster));
      return dependencies.isControlled === true ? kept(next) : next;
    },
    prepareForUpdate(_context, sent, old) {
      const cluster = withoutAppliedSecrets(sent);
      if (isRestoring(cluster)) return cluster;
      const isSame = deepEqual(cluster.spec, old.spec) && !isRestoring(old);
      // While a former key is in use, every write makes what it finds anew.
      if (isSame && encryption().former.length === 0) return cluster;
      const next = isSame ? cluster : prepared(cluster, old);
      const bound: Change = (sane) => withBoundKeys(withBeforeUpdate(sane, readable(old)), encryption());
      // What a backup brought is not stored before it has been checked: see validateBroughtKeys.
      return marked(isRestoring(old) ? next : change(next, bound), old);
    },
    validateCreate: async (context, cluster) =>
      validateRestoringLabel(cluster, undefined).concat(await checks.create(context, cluster)),
    validateUpdate: async (context, cluster, old) => {
      const found = isRestoring(old) ? restoredViolations(context, cluster, old) : checks.update(context, cluster, old);
      return [...validateRestoringLabel(cluster, old), ...(await found)];
    },
    validateDelete: (context, cluster) =>
      checkDeletion(context, { cluster, readable: readable(cluster) }, isEnding, resource),
    warnings: (cluster, old) => warningsOf(readable(cluster), old && readable(old), foretelling),
  };
}

const warningsOf = (cluster: Cluster, old: Cluster | undefined, foretelling: Foretelling): string[] => [
  ...switchWarnings(cluster),
  ...(old === undefined ? [] : updateWarnings(cluster, old, foretelling)),
];

/** @throws StatusError 409 for a cluster that is to be kept, unless its namespace goes as well */
function checkDeletion(
  { warn }: CallContext,
  { cluster, readable }: { readonly cluster: Stored<Cluster>; readonly readable: Cluster },
  isEnding: (namespace: string) => boolean,
  of: GroupResource,
): void {
  const why = whyKept(cluster);
  const { name, namespace = '' } = cluster.metadata;
  if (why !== undefined && !isEnding(namespace)) throw conflict(of, name, why);
  for (const text of deletionWarnings(readable)) warn(text);
}

/** Why a cluster can't be deleted, and how it can be; undefined where it can. */
function whyKept(cluster: Stored<Cluster>): string | undefined {
  if (isProtected(cluster)) {
    const { name, namespace = '' } = cluster.metadata;
    const lift = `kubectl annotate kdcluster ${name} -n ${namespace} ${deletionProtectionAnnotation}-`;
    return `it is protected by the annotation ${deletionProtectionAnnotation}; to delete it, remove the annotation first: ${lift}`;
  }
  if (mayBeDeleted(cluster)) return undefined;
  const wayOut = `wait until it is restored, or give it up: set the label ${allowDeleteWhileRestoringLabel} and delete it again`;
  return `it is being restored; ${wayOut}`;
}

/**
 * With a status from the start, as objects of Kubernetes' own kinds have one. It says that the controller has not seen the
 * cluster yet: tools that wait (kstatus, which Helm uses) take an object without observedGeneration and conditions for ready.
 */
const unobserved = (cluster: Cluster): Cluster => ({ ...cluster, status: { observedGeneration: 0 } });

/**
 * With what the controller would add in its first write, which is saved. Kubernetes does the same with
 * PersistentVolumeClaims (StorageObjectInUseProtection). It belongs to no field manager.
 */
function kept(cluster: Cluster): Cluster {
  const { finalizers = [], annotations } = cluster.metadata;
  const metadata = {
    ...cluster.metadata,
    annotations: { ...annotations, [statusBackupAnnotation]: 'false' },
    finalizers: finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer],
  };
  return { ...cluster, metadata };
}

/** Its status says at once that its spec is another, once the controller has seen the first one. */
function marked(next: Cluster, old: Cluster): Cluster {
  if (!isJsonObject(next.status) || next.status.state === undefined || deepEqual(next.spec, old.spec)) return next;
  return { ...next, status: { ...next.status, state: 'spec modified' } };
}

function restoring(cluster: Cluster): Cluster {
  const { labels } = cluster.metadata;
  return isRestoring(cluster)
    ? cluster
    : { ...cluster, metadata: { ...cluster.metadata, labels: { ...labels, [restoringLabel]: '' } } };
}

/** @throws StatusError 403 for a namespace that this server has no rights in */
function refuseElsewhere(
  { metadata: { namespace = '', name = '' } }: Cluster,
  served: readonly string[] | undefined,
  resource: GroupResource,
): void {
  if (served === undefined || served.includes(namespace)) return;
  const why =
    `this KubeDirector serves clusters in the namespaces ${served.join(', ')} only; ` +
    `use one of them, or ask its administrator to add "${namespace}" to --namespaces`;
  throw forbiddenRequest(resource, name, why);
}
