/** Whether a cluster that is to have no pods has come to that, and what its conditions say of it. */
import { allMembers, doingOf, isToStop, listed, type Draft, type MemberInRole } from '../draft.ts';
import { resumedReason } from '../life-cycle/suspend.ts';
import { suspendedType, type Verdict } from '../messages/verdict.ts';

/** Reason of what is said of members that are stopped. */
export const suspendedReason = 'Suspended';
const suspended = { reason: suspendedReason, message: 'there are no pods, as spec.suspend asks for' } as const;

/** Nobody runs, and nobody leaves. */
export const isSuspended = (draft: Draft): boolean => isToStop(draft) && allMembers(draft).every(isStopped(draft));

const isStopped =
  ({ observed }: Draft) =>
  ({ member: { state, pod } }: MemberInRole): boolean =>
    state === 'suspended' && !observed.pods.has(pod);

/** The condition Progressing of members of a cluster that is to stop. */
export function stopping(draft: Draft, members: readonly MemberInRole[]): Verdict {
  const isDone = isStopped(draft);
  const left = members.filter((one) => !isDone(one)).map(({ member: { pod } }) => `${pod}${doingOf(draft, pod)}`);
  if (left.length === 0) return { status: 'False', ...suspended };
  return { status: 'True', reason: 'Suspending', message: `being suspended: ${listed(left)}` };
}

/** The condition Suspended; undefined for a cluster that was never to stop. */
export function suspendedVerdict(draft: Draft): Verdict | undefined {
  if (isSuspended(draft)) return { status: 'True', ...suspended };
  if (isToStop(draft)) return { ...stopping(draft, allMembers(draft)), status: 'False' };
  if (draft.status.conditions?.some(({ type }) => type === suspendedType) !== true) return undefined;
  return { status: 'False', reason: resumedReason, message: 'spec.suspend does not ask for a stop any more' };
}
