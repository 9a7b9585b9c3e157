/** Conditions of backups, as `kubectl wait` and tools for kstatus read them. */
import type { BackupStatus, Condition } from '../../../apis/kubedirector/types.ts';
import { mergeConditions, type Verdict } from '../messages/verdict.ts';

/** The status with the conditions that its phase makes. */
export function withConditions(
  status: BackupStatus,
  before: readonly Condition[] | undefined,
  generation: number,
  now: Date,
): BackupStatus {
  return { ...status, conditions: mergeConditions(before, verdictsOf(status), generation, now) };
}

function verdictsOf({ phase = 'Pending', reason = phase, message = '' }: BackupStatus): Record<string, Verdict> {
  const says = (isTrue: boolean): Verdict => ({ status: isTrue ? 'True' : 'False', reason, message });
  const isOver = phase === 'Succeeded' || phase === 'Degraded' || phase === 'Failed' || phase === 'Scheduled';
  return {
    Ready: says(phase === 'Succeeded' || (phase === 'Scheduled' && reason !== 'Suspended')),
    Progressing: says(!isOver),
    Degraded: says(phase === 'Failed' || phase === 'Degraded'),
  };
}
