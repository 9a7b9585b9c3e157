/** What states and conditions are called on the page. */
import type { Condition, KubeDirectorBackup, KubeDirectorCluster, MemberStatus } from '../apis/kubedirector/types.ts';
import { ageText } from '../view/age.ts';
import { conditionViews } from '../view/conditions.ts';
import { plainLines } from '../view/plain-text.ts';

/** How a state looks: a shape for each, so that no colour is needed. */
export type Tone = 'good' | 'busy' | 'still' | 'bad';

/** A state, in a word. */
export interface StateWord {
  readonly tone: Tone;
  readonly text: string;
}

/** The state of a cluster; one that is being deleted is only that, and what needs a person comes before what goes on by itself. */
export function clusterState({ metadata, status = {} }: Pick<KubeDirectorCluster, 'metadata' | 'status'>): StateWord {
  const { state, memberStateRollup: rollup } = status;
  if (metadata.deletionTimestamp !== undefined) return { tone: 'busy', text: 'deleting' };
  if (rollup?.configErrors === true) return { tone: 'bad', text: 'set-up failed' };
  if (rollup?.membersNotScheduled === true) return { tone: 'bad', text: 'not scheduled' };
  if (rollup?.membersDown === true && state !== 'suspended') return { tone: 'bad', text: 'members down' };
  if (state === 'configured') return { tone: 'good', text: 'configured' };
  if (state === 'suspended') return { tone: 'still', text: 'suspended' };
  return { tone: 'busy', text: state ?? 'accepted' };
}

/** The state of a member. */
export function memberState({ state, ready, stateDetail }: MemberStatus): StateWord {
  if (state === 'config error') return { tone: 'bad', text: 'set-up failed' };
  if (stateDetail.podErrorMessage !== undefined || stateDetail.schedulingErrorMessage !== undefined) {
    return { tone: 'bad', text: state };
  }
  if (state === 'configured')
    return ready === false ? { tone: 'busy', text: 'not ready' } : { tone: 'good', text: state };
  return { tone: state === 'suspended' ? 'still' : 'busy', text: state };
}

/** All that went wrong at a member, and the last it said; each in a line. */
export function lastWords({ stateDetail }: MemberStatus): readonly string[] {
  const { configErrorDetail, schedulingErrorMessage, podErrorMessage, healthErrorMessage } = stateDetail;
  const { notifyErrorMessage, upgradeErrorMessage, startScriptStderrMessage, setupProgress } = stateDetail;
  const said = [schedulingErrorMessage, podErrorMessage, configErrorDetail, upgradeErrorMessage];
  const later = [notifyErrorMessage, healthErrorMessage, setupProgress, startScriptStderrMessage];
  return [...said, ...later].map((text) => plainLines(text ?? '')).filter((text) => text !== '');
}

/** False is good for these, and True says that something goes on. */
const passing = new Set(['Progressing', 'Upgrading', 'Degraded', 'UpdateReverted']);
/** True is a state that somebody has chosen. */
const chosen = new Set(['Suspended', 'Paused']);
/** True is good. */
const wanted = new Set(['Ready', 'ConnectionsResolved', 'Restored']);

/** A condition as a sentence, and how it looks. Of types that other controllers keep nothing is known. */
export function conditionWord(condition: Condition): StateWord {
  const [view] = conditionViews([condition]);
  return { tone: view?.isProblem === true ? 'bad' : toneOf(condition), text: view?.sentence ?? '' };
}

function toneOf({ type, status }: Condition): Tone {
  if (status !== 'True' && status !== 'False') return 'still';
  const isTrue = status === 'True';
  if (passing.has(type)) return isTrue ? 'busy' : 'good';
  if (chosen.has(type)) return isTrue ? 'still' : 'good';
  return wanted.has(type) ? (isTrue ? 'good' : 'busy') : 'still';
}

/** As kubectl shows ages; '' where there is no time. */
export function age(timestamp: string | undefined, now: number): string {
  return timestamp === undefined || timestamp === '' ? '' : ageText(timestamp, new Date(now));
}

/** The state of a backup, or of a schedule of backups. */
export function backupState({ spec, status }: Pick<KubeDirectorBackup, 'spec' | 'status'>): StateWord {
  const phase = status?.phase;
  switch (phase) {
    case undefined:
      return { tone: 'busy', text: 'accepted' };
    case 'Succeeded':
      return { tone: 'good', text: 'succeeded' };
    case 'Failed':
      return { tone: 'bad', text: 'failed' };
    case 'Degraded':
      return { tone: 'bad', text: 'has lost a snapshot' };
    case 'Scheduled':
      return spec.suspend === true ? { tone: 'still', text: 'suspended' } : { tone: 'good', text: 'scheduled' };
    default:
      return { tone: 'busy', text: phase.toLowerCase() };
  }
}
