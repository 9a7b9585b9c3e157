/**
 * A cluster that comes back from a backup (domain: "Backup and restore"): nothing is made or changed for it until its
 * app, its mirrored status, and every object which that names exist again. Then its label goes, and with it the pause.
 */
import type { ClusterStatus, MemberStatus, RestoreProgress } from '../../../apis/kubedirector/types.ts';
import { restoringLabel, statusBackupAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { Action } from '../actions.ts';
import { noService } from '../names.ts';
import { claimNamesOf } from '../natives/ownership.ts';
import type { Observed } from '../observed.ts';
import { mergeConditions, type Verdict } from '../messages/verdict.ts';

const neverMirrored =
  'there is no status backup: they were not enabled (backupClusterStatus) when this cluster was saved, so it cannot be restored automatically';

interface RestorePlan {
  readonly actions: readonly Action[];
  readonly status: ClusterStatus;
}

/** The plan for a cluster that carries the restoring label. */
export function planRestore(observed: Observed, now: Date): RestorePlan {
  const { cluster, app } = observed;
  const before = cluster.status ?? {};
  const status = restoredStatus(observed);
  const awaitingStatus = status === undefined;
  const missing = status === undefined ? undefined : firstMissing(observed, status);
  const error =
    awaitingStatus && cluster.metadata.annotations?.[statusBackupAnnotation] === 'false' ? neverMirrored : '';
  const restoreProgress: RestoreProgress = {
    awaitingApp: app === undefined,
    awaitingStatus,
    awaitingResources: awaitingStatus || missing !== undefined,
    error,
  };
  const waits = restoreProgress.awaitingApp === true || restoreProgress.awaitingResources === true;
  const actions: Action[] = progressEvents(before.restoreProgress, restoreProgress, missing);
  if (!waits) actions.push({ type: 'patchCluster', patch: { metadata: { labels: { [restoringLabel]: null } } } });
  const { generation = 0 } = cluster.metadata;
  const verdicts = verdictsOf(restoreProgress, missing);
  const conditions = mergeConditions(before.conditions, verdicts, generation, now);
  return { actions, status: { ...(status ?? before), conditions, observedGeneration: generation, restoreProgress } };
}

/** What the backup says of members was true then; whether it is now is not known before everything is back. */
function verdictsOf(progress: RestoreProgress, missing: string | undefined): Readonly<Record<string, Verdict>> {
  const awaited = [
    ...(progress.awaitingApp === true ? ['its app'] : []),
    ...(progress.awaitingStatus === true ? ['its status backup'] : []),
    ...(missing === undefined ? [] : [missing]),
  ];
  const message = awaited.length === 0 ? 'everything is back' : `awaiting ${awaited.join(', ')}`;
  const restoring = { reason: 'Restoring', message };
  const { error = '' } = progress;
  return {
    Ready: { status: 'False', ...restoring },
    Progressing: { status: 'True', ...restoring },
    Degraded:
      error === ''
        ? { status: 'False', reason: 'AsExpected', message: 'nothing stands in the way of restoring' }
        : { status: 'True', reason: 'RestoreImpossible', message: error },
  };
}

/** Taken from the backup once; from then on it is the cluster's own. Undefined while there is none. */
function restoredStatus({ cluster, statusBackup }: Observed): ClusterStatus | undefined {
  if (cluster.status?.restoreProgress?.awaitingStatus === false) return cluster.status;
  const saved = statusBackup?.spec.statusBackup;
  if (saved === undefined) return undefined;
  // Generations count anew for the new object: what was up to date by the old ones is not known to be.
  const kept = structuredClone(saved);
  delete kept.specGenerationToProcess;
  for (const { members } of kept.roles ?? [])
    for (const { stateDetail } of members) stateDetail.lastConfigDataGeneration = 0;
  return kept;
}

/** Before its first pod a member had none yet. */
function hasClaims({ state, stateDetail }: MemberStatus): boolean {
  const isToBegin = state === 'create pending' || state === 'suspended';
  return !isToBegin || stateDetail.lastSetupGeneration !== undefined;
}

/** What is deleted at the end of a member may have been gone when the backup was made: nobody waits for it. */
function firstMissing(observed: Observed, status: ClusterStatus): string | undefined {
  const { services, statefulSets, claims, connected, cluster, config } = observed;
  const { clusterService = '', roles = [] } = status;
  if (clusterService !== '' && !services.has(clusterService)) return `service ${clusterService}`;
  for (const { statefulSet, members } of roles) {
    const awaited = members.filter(({ state }) => state !== 'deleting');
    if (awaited.length > 0 && !statefulSets.has(statefulSet)) return `statefulset ${statefulSet}`;
    const absent = awaited.find(({ service }) => service !== noService && !services.has(service));
    if (absent !== undefined) return `service ${absent.service}`;
    const lost = awaited
      .filter(hasClaims)
      .flatMap(claimNamesOf)
      .find((claim) => !claims.has(claim));
    if (lost !== undefined) return `persistentvolumeclaim ${lost}`;
  }
  if (config.allowRestoreWithoutConnections === true) return undefined;
  const { clusters = [], configmaps = [], secrets = [] } = cluster.spec.connections ?? {};
  const lacks = (names: readonly string[], found: readonly { metadata: { name: string } }[]) =>
    names.find((name) => !found.some(({ metadata }) => metadata.name === name));
  const kinds = [
    [
      'cluster',
      lacks(
        clusters,
        connected.clusters.map((one) => one.cluster),
      ),
    ],
    ['configmap', lacks(configmaps, connected.configMaps)],
    ['secret', lacks(secrets, connected.secrets)],
  ] as const;
  const first = kinds.find(([, name]) => name !== undefined);
  return first === undefined ? undefined : `connected ${first[0]} ${first[1] ?? ''}`;
}

function progressEvents(
  before: RestoreProgress | undefined,
  now: RestoreProgress,
  missing: string | undefined,
): Action[] {
  const messages: string[] = [];
  if (before?.awaitingApp !== now.awaitingApp) {
    messages.push(now.awaitingApp === true ? 'awaiting its app' : 'its app is present');
  }
  if (before?.awaitingStatus !== now.awaitingStatus) {
    messages.push(now.awaitingStatus === true ? 'awaiting its status backup' : 'its status backup is present');
  }
  if (before?.awaitingResources !== now.awaitingResources) {
    const what = missing === undefined ? '' : `, first ${missing}`;
    messages.push(now.awaitingResources === true ? `awaiting its objects${what}` : 'its objects are present');
  }
  return messages.map((message) => ({
    ...{ type: 'event', severity: 'Normal', reason: 'Restore' },
    message: `being restored: ${message}`,
  }));
}
