/**
 * The queue of a member's commands (stateDetail.pendingNotifyCmds), as pure functions. It stays short: of each role it
 * holds at most one `--delnodes` and one `--addnodes` that have not begun, in this order, and at most one `--reconnect`.
 */
import type { MemberStatus, NotifyCommand } from '../../../apis/kubedirector/types.ts';
import {
  eventOfArguments,
  fqdnList,
  membershipOptions,
  parseMembershipArguments,
  reconnectOption,
  type MembershipEvent,
} from '../../../guest/startscript.ts';
import { formatPods, parsePods } from './pod-ranges.ts';

/** Members of one role that join or leave. */
export interface MembershipNews {
  readonly kind: MembershipEvent;
  readonly role: string;
  readonly pods: readonly string[];
}

type Queue = readonly NotifyCommand[];

/** "addnodes" for `--addnodes …`. */
export const eventOf = ({ arguments: args = [] }: NotifyCommand): string => eventOfArguments(args);

/** What members are told when all members of a role have moved in an upgrade. */
export const eventsOfRole: readonly string[] = ['role_upgraded', 'role_reverted'];
/** What they are told at the end of an upgrade. */
export const eventsOfCluster: readonly string[] = ['cluster_upgraded', 'cluster_reverted'];

/** Whether a failure of the command concerns an upgrade. */
export const isOfUpgrade = (command: NotifyCommand): boolean =>
  [...eventsOfRole, ...eventsOfCluster].includes(eventOf(command));

/**
 * Counts those of dropped commands that have begun as told: the same command given again later is another one then, whatever
 * its container remembers.
 */
export function countDropped(detail: MemberStatus['stateDetail'], dropped: Queue): void {
  const begun = dropped.filter(({ startedAt }) => startedAt !== undefined).length;
  if (begun > 0) detail.notifyCmdsDelivered = (detail.notifyCmdsDelivered ?? 0) + begun;
}

/** More pods than this are listed by their ordinals: each member's queue would hold each other member's FQDN. */
const mostListed = 8;

/** The news that a command tells; undefined for `--reconnect`. */
export function newsOf({ arguments: args = [], pods }: NotifyCommand): MembershipNews | undefined {
  const told = parseMembershipArguments(args);
  if (told === undefined) return undefined;
  const listed = told.fqdns.map((fqdn) => fqdn.split('.')[0] ?? '');
  return { kind: told.event, role: told.role, pods: [...listed, ...parsePods(pods ?? '')] };
}

/** @param fqdn the FQDN of a pod */
function commandOf({ kind, role, pods }: MembershipNews, fqdn: (pod: string) => string): NotifyCommand {
  if (pods.length > mostListed) return { arguments: membershipOptions(kind, role), pods: formatPods(pods) };
  return { arguments: [...membershipOptions(kind, role), fqdnList(pods.map(fqdn))] };
}

/** What startscript is called with. */
export function argumentsOf(command: NotifyCommand, fqdn: (pod: string) => string): readonly string[] {
  const args = command.arguments ?? [];
  return command.pods === undefined ? args : [...args, fqdnList(parsePods(command.pods).map(fqdn))];
}

/** Where news go, and how its commands are written. */
export interface QueueContext {
  /** Whether the first command has begun: it can't be added to any more. */
  readonly hasBegun: boolean;
  /** Whether a command is one that the role does not name: it gives way to those that it does. */
  readonly isBestEffort: (command: NotifyCommand) => boolean;
  readonly fqdn: (pod: string) => string;
}

/**
 * The queue with these news in it. A member that joins and leaves before it was told of is not told of at all; one that
 * leaves is told of before another that joins under the same name.
 */
export function withNews(queue: Queue, news: MembershipNews, context: QueueContext): NotifyCommand[] {
  const { begun, waiting } = divided(queue, context);
  const known = waiting.flatMap((command) => newsOf(command) ?? []).filter(({ role }) => role === news.role);
  const podsOf = (kind: MembershipEvent): readonly string[] =>
    known.filter((one) => one.kind === kind).flatMap(({ pods }) => pods);
  const joined = new Set(podsOf('addnodes'));
  const left = new Set(podsOf('delnodes'));
  for (const pod of news.pods) {
    if (news.kind === 'addnodes') joined.add(pod);
    else if (!joined.delete(pod)) left.add(pod);
  }
  const commands = (['delnodes', 'addnodes'] as const)
    .map((kind) => ({ kind, role: news.role, pods: [...(kind === 'addnodes' ? joined : left)] }))
    .filter(({ pods }) => pods.length > 0)
    .map((one) => commandOf(one, context.fqdn));
  const others = waiting.filter((command) => newsOf(command)?.role !== news.role);
  const named = others.filter((command) => !context.isBestEffort(command));
  const bestEffort = others.filter((command) => context.isBestEffort(command));
  return [...begun, ...named, ...commands, ...bestEffort];
}

/** The queue with a `--reconnect` that has not begun: a package reads the newest configmeta.json when it runs. */
export function withReconnect(queue: Queue, context: Pick<QueueContext, 'hasBegun'>): NotifyCommand[] {
  const { waiting } = divided(queue, context);
  const isQueued = waiting.some((command) => eventOf(command) === 'reconnect');
  return isQueued ? [...queue] : [...queue, { arguments: [reconnectOption] }];
}

function divided(queue: Queue, { hasBegun }: Pick<QueueContext, 'hasBegun'>): { begun: Queue; waiting: Queue } {
  const count = hasBegun || queue[0]?.startedAt !== undefined ? 1 : 0;
  return { begun: queue.slice(0, count), waiting: queue.slice(count) };
}
