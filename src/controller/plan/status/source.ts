/** The condition Restored of a cluster whose volumes are made of a backup, and the end of that. */
import { kubeTime } from '../../../meta/kube-time.ts';
import { allMembers, event, listed, type Draft } from '../draft.ts';
import { isToBeRestored } from '../guest/restore-news.ts';
import type { Verdict } from '../messages/verdict.ts';
import { sourceOf, volumesFor } from '../source.ts';

/** Undefined for a cluster that is not made of a backup. Writes down the end of it, after which the backup may go. */
export function sourceVerdict(draft: Draft): Verdict | undefined {
  const name = draft.observed.cluster.spec.restoreFrom?.backup;
  if (name === undefined) return undefined;
  const source = sourceOf(draft);
  const restored: Verdict = { status: 'True', reason: 'Restored', message: `the volumes are made of backup ${name}` };
  if (source === undefined) return restored;
  if (source.type !== 'ready') {
    const { reason, message } = source;
    if (isNews(draft, message)) event(draft, 'Restore', message, source.type === 'waits' ? 'Normal' : 'Warning');
    return { status: 'False', reason, message };
  }
  const members = allMembers(draft);
  const isWaitedFor = (pod: string): boolean =>
    members.some(({ member, role }) => {
      const hasVolumes = volumesFor(source.backup, role.id, member).length > 0;
      const isSetUp = member.stateDetail.lastSetupGeneration !== undefined;
      return member.pod === pod && (isToBeRestored(member) || (hasVolumes && !isSetUp));
    });
  const waiting = members.map(({ member }) => member.pod).filter(isWaitedFor);
  if (waiting.length > 0 || members.length === 0) {
    return { status: 'False', reason: 'Restoring', message: `being made of backup ${name}: ${listed(waiting)}` };
  }
  const { uid } = source.backup.metadata;
  draft.status.restoredFrom = { backup: name, uid, completedAt: kubeTime(draft.now) };
  event(draft, 'Restore', `the volumes of all members are made of backup ${name}`);
  return restored;
}

function isNews({ observed }: Draft, message: string): boolean {
  const known = observed.cluster.status?.conditions?.find(({ type }) => type === 'Restored');
  return known?.message !== message;
}
