/** The members that count towards what a role wishes for. */
import type { MemberStatus } from '../apis/kubedirector/types.ts';

/**
 * Without those that leave, or will: the highest ordinals go first.
 * @param desired members that the spec wishes for
 */
export function stayingMembers(members: readonly MemberStatus[], desired: number): MemberStatus[] {
  return members.filter(
    ({ pod, state }) =>
      state !== 'delete pending' && state !== 'deleting' && Number(/-(\d+)$/.exec(pod)?.[1] ?? 0) < desired,
  );
}
