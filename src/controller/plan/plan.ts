/**
 * From what is to what is to be done: pure, drawing only on what it is given. The status comes first: an executor writes
 * it (if it changed) before it acts, so that every name is on record before anything is made under it, and a crash
 * between any two steps is followed by the same plan.
 */
import type { ClusterStatus } from '../../apis/kubedirector/types.ts';
import type { UpgradeDirection } from '../../guest/startscript.ts';
import type { Action } from './actions.ts';
import { isRestoring } from '../../apis/kubedirector/restoring.ts';
import { isPaused } from '../../apis/kubedirector/switches.ts';
import { cleanupFinalizer } from '../../apis/kubedirector/well-known.ts';
import { renewAuthTokens } from './guest/auth-tokens.ts';
import { tellContainers } from './rolling/containers.ts';
import { missingAnnotation, planBackup } from './status/backup.ts';
import { planCleanup } from './life-cycle/cleanup.ts';
import { conditions, tellOfRoles, withFailure } from './status/conditions.ts';
import { connectionHash, connectionsVerdict, tellConnections } from './guest/connections.ts';
import { allMembers, createDraft, event, isInService, type Draft } from './draft.ts';
import { planGuestWork, takeConnectionsIn, takeGuestResults } from './guest/guest-work.ts';
import { planHealth, takeHealth } from './guest/health.ts';
import { advanceLeaving, announceLeaving, leavingPods } from './membership/leaving.ts';
import { advanceMembers } from './life-cycle/life-cycle.ts';
import { specTakenIn, specWaitsFor, takeSpecIn } from './membership/membership.ts';
import { renameWhatIsTaken } from './membership/taken-names.ts';
import type { Ids } from './names.ts';
import { tellExternalAccess } from './natives/external-access.ts';
import { planNatives } from './natives/natives.ts';
import { advanceFreeze, hasFrozen } from './guest/freeze.ts';
import { skipNotifications } from './guest/notifications.ts';
import type { Observed } from './observed.ts';
import { endOfPause, leavePause, planPaused } from './life-cycle/pause.ts';
import { planRestore } from './life-cycle/restore.ts';
import { advanceSuspension } from './life-cycle/suspend.ts';
import { planAutoRevert } from './rolling/auto-revert.ts';
import { planRolling } from './rolling/plan-rolling.ts';
import type { RoleUpdate } from './rolling/role-update.ts';
import { sourceVerdict } from './status/source.ts';
import { advanceUpgrade } from './upgrade/advance-upgrade.ts';
import { takeAppIn } from './upgrade/take-app-in.ts';
import { clusterState, rollup, scaleFields } from './status/state.ts';
import { cutOutputs } from './messages/status-budget.ts';
import { mergeConditions } from './messages/verdict.ts';

interface Plan {
  readonly actions: readonly Action[];
  /** What status should be; undefined where it is not for this plan to say. */
  readonly status?: ClusterStatus;
}

/**
 * What is to be done for a cluster now, and its next status. Failures of the pass before are told in the conditions.
 */
export function plan(observed: Observed, now: Date, ids: Ids): Plan {
  const { cluster, failure } = observed;
  const { actions: planned, status } = planOf(observed, now, ids);
  if (status === undefined) return { actions: planned };
  const actions = isPaused(cluster) ? planned : [...endOfPause(observed), ...planned];
  if (failure === undefined) return { actions, status };
  const { generation = 0 } = cluster.metadata;
  return { actions, status: withFailure(status, cluster.status?.conditions, { message: failure, generation, now }) };
}

function planOf(observed: Observed, now: Date, ids: Ids): Plan {
  const { cluster, app } = observed;
  if (cluster.metadata.deletionTimestamp !== undefined) return { actions: planCleanup(observed) };
  // Applications that are frozen for a backup go on first.
  if (isPaused(cluster) && !hasFrozen(observed)) return planPaused(observed, now);
  if (isRestoring(cluster)) return planRestore(observed, now);
  if (!(cluster.metadata.finalizers ?? []).includes(cleanupFinalizer)) {
    const finalizers = [...(cluster.metadata.finalizers ?? []), cleanupFinalizer];
    // In the same write: each write of a cluster is one more to store, to show and to look at.
    const annotations = missingAnnotation(observed);
    return { actions: [{ type: 'setFinalizers', finalizers, ...(annotations && { annotations }) }] };
  }
  if (app === undefined) return withoutApp(observed, now);
  return forMembers(createDraft({ observed, app, ids, now, connectionHash: connectionHash(observed) }));
}

/**
 * The phases of a plan. Each reads what those before it have put into the draft's status, so their order matters:
 *
 * 0. the app: whether members run another one than the spec names. All other phases ask for that.
 * 1. learn: what guest work has come to, then where members are in their lives. Results come first, because a member
 *    whose container has changed since must not be given the result of the container before.
 * 2. decide: changed connections, names that others have taken, then the changed spec, which waits for what phase 1 found
 *    unfinished. Then members leave, after the others have been told in this same plan, and after the user's word on who is
 *    told nothing. Members that stay stop, or start again, in between: one that is stopped is not waited for by those that
 *    leave.
 * 3. ask: native objects for the members that phase 2 left, then pods that have to go because they are out of date, then
 *    how far an upgrade is, whether what has failed is taken back, who is told of it, and guest work in the containers.
 * 4. tell: state and conditions, last, because they are about all of the above.
 */
function forMembers(draft: Draft): Plan {
  if (draft.observed.cluster.status?.state === undefined) event(draft, 'Cluster', 'new');
  takeAppIn(draft);
  leavePause(draft);
  learn(draft);
  const { waiting } = decide(draft);
  const asked = ask(draft);
  const status = tell(draft, { waiting, ...asked });
  return { actions: [...draft.actions, ...planBackup(draft.observed, status)], status };
}

function learn(draft: Draft): void {
  takeGuestResults(draft);
  takeHealth(draft);
  advanceMembers(draft);
}

/** @returns what a changed spec waits for; undefined where the newest spec is taken in */
function decide(draft: Draft): { readonly waiting: string | undefined } {
  takeConnectionsIn(draft);
  renewAuthTokens(draft);
  renameWhatIsTaken(draft);
  const waiting = specTakenIn(draft) ? undefined : specWaitsFor(draft);
  if (!specTakenIn(draft) && waiting === undefined) {
    const leaving = leavingPods(draft);
    takeSpecIn(draft);
    announceLeaving(draft, leaving);
  }
  skipNotifications(draft);
  advanceFreeze(draft);
  advanceSuspension(draft);
  advanceLeaving(draft);
  return { waiting };
}

function ask(draft: Draft): Omit<Told, 'waiting'> {
  planNatives(draft);
  const rolled = planRolling(draft);
  const upgraded = advanceUpgrade(draft, rolled);
  const updates = planAutoRevert(draft, rolled);
  planGuestWork(draft);
  planHealth(draft);
  return { updates, upgraded };
}

/** What the phases have come to, besides the draft. */
interface Told {
  readonly waiting: string | undefined;
  readonly updates: readonly RoleUpdate[];
  /** Which way an upgrade of the app went that is over with this plan. */
  readonly upgraded: UpgradeDirection | undefined;
}

/** Makes the status that is to be written. */
function tell(draft: Draft, { waiting, updates, upgraded }: Told): ClusterStatus {
  const { cluster } = draft.observed;
  const state = clusterState(draft, updates);
  if (state === 'configured' && cluster.status?.state !== 'configured') event(draft, 'Cluster', 'stable');
  if (state === 'suspended' && cluster.status?.state !== 'suspended') event(draft, 'Cluster', 'suspended');
  delete draft.status.replicas;
  delete draft.status.selector;
  delete draft.status.restoreProgress;
  const connections = connectionsVerdict(draft.observed);
  tellConnections(draft, connections);
  tellExternalAccess(draft);
  for (const one of allMembers(draft)) one.member.ready = isInService(draft, one);
  tellContainers(draft);
  const source = sourceVerdict(draft);
  cutOutputs(draft);
  tellOfRoles(draft, { waiting, updates });
  return {
    ...draft.status,
    state,
    memberStateRollup: rollup(draft),
    conditions: conditions(draft, { waiting, connections, source, updates, upgraded }),
    observedGeneration: cluster.metadata.generation ?? 0,
    ...scaleFields(draft),
  };
}

/** Nothing can be made or told without the app; what is known stays. */
function withoutApp({ cluster }: Observed, now: Date): Plan {
  const message = `app ${cluster.spec.app} does not exist`;
  const problem = { status: 'True', reason: 'AppNotFound', message } as const;
  const verdicts = {
    Ready: { ...problem, status: 'False' },
    Progressing: { ...problem, status: 'False' },
    Degraded: problem,
  } as const;
  const { generation = 0 } = cluster.metadata;
  const known = cluster.status?.conditions?.some(({ type, reason }) => type === 'Degraded' && reason === 'AppNotFound');
  return {
    actions: known === true ? [] : [{ type: 'event', severity: 'Warning', reason: 'Cluster', message }],
    status: {
      state: 'creating',
      ...cluster.status,
      observedGeneration: generation,
      conditions: mergeConditions(cluster.status?.conditions, verdicts, generation, now),
    },
  };
}
