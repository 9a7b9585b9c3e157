/** What guest work says of itself meanwhile, kept in the member's stateDetail. Failures are told where they are reported. */
import { taskID } from '../guest-task.ts';
import { event, type Draft, type MemberInRole } from '../draft.ts';
import { keepNotificationError } from './notifications.ts';
import { memberMessage } from '../messages/status-budget.ts';
import { areSameWords } from '../messages/words.ts';

/** Takes the message of running guest work into the member's stateDetail. */
export function tellGuestNews(draft: Draft, one: MemberInRole): void {
  tellSetup(draft, one);
  keepNotificationError(draft, one);
}

/** How far a set-up is that takes long, and what set it back. */
function tellSetup(draft: Draft, { member, role }: MemberInRole): void {
  const { stateDetail: detail, state } = member;
  const { setupProgress: before, configuringContainer: containerID } = detail;
  const report = draft.observed.guest.get(member.pod);
  const isOwn =
    state === 'creating' && containerID !== undefined && report?.taskID === taskID({ type: 'setup', containerID });
  if (!isOwn || report.message === '') {
    delete detail.setupProgress;
    return;
  }
  detail.setupProgress = memberMessage(draft, report.message);
  const isNews = before === undefined || !areSameWords(before, detail.setupProgress);
  if (!isNews || report.failures > 0) return;
  event(draft, 'Member', `initial config of member{${member.pod}} in role{${role.id}}: ${report.message}`);
}
