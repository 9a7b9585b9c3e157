/** The state of a plan while its parts are being thought through: the next status, and the actions so far. */
import type {
  ClusterStatus,
  KubeDirectorApp,
  MemberStateRollup,
  MemberStatus,
  RoleStatus,
} from '../../apis/kubedirector/types.ts';
import { revisionAnnotation } from '../../apis/kubedirector/well-known.ts';
import { copied } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import type { Action, EventReason } from './actions.ts';
import { saysWhenReady } from './objects/probes.ts';
import { isReady, runningContainer } from './pods/container.ts';
import type { Ids } from './names.ts';
import { objectContextOf, type ObjectContext } from './objects/metadata.ts';
import type { Observed } from './observed.ts';
import { partsOf, revisionsOf } from './revision.ts';
import { listensTo, resolveRoles, type ResolvedRole } from './roles.ts';

/** The next status, with the fields that every plan needs filled in. */
export type DraftStatus = ClusterStatus & Required<Pick<ClusterStatus, 'roles' | 'lastNodeID' | 'clusterService'>>;

/** What the phases of a plan read and change. `status` and `actions` belong to the draft, the rest is read only. */
export interface Draft {
  readonly observed: Observed;
  readonly app: Stored<KubeDirectorApp>;
  readonly roles: ReadonlyMap<string, ResolvedRole>;
  /** The same as the app of before describes them, for members that run that; empty where there is none. */
  readonly otherRoles: ReadonlyMap<string, ResolvedRole>;
  readonly ids: Ids;
  readonly now: Date;
  /** A copy of the stored status, to be changed freely. */
  readonly status: DraftStatus;
  readonly actions: Action[];
  readonly hash: string;
  /** By role: the revision that its members are to have now. */
  readonly revisions: ReadonlyMap<string, string>;
}

interface DraftInput {
  readonly observed: Observed;
  readonly app: Stored<KubeDirectorApp>;
  readonly ids: Ids;
  readonly now: Date;
  /** Of the connected objects' contents. */
  readonly connectionHash: string;
}

/** Copies the status, so that what was observed stays as it is. */
export function createDraft({ observed, app, ids, now, connectionHash }: DraftInput): Draft {
  const { cluster, config } = observed;
  const roles = resolveRoles(cluster, app);
  return {
    observed,
    app,
    ids,
    now,
    hash: connectionHash,
    roles: new Map(roles.map((role) => [role.id, role])),
    otherRoles: new Map(
      (observed.otherApp === undefined ? [] : resolveRoles(cluster, observed.otherApp)).map((role) => [role.id, role]),
    ),
    revisions: revisionsOf({ cluster, app, config }, roles),
    status: { roles: [], lastNodeID: 0, clusterService: '', ...copied(cluster.status ?? {}) },
    actions: [],
  };
}

/** Adds an event on the cluster to the actions. */
export function event(
  draft: Pick<Draft, 'actions'>,
  reason: EventReason,
  message: string,
  severity: 'Normal' | 'Warning' = 'Normal',
): void {
  draft.actions.push({ type: 'event', severity, reason, message });
}

/** A member with its role in status and in the spec. */
export interface MemberInRole {
  readonly member: MemberStatus;
  readonly role: RoleStatus;
  /** By the app that the member runs, where that is known. Undefined where the spec no longer has the role. */
  readonly resolved: ResolvedRole | undefined;
}

/** All members in status, those that leave included. */
export function allMembers(draft: Draft): readonly MemberInRole[] {
  return draft.status.roles.flatMap((role) =>
    role.members.map((member) => ({ member, role, resolved: roleOf(draft, role.id, member) })),
  );
}

/** Whether the member's pod is, or was last, one of the app that an upgrade leads to. */
export const hasMoved = ({ upgradeStatus }: MemberStatus): boolean =>
  upgradeStatus === 'upgrading' || upgradeStatus === 'upgraded';

function roleOf(draft: Draft, id: string, member: MemberStatus): ResolvedRole | undefined {
  const own = draft.roles.get(id);
  if (!runsOtherApp(draft, id, member)) return own;
  return draft.otherRoles.get(id) ?? (own && asBefore(own, member));
}

/** After an edit of the app nobody knows what it was. A package that was never asked for its health may not know how to answer. */
function asBefore(role: ResolvedRole, { stateDetail }: MemberStatus): ResolvedRole {
  const { eventList } = role.app;
  const wasAsked = stateDetail.healthyContainer !== undefined || stateDetail.healthErrorMessage !== undefined;
  if (eventList === undefined || wasAsked) return role;
  return { ...role, app: { ...role.app, eventList: eventList.filter((one) => one !== 'healthcheck') } };
}

/** Whether its pod is still one of the app that the spec no longer names, or of the app as it was before an edit. */
export function runsOtherApp({ observed, revisions, status }: Draft, role: string, member: MemberStatus): boolean {
  const pod = observed.pods.get(member.pod);
  if (pod === undefined || status.upgradeInfo === undefined) return false;
  const revision = pod.metadata.annotations?.[revisionAnnotation] ?? member.revision;
  if (revision === undefined || partsOf(revision).what === partsOf(revisions.get(role) ?? '').what) return false;
  return hasMoved(member) === (status.upgradeInfo.isRollingBack === true);
}

/** Whether the member is on its way out. */
export const isLeaving = ({ state }: MemberStatus): boolean => state === 'delete pending' || state === 'deleting';

/** Whether the cluster is to have no pods. */
export const isToStop = ({ observed }: Pick<Draft, 'observed'>): boolean => observed.cluster.spec.suspend === true;

/** Whether pods may go because the cluster is to have none: nobody has to be told of it any more. */
export function mayStop(draft: Draft): boolean {
  return isToStop(draft) && allMembers(draft).every(({ member }) => isLeaving(member) || member.state === 'suspended');
}

interface Observing {
  readonly observed: Pick<Observed, 'pods'>;
}

/** The container that work for this member goes to. */
export function containerOf(draft: Observing, member: MemberStatus): string | undefined {
  return runningContainer(draft.observed.pods.get(member.pod));
}

/** Set up at least once, with a container there to be told things. */
export function canBeTold(draft: Observing, { member }: Pick<MemberInRole, 'member'>): boolean {
  const container = containerOf(draft, member);
  return (
    member.state === 'configured' && container !== undefined && container === member.stateDetail.lastConfiguredContainer
  );
}

/**
 * Whether the member does its work: it is set up, and its container runs. Where the role has a health check, the last one has
 * succeeded in this container; where it has probes for that, the container is ready.
 */
export function isInService(draft: Draft, { member, resolved }: Pick<MemberInRole, 'member' | 'resolved'>): boolean {
  if (!canBeTold(draft, { member })) return false;
  if (resolved === undefined) return true;
  const { healthyContainer, lastConfiguredContainer } = member.stateDetail;
  if (asksForHealth(resolved) && healthyContainer !== lastConfiguredContainer) return false;
  return !saysWhenReady(resolved.app) || isReady(draft.observed.pods.get(member.pod));
}

/** Whether the role's package is asked again and again whether a member works. */
export const asksForHealth = (role: ResolvedRole): boolean => listensTo(role, 'healthcheck');

/** What guest work in that pod says of itself, in brackets: where it takes long, or has failed. */
export function doingOf({ observed }: Draft, pod: string): string {
  const message = observed.guest.get(pod)?.message ?? '';
  return message === '' ? '' : ` (${message})`;
}

/** For the middle of a sentence: the first three, and how many more. */
export const listed = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

/** What the definitions of native objects need to know of the cluster. */
export function objectContext({ observed, app, status }: Draft): ObjectContext {
  const { cluster, config } = observed;
  return objectContextOf({ cluster, config, app, clusterService: status.clusterService });
}

/** The roll-up of a cluster in which nothing happens. */
export const quietRollup: MemberStateRollup = {
  membershipChanging: false,
  membersDown: false,
  membersInitializing: false,
  membersWaiting: false,
  membersRestarting: false,
  configErrors: false,
  membersNotScheduled: false,
  membersUpgrading: false,
  membersRollingBack: false,
};
