/** What users are told of updates. */
import { cutEnd } from '../../../meta/cut.ts';
import { listed, type Draft } from '../draft.ts';
import type { Verdict } from '../messages/verdict.ts';
import { failedMembers, type RoleUpdate } from './role-update.ts';
import type { MemberUpdate } from './member-update.ts';
import { wordsOfNode } from './resize.ts';

/** Reason of the conditions of a role that an update has failed in. */
export const updateFailed = 'UpdateFailed';

/** Bytes of one member's words. */
const longestWords = 500;

/** About a member that has failed with the update, and what to do; undefined where none has. */
export function failedMessage({ stage, role, members, outcome }: RoleUpdate): string | undefined {
  const [first, ...others] = stage === 'failed' ? failedMembers(members) : [];
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const words = cutEnd(first.problem ?? '', longestWords);
  const advice =
    'the others stay as they are; correct the role or put it back to what it was: this member is made anew first; deleting its pod tries again';
  const revert = outcome === undefined ? '' : `; ${outcome}`;
  return `the update of role ${role.id} has stopped at ${first.one.member.pod}${more}: ${words}${revert}; ${advice}`;
}

/** For the condition Progressing; undefined where no update is to be told of. */
export function updateVerdict(draft: Draft, updates: readonly RoleUpdate[]): Verdict | undefined {
  const of = (stages: readonly string[]) => updates.filter(({ stage }) => stages.includes(stage));
  const rolling = of(['rolling', 'queued']);
  if (rolling.some(({ stage, after }) => stage === 'rolling' || after?.stage === 'rolling')) {
    const message = rolling.map((update) => `${progress(update)}, ${waitsFor(draft, update)}`).join('; ');
    return { status: 'True', reason: 'RollingUpdate', message };
  }
  const failed = [
    ...of(['failed']).flatMap((update) => failedMessage(update) ?? []),
    ...of(['queued']).map((update) => `${progress(update)}, ${waitsFor(draft, update)}`),
  ];
  if (failed.length > 0) return { status: 'False', reason: updateFailed, message: failed.join('; ') };
  const paused = of(['paused']);
  if (paused.length > 0) {
    return {
      status: 'False',
      reason: 'UpdatePaused',
      message: `${paused.map(progress).join('; ')}: the update is paused`,
    };
  }
  const waiting = of(['onDelete']);
  if (waiting.length === 0) return undefined;
  const how = 'updateStrategy is OnDelete: a member gets the update when its pod is deleted';
  return { status: 'False', reason: 'UpdateOnDelete', message: `${waiting.map(progress).join('; ')}: ${how}` };
}

const progress = ({ role, members }: RoleUpdate): string =>
  `${role.id}: ${role.updatedReplicas ?? 0} of ${members.length} updated`;

function waitsFor(draft: Draft, { after, members, next, waitsForSet, waitsForBudget, isToTell }: RoleUpdate): string {
  if (after !== undefined)
    return `after ${after.role.id}${after.stage === 'failed' ? ', whose update has stopped' : ''}`;
  const { refusedEvictions } = draft.observed;
  const refused = next.flatMap(({ one: { member } }) => {
    const why = refusedEvictions?.get(member.pod);
    return why === undefined ? [] : [`${member.pod} may not go yet: ${cutEnd(why, longestWords)}`];
  });
  if (refused.length > 0) return refused.join(', ');
  const resizing = members.filter(({ way, isAvailable }) => way === 'resizing' && isAvailable);
  if (resizing.length > 0) return `waiting for the nodes to resize ${podsOf(resizing)}${saidOfResize(resizing)}`;
  if (next.length > 0) return `${next[0]?.way === 'resize' ? 'resizing' : 'restarting'} ${podsOf(next)}`;
  const coming = members.filter(({ isAvailable }) => !isAvailable);
  if (coming.length > 0) return `waiting for ${podsOf(coming)} to be set up`;
  if (isToTell) return 'telling the members that the role has moved';
  if (waitsForSet) return 'waiting for the StatefulSet to take the update in';
  return waitsForBudget ? 'waiting for the PodDisruptionBudget to take the members in' : 'about to go on';
}

/** In brackets: the first words of a node that has put a resize off. */
function saidOfResize(members: readonly MemberUpdate[]): string {
  const words = members.map(({ pod }) => (pod === undefined ? '' : wordsOfNode(pod))).find((one) => one !== '');
  return words === undefined ? '' : ` (${cutEnd(words, longestWords)})`;
}

const podsOf = (members: readonly MemberUpdate[]): string => listed(members.map(({ one }) => one.member.pod));
