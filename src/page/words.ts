/** What states and conditions are called on the page. */
import type { ClusterStatus, Condition, MemberStatus } from '../apis/kubedirector/types.ts';

/** How a state looks: a shape for each, so that no colour is needed. */
export type Tone = 'good' | 'busy' | 'still' | 'bad';

/** A state, in a word. */
export interface StateWord {
  readonly tone: Tone;
  readonly text: string;
}

/** The state of a cluster; what needs a person comes before what goes on by itself. */
export function clusterState({ state, memberStateRollup: rollup }: ClusterStatus): StateWord {
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
  return [...said, ...later].map((text) => plain(text ?? '')).filter((text) => text !== '');
}

/** A condition as a sentence. */
export function conditionSentence({ type, status, reason, message }: Condition): string {
  const said = plain(message).trim();
  const words = type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  const state = status === 'True' ? 'yes' : status === 'False' ? 'no' : 'unknown';
  if (said === '') return `${words}: ${state} (${reason}).`;
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

/** Of these, False is good. */
const adverse = new Set(['Stalled', 'Reconciling', 'Progressing', 'Suspended', 'Degraded', 'Paused']);

/** Whether the condition says that something is wrong. */
export function conditionTone({ type, status }: Condition): Tone {
  if (status === 'Unknown') return 'still';
  if (adverse.has(type))
    return status === 'False' ? 'good' : type === 'Stalled' || type === 'Degraded' ? 'bad' : 'busy';
  return status === 'True' ? 'good' : 'busy';
}

/** Without colours, cursor movements and other control characters of terminals. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is removed
  const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])/g;
  // eslint-disable-next-line no-control-regex -- and these
  const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;
  return text.replaceAll(escapes, '').replaceAll(controls, '');
}

/** "5m", "3h", "12d", as kubectl shows ages, to the largest unit. */
export function age(timestamp: string | undefined, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(timestamp ?? '')) / 1000));
  if (Number.isNaN(seconds)) return '';
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
