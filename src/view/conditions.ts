/** Conditions as sentences. */
import type { Condition } from '../apis/kubedirector/types.ts';
import type { ConditionView } from './contract.ts';
import { plainLine } from './plain-text.ts';

/** What a condition means, by its status; of other types nothing is known but their names. */
const meanings: Readonly<Record<string, readonly [whenTrue: string, whenFalse: string]>> = {
  Ready: ['Ready', 'Not ready'],
  Progressing: ['In progress', 'At rest'],
  Degraded: ['Something is wrong', 'Nothing is wrong'],
  ConnectionsResolved: ['Connections are resolved', 'Connections are missing'],
  Suspended: ['Suspended', 'Not suspended'],
  Upgrading: ['The app is being upgraded', 'No upgrade goes on'],
  UpdateReverted: ['A failed update was taken back', 'No update was taken back'],
  Paused: ['Paused', 'Not paused'],
  Restored: ['Restored from a backup', 'Not restored yet'],
};

const troubles = new Set([
  ...['Degraded=True', 'ConnectionsResolved=False', 'UpdateReverted=True'],
  ...['Upgrading=True UpgradeFailed', 'Upgrading=True RollingBack'],
]);

/** In the order in which the cluster has them. */
export function conditionViews(conditions: readonly Condition[] | undefined): ConditionView[] {
  return (conditions ?? []).map((condition) => ({
    type: plainLine(condition.type),
    status: plainLine(condition.status),
    sentence: sentenceOf(condition),
    isProblem: isProblem(condition),
  }));
}

function isProblem({ type, status, reason }: Condition): boolean {
  return troubles.has(`${type}=${status}`) || troubles.has(`${type}=${status} ${reason}`);
}

function sentenceOf({ type, status, reason, message }: Condition): string {
  const meaning = Object.hasOwn(meanings, type) ? meanings[type] : undefined;
  const known = status === 'True' ? meaning?.[0] : status === 'False' ? meaning?.[1] : undefined;
  const head = known ?? `${type} is ${status}`;
  const said = message === '' ? reason : message;
  const text = plainLine(said === '' ? head : `${head}: ${said}`);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
