/** What a changed spec does to members: told to who changes it, before it happens. */
import { changedFields, hasRun, isTakenInByRestart } from '../../../apis/kubedirector/cluster-update.ts';
import { hasClaims, keepsClaims, wayToKeepClaims } from '../../../apis/kubedirector/retention.ts';
import type { KubeDirectorCluster, MemberStatus, PlannedChange } from '../../../apis/kubedirector/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { MemberUpdate } from '../rolling/member-update.ts';
import { failedMembers, inTurn, type RoleUpdate } from '../rolling/role-update.ts';
import { outlook, type ForecastFacts, type Outlook, type RoleOutlook } from './outlook.ts';

interface Subject {
  /** With the status of today. */
  readonly next: KubeDirectorCluster;
  readonly old: KubeDirectorCluster;
}

interface RoleSubject extends Subject {
  readonly role: RoleOutlook;
  readonly before: RoleOutlook | undefined;
  readonly isToStop: boolean;
  readonly changed: readonly string[];
}

/** Without what all changes of a role have. */
type RoleChange = Omit<PlannedChange, 'role' | 'members' | 'fields'> &
  Partial<Pick<PlannedChange, 'members' | 'fields'>>;

/**
 * All that happens with the next spec and would not happen with the old one; nothing where no member notices the change.
 * Roles come in the order in which they are updated.
 */
export function forecastUpdate(
  next: KubeDirectorCluster,
  old: KubeDirectorCluster,
  facts: ForecastFacts,
): PlannedChange[] {
  const subject = { next: { ...next, ...(old.status && { status: old.status }) }, old };
  const before = outlook(old, { ...facts, app: facts.appBefore ?? facts.app });
  const after = outlook(subject.next, facts);
  const { isToStop } = after;
  return [
    ...moving(subject, after),
    ...wholeCluster(before, after),
    ...after.roles.flatMap((role) => {
      const was = before.roles.find(({ id }) => id === role.id);
      const one = { ...subject, role, isToStop, before: was, changed: changesOf(role.id, subject) };
      const said = [...leaving(one), ...joining(one), ...remade(one), ...growing(one), ...updated(one)];
      return said.map((change) => ({
        ...{ members: [], fields: [], ...change, role: role.id },
        message: `role ${role.id}: ${change.message}`,
      }));
    }),
  ];
}

/** To another app, or back. */
function moving({ next: { spec }, old }: Subject, after: Outlook): PlannedChange[] {
  const all = after.roles.flatMap(({ update }) => inTurn(update?.members ?? []));
  if (spec.app === old.spec.app || old.spec.app === '') return [];
  const isBack = old.status?.upgradeInfo?.prevApp === spec.app;
  const way = isBack
    ? `goes back to app ${spec.app}`
    : `is upgraded from app ${old.status?.app ?? old.spec.app} to app ${spec.app}`;
  const message = `the cluster ${way}: ${members(all.length)}${isBack ? ' that have moved' : ''}`;
  const pods = podsOf(all.map(({ one }) => one.member));
  return [
    {
      class: 'rolling',
      action: isBack ? 'Revert' : 'Upgrade',
      count: all.length,
      members: pods,
      fields: ['app'],
      message,
    },
  ];
}

function wholeCluster(before: Outlook, after: Outlook): PlannedChange[] {
  const all = podsOf(after.roles.flatMap(({ staying }) => staying));
  if (before.isToStop === after.isToStop || all.length === 0) return [];
  const message = `the cluster ${after.isToStop ? 'stops' : 'starts'}: ${members(all.length)}`;
  const action = after.isToStop ? 'Stop' : 'Start';
  return [{ class: 'live', action, count: all.length, members: all, fields: ['suspend'], message }];
}

function leaving({ role, before, next: { spec } }: RoleSubject): RoleChange[] {
  const known = new Set(before?.leaving.map(({ pod }) => pod));
  if (role.leaving.every(({ pod }) => known.has(pod))) return [];
  const count = role.leaving.length;
  const wayOut = wayToKeepClaims(spec, 'whenScaled');
  const end = keepsClaims(spec, 'whenScaled') ? 'stay' : `are deleted${wayOut === undefined ? '' : `; ${wayOut}`}`;
  const claims = `, and ${count === 1 ? 'its' : 'their'} PersistentVolumeClaims ${end}`;
  const message = `${verb(count, 'leaves', 'leave')}${role.leaving.some(hasClaims) ? claims : ''}`;
  return [{ class: 'live', action: 'Leave', count, members: podsOf(role.leaving), fields: ['members'], message }];
}

function joining({ role: { joining: count }, before, isToStop }: RoleSubject): RoleChange[] {
  if (count === 0 || count === before?.joining) return [];
  const message = `${verb(count, 'joins', 'join')}${isToStop ? ', without pods until the cluster starts' : ''}`;
  return [{ class: 'live', action: 'Join', count, fields: ['members'], message }];
}

function remade({ role, before, changed }: RoleSubject): RoleChange[] {
  const fields = changed.filter((field) => isTakenInByRestart(field) || ofVolumes.includes(field));
  const count = role.remade.length;
  if (count === 0 || (before?.remade.length === count && fields.length === 0)) return [];
  const message = `${verb(count, 'is', 'are')} made anew, because none of them ever ran${because(fields)}`;
  return [{ class: 'live', action: 'Remake', count, members: podsOf(role.remade), fields, message }];
}

/** A change of storage is accepted only where volumes grow, or no member ever ran. */
function growing({ role, changed }: RoleSubject): RoleChange[] {
  const all = podsOf(role.staying.filter((member) => member.pvc !== undefined && hasRun(member)));
  const count = all.length;
  if (count === 0 || !changed.includes('storage')) return [];
  const message = `the ${count === 1 ? 'volume' : 'volumes'} of ${members(count)} grow${count === 1 ? 's' : ''}, without a restart`;
  return [{ class: 'inPlace', action: 'Grow', count, members: all, fields: ['storage'], message }];
}

function updated({ role, before, changed }: RoleSubject): RoleChange[] {
  const now = updateOf(role);
  if (deepEqual(now, updateOf(before))) return [];
  const fields = changed.filter(restarts);
  if (now === undefined) {
    const none = { class: 'live', action: 'None', count: 0, fields, message: 'no further member restarts' } as const;
    return role.update === undefined ? [] : [none];
  }
  const { resized, restarted } = now;
  const how = (isResize: boolean, count: number) => `${howUpdated(now, isResize, count)}${because(fields)}`;
  const some = (pods: readonly string[]) => ({ count: pods.length, members: [...pods], fields });
  const changes: RoleChange[] = [
    { class: 'rolling', action: 'Restart', ...some(restarted), message: how(false, restarted.length) },
    { class: 'inPlace', action: 'Resize', ...some(resized), message: how(true, resized.length) },
  ];
  return changes.filter(({ count }) => count > 0);
}

function howUpdated(
  { stage, failed, after, maxUnavailable, isAutoReverted }: Updated,
  isResize: boolean,
  count: number,
): string {
  const [one, more] = isResize ? ['is resized', 'are resized'] : ['restarts', 'restart'];
  switch (stage) {
    case 'onDelete': {
      const when = count === 1 ? 'its pod is deleted' : 'their pods are deleted';
      return `${verb(count, 'is', 'are')} restarted when ${when} (updateStrategy OnDelete)`;
    }
    case 'paused':
      return `${verb(count, one, more)} when updateStrategy.paused ends`;
    case 'failed': {
      const what = isResize ? 'not resized' : 'not restarted';
      return `${verb(count, 'is', 'are')} ${what}, because the update has stopped at ${failed.join(', ')}`;
    }
    default: {
      const pace = maxUnavailable === 1 ? 'one at a time' : `at most ${maxUnavailable} at a time`;
      const order = `${count === 1 ? '' : `, ${pace}`}${after === undefined ? '' : `, after role ${after}`}`;
      const way = isAutoReverted ? '; if one does not work with it, the change is taken back (autoRevert)' : '';
      return `${verb(count, one, more)}${isResize ? ' without a restart where their nodes can' : ''}${order}${way}`;
    }
  }
}

interface Updated {
  readonly stage: RoleUpdate['stage'];
  readonly revision: string | undefined;
  readonly after: string | undefined;
  readonly maxUnavailable: number;
  readonly isAutoReverted: boolean;
  /** Pods, in the order in which they go. */
  readonly restarted: readonly string[];
  /** Pods that get other cpu and memory only, in that order. */
  readonly resized: readonly string[];
  readonly failed: readonly string[];
}

/** A member that does not work gets another pod. */
const isResized = ({ way, isAvailable }: MemberUpdate): boolean => way !== 'restart' && isAvailable;

/** What can be told of an update; undefined where no member is out of date. */
function updateOf(role: RoleOutlook | undefined): Updated | undefined {
  const outdated = inTurn(role?.update?.members ?? []);
  if (role?.update === undefined || outdated.length === 0) return undefined;
  const { stage, after, members: all } = role.update;
  // Nobody resizes what waits for the end of its pod.
  const resized = stage === 'onDelete' ? [] : outdated.filter(isResized);
  return {
    ...{ stage, after: after?.role.id, revision: role.update.role.updateRevision },
    ...{ maxUnavailable: role.maxUnavailable, isAutoReverted: role.isAutoReverted },
    restarted: podsOf(outdated.filter((one) => !resized.includes(one)).map(({ one }) => one.member)),
    resized: podsOf(resized.map(({ one }) => one.member)),
    failed: failedMembers(all).map(({ one }) => one.member.pod),
  };
}

/** Of the cluster as of its roles: when changes reach members. */
const timings = ['restartedAt', 'updateStrategy'] as const;
const ofVolumes: readonly string[] = ['storage', 'blockStorage'];

/** Of the cluster, what restarts members of a role. */
const ofCluster = ['app', ...timings] as const;

const isTiming = (field: string): boolean => timings.some((one) => one === field);
const restarts = (field: string): boolean => isTakenInByRestart(field) || isTiming(field) || field === 'blockStorage';

/** Names of the fields of the role that change, and of those of the cluster that count for it. */
function changesOf(id: string, { next, old }: Subject): readonly string[] {
  const [now, was] = [next, old].map(({ spec }) => spec.roles.find((role) => role.id === id));
  const ofRole = now === undefined || was === undefined ? [] : changedFields(now, was);
  return [...new Set([...ofRole, ...ofCluster.filter((field) => !deepEqual(next.spec[field], old.spec[field]))])];
}

const because = (fields: readonly string[]): string => (fields.length === 0 ? '' : `: ${fields.join(', ')} changed`);

const podsOf = (all: readonly MemberStatus[]): string[] => all.map(({ pod }) => pod);
const members = (count: number): string => (count === 1 ? '1 member' : `${count} members`);
const verb = (count: number, one: string, more: string): string => `${members(count)} ${count === 1 ? one : more}`;
