/** What is wrong with a cluster: the facts looked up first, then judged. */
import { deepEqual } from '../../meta/json.ts';
import type { FieldError } from '../../meta/field-error.ts';
import type { Stored } from '../../meta/object.ts';
import { validateMove } from '../../apis/kubedirector/app-upgrade.ts';
import { isPuttingBack } from '../../apis/kubedirector/before-update.ts';
import { isMoved, validateClusterUpdate } from '../../apis/kubedirector/cluster-update.ts';
import { validateCluster } from '../../apis/kubedirector/cluster-validation.ts';
import { gatherClusterFacts, gatherReferenceFacts, resolveApp, type Lookup } from '../../apis/kubedirector/lookup.ts';
import {
  forbiddenReferences,
  isForbidden,
  validateReferenceCount,
  validateReferenceNames,
  validateReferences,
  type ForbiddenReference,
  type ReferenceQuestion,
} from '../../apis/kubedirector/references.ts';
import { isRestoring } from '../../apis/kubedirector/restoring.ts';
import { ownSecrets, privilegedCode, privilegedFields, restoredFiles } from '../../apis/kubedirector/privileges.ts';
import { validateRestoreFrom } from '../../apis/kubedirector/restore-from.ts';
import { settingsOf } from '../../apis/kubedirector/config-settings.ts';
import { keyRingOf, type KeyRing } from '../../apis/kubedirector/secret-keys.ts';
import { validateBroughtKeys, withTextsOf } from '../../apis/kubedirector/secret-key-places.ts';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { wellShaped, type WellShaped } from '../../apis/kubedirector/well-shaped.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { newFindings } from '../../schema/ratcheting.ts';
import type { BaseDefinition } from './definition.ts';
import { templateErrors, type PodTemplates } from './pod-templates.ts';

type Cluster = KubeDirectorCluster;

/** Each after defaulting. @throws StatusError 503 where nobody could be asked for the user's rights */
interface ClusterChecks {
  create(context: CallContext, cluster: Cluster): Promise<FieldError[]>;
  update(context: CallContext, cluster: Cluster, old: Stored<Cluster>): Promise<FieldError[]>;
  /** At the end of a restoration: all that was not checked when the cluster was created. */
  restored(context: CallContext, cluster: Cluster): Promise<FieldError[]>;
}

/**
 * The checks of a cluster that need other objects: its app, its connections, the configuration.
 * @param templates absent where there is no kube-apiserver to ask about pods
 */
export function createClusterChecks(
  base: BaseDefinition<Cluster>,
  lookup: Lookup,
  templates?: PodTemplates,
): ClusterChecks {
  const shaped = (cluster: Cluster) => wellShaped(base.schema.root, cluster);

  const keys = (): KeyRing => keyRingOf(settingsOf(lookup.config()));

  /**
   * What the writer of a cluster answers for: the references that were not in it before, and all that its members see in
   * whose pods something else is going to run.
   */
  function question({ user, signal }: CallContext, cluster: Cluster, old?: Cluster): ReferenceQuestion {
    const subject = shaped(cluster);
    const { app, config } = gatherClusterFacts(lookup, subject, old);
    const isBrought = old === undefined && isRestoring(subject);
    const code = app === undefined && !isBrought ? [] : privilegedCode(subject, app?.app, config);
    const own = old !== undefined || isBrought ? ownSecrets(subject, old) : [];
    const further = [...own, ...code, ...restoredFiles(subject, old), ...privilegedFields(subject, old)];
    return { user, signal, cluster: subject, old, further };
  }

  const violations = createJudge(lookup, shaped);
  const podErrors = createPodJudge(base, lookup, templates);

  return {
    async create(context, cluster) {
      const asked = question(context, cluster);
      const tooMany = validateReferenceCount(asked);
      if (tooMany.length > 0) return tooMany;
      const names = validateReferenceNames(asked);
      const refused = await forbiddenReferences(lookup.mayDo, asked);
      // What a backup refers to may be still to come, but is not to be had by an annotation.
      if (isRestoring(cluster)) {
        const brought = validateBroughtKeys(shaped(cluster), keys(), false);
        return [...names, ...validateReferences(refused, cluster.metadata.namespace ?? ''), ...brought];
      }
      const source = sourceErrors(lookup, shaped(cluster), refused);
      const errors = [...names, ...(await violations(context, cluster, refused)).errors, ...source];
      return errors.length > 0 ? errors : podErrors(context, cluster);
    },
    async update(context, cluster, stored) {
      if (deepEqual(cluster.spec, stored.spec)) return [];
      const before = withTextsOf(base.schema.readable(stored), shaped(cluster), keys());
      const changes = validateClusterUpdate(shaped(cluster), before, canGrow(lookup));
      // Against another catalog, nothing further can be said that makes sense.
      if (changes.some(({ field }) => field === 'spec.appCatalog')) return changes;
      const moved = isMoved(shaped(cluster), before);
      // What comes back was asked for by a user, who had the rights to it.
      const isBack = isPuttingBack(base.schema.readable(cluster), base.schema.readable(stored));
      const asked = question(context, cluster, before);
      const tooMany = validateReferenceCount(asked);
      if (tooMany.length > 0) return [...changes, ...tooMany];
      const judged = [...changes, ...moveErrors(lookup, shaped(cluster), before), ...validateReferenceNames(asked)];
      const refused = isBack ? [] : await forbiddenReferences(lookup.mayDo, asked);
      // Against another app, all is judged as if it were new.
      const found = await violations(context, cluster, refused, moved ? { stored: before } : { known: before });
      // Without its app, nothing else of a spec can be judged: this is told however long it has been so.
      const isWithout = found.errors.some(({ field }) => field === 'spec.app');
      const after = { errors: found.errors, object: cluster };
      const known = () => ({ errors: found.before(), object: before });
      const news = moved || isWithout ? found.errors : newFindings(base.schema.root, after, known);
      const errors = [...judged, ...news];
      return errors.length > 0 ? errors : podErrors(context, cluster, moved ? undefined : before);
    },
    async restored(context, cluster) {
      const brought = validateBroughtKeys(shaped(cluster), keys(), true);
      // Who created it was asked for the rights then, and the spec has not changed but for defaults since.
      return [...brought, ...(await violations(context, cluster, [], { stored: cluster })).errors];
    },
  };
}

/** What is wrong with the backup that a new cluster is to be made of; nothing is said to who may not have it. */
function sourceErrors(
  lookup: Lookup,
  cluster: WellShaped<Cluster>,
  refused: readonly ForbiddenReference[],
): FieldError[] {
  const { spec, metadata } = cluster;
  const name = spec?.restoreFrom?.backup;
  if (spec === undefined || name === undefined || isForbidden(refused, 'kubedirectorbackups/data', name)) return [];
  const backup = lookup.backup({ namespace: metadata?.namespace ?? '', name });
  return validateRestoreFrom(spec, gatherClusterFacts(lookup, cluster).app?.app, backup);
}

const canGrow =
  (lookup: Lookup) =>
  (storageClass: string): boolean =>
    lookup.storageClasses().some(({ metadata, allowVolumeExpansion }) => {
      return metadata.name === storageClass && allowVolumeExpansion === true;
    });

/** What stands against another app; nothing where the app stays, or is told of as missing. */
function moveErrors(lookup: Lookup, cluster: WellShaped<Cluster>, old: Cluster): FieldError[] {
  if (!isMoved(cluster, old)) return [];
  const { app: to } = gatherClusterFacts(lookup, cluster, old);
  const { appCatalog, app: named } = old.spec;
  const from = resolveApp(lookup, cluster.metadata?.namespace ?? '', {
    app: old.status?.app ?? named,
    appCatalog,
  })?.app;
  return to === undefined ? [] : validateMove(old, from, to.app);
}

/** Asks what the clusters' own rules say, by facts that it gathers. */
function createJudge(lookup: Lookup, shaped: (cluster: Cluster) => WellShaped<Cluster>) {
  /**
   * @param known where the cluster exists: what it has already is not held against it
   * @param stored where it exists, and all of it is to be judged: it may use what is being deleted
   */
  return async function violations(
    { signal }: CallContext,
    cluster: Cluster,
    refused: readonly ForbiddenReference[],
    { known, stored = known }: { readonly known?: Cluster; readonly stored?: Cluster | undefined } = {},
  ) {
    const subject = shaped(cluster);
    const references = await gatherReferenceFacts(lookup, subject, refused, known, signal);
    const facts = gatherClusterFacts(lookup, subject, stored);
    return {
      errors: validateCluster(subject, facts, references, known),
      /** What the same facts have to say against the stored cluster. */
      before: () => (known === undefined ? [] : validateCluster(shaped(known), facts, references)),
    };
  };
}

/** Asks kube-apiserver. Last of all: only a cluster without any other fault is worth the question. */
function createPodJudge(base: BaseDefinition<Cluster>, lookup: Lookup, templates: PodTemplates | undefined) {
  return async function podErrors(context: CallContext, cluster: Cluster, old?: Cluster): Promise<FieldError[]> {
    if (templates === undefined || base.schema.readable(cluster) !== cluster) return [];
    const { app, config = {} } = gatherClusterFacts(lookup, wellShaped(base.schema.root, cluster), old);
    return app === undefined ? [] : templateErrors(templates, context, { cluster, app: app.app, config, old });
  };
}
