/** Telling configured members about others: the queue in stateDetail.pendingNotifyCmds, delivered in order. */
import type { MemberStatus } from '../../apis/kubedirector/types.ts';
import { allMembers, isLeaving, type Draft } from './draft.ts';
import { memberDomain } from './names.ts';
import { listensTo, type ResolvedRole } from './roles.ts';

export const reconnect = '--reconnect';
export const addnodes = '--addnodes';

export function fqdn(draft: Draft, pod: string): string {
  const { cluster, config } = draft.observed;
  return `${pod}.${memberDomain(draft.status.clusterService, cluster.metadata.namespace ?? '', config.clusterSvcDomainBase)}`;
}

/**
 * Queues `--addnodes` or `--delnodes` about members of `role` with every member set up before that stays and whose
 * role listens to it. What waits at the queue's end about the same role, and has not been begun, is added to instead of
 * repeated.
 */
export function announce(
  draft: Draft,
  kind: 'addnodes' | 'delnodes',
  role: string,
  subjects: readonly MemberStatus[],
): void {
  if (subjects.length === 0) return;
  const fqdns = subjects.map(({ pod }) => fqdn(draft, pod));
  for (const { member, resolved } of allMembers(draft)) {
    if (isLeaving(member) || subjects.includes(member)) continue;
    if (member.stateDetail.lastConfiguredContainer === undefined) continue;
    if (resolved === undefined || !listensTo(resolved, kind)) continue;
    enqueue(draft, member, addressed(kind, role), fqdns);
  }
}

/** Tells a member that was being set up all the while of those that joined after its configmeta.json was written. */
export function catchUp(draft: Draft, member: MemberStatus, since: number): void {
  const own = allMembers(draft).find((one) => one.member === member)?.resolved;
  if (own === undefined || !listensTo(own, 'addnodes')) return;
  for (const role of draft.status.roles) {
    const joined = role.members.filter(
      (other) => other !== member && !isLeaving(other) && (other.stateDetail.lastSetupGeneration ?? 0) > since,
    );
    if (joined.length > 0)
      enqueue(
        draft,
        member,
        addressed('addnodes', role.id),
        joined.map(({ pod }) => fqdn(draft, pod)),
      );
  }
}

const addressed = (kind: 'addnodes' | 'delnodes', role: string): readonly string[] => [
  `--${kind}`,
  '--nodegroup',
  '1',
  '--role',
  role,
  '--fqdns',
];

function enqueue(draft: Draft, member: MemberStatus, head: readonly string[], fqdns: readonly string[]): void {
  const queue = [...(member.stateDetail.pendingNotifyCmds ?? [])];
  const last = queue.at(-1)?.arguments ?? [];
  const isWaiting = queue.length > 1 || draft.observed.guest.get(member.pod) === undefined;
  const mergeable = queue.length > 0 && isWaiting && head.every((argument, index) => last[index] === argument);
  if (mergeable) {
    const merged = new Set([...(last[head.length] ?? '').split(','), ...fqdns]);
    queue[queue.length - 1] = { arguments: [...head, [...merged].join(',')] };
  } else {
    queue.push({ arguments: [...head, fqdns.join(',')] });
  }
  member.stateDetail.pendingNotifyCmds = queue;
}

/** Once in the queue is enough: the package reads the newest configmeta.json when it runs. */
export function enqueueReconnect(member: MemberStatus, role: ResolvedRole | undefined): void {
  if (role?.configPackage === undefined) return;
  const queue = member.stateDetail.pendingNotifyCmds ?? [];
  const { lastConnectionVersion = 0 } = member.stateDetail;
  member.stateDetail.lastConnectionVersion = lastConnectionVersion + 1;
  if (queue.slice(1).some((command) => command.arguments?.[0] === reconnect)) return;
  member.stateDetail.pendingNotifyCmds = [...queue, { arguments: [reconnect] }];
}

/** True while `listener` is still to hear that `pod` leaves. */
export function waitsToHear(draft: Draft, listener: MemberStatus, pod: string): boolean {
  const name = fqdn(draft, pod);
  return (listener.stateDetail.pendingNotifyCmds ?? []).some(
    ({ arguments: args = [] }) => args[0] === '--delnodes' && (args.at(-1) ?? '').split(',').includes(name),
  );
}

/** The first of the queue has been delivered. */
export function takeDelivered({ stateDetail }: MemberStatus): void {
  const [, ...rest] = stateDetail.pendingNotifyCmds ?? [];
  delete stateDetail.notifyErrorMessage;
  stateDetail.notifyCmdsDelivered = (stateDetail.notifyCmdsDelivered ?? 0) + 1;
  if (rest.length === 0) delete stateDetail.pendingNotifyCmds;
  else stateDetail.pendingNotifyCmds = rest;
}
