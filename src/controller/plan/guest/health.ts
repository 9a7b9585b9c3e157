/**
 * Whether members work, as their packages say: `startscript --healthcheck` is run again and again in each member that is set up
 * and whose role names the event. Status remembers the container whose last check succeeded, so that a new leader
 * need not take all members out of service until it has asked them.
 */
import { memberMessage } from '../messages/status-budget.ts';
import { steady } from '../messages/words.ts';
import {
  allMembers,
  asksForHealth,
  canBeTold,
  containerOf,
  event,
  isToStop,
  type Draft,
  type MemberInRole,
} from '../draft.ts';
import { taskID, type HealthPlan } from '../guest-task.ts';

/** Takes the newest verdicts into the members' stateDetail, and tells users of changes. */
export function takeHealth(draft: Draft): void {
  for (const one of allMembers(draft)) take(draft, one);
}

function take(draft: Draft, one: MemberInRole): void {
  const { member, role } = one;
  const { stateDetail: detail } = member;
  const task = healthTask(draft, one);
  const before = detail.healthErrorMessage;
  if (task === undefined || detail.healthyContainer !== task.containerID) delete detail.healthyContainer;
  if (task === undefined) {
    delete detail.healthErrorMessage;
    return;
  }
  const report = draft.observed.health?.get(member.pod);
  const verdict = report?.taskID === taskID(task) ? report.health : undefined;
  if (verdict === undefined) return;
  const named = `member{${member.pod}} in role{${role.id}}`;
  if (verdict.ok) {
    detail.healthyContainer = task.containerID;
    delete detail.healthErrorMessage;
    if (before !== undefined) event(draft, 'Member', `${named} is healthy again`);
    return;
  }
  delete detail.healthyContainer;
  detail.healthErrorMessage = steady(before, memberMessage(draft, verdict.words));
  if (before === undefined) event(draft, 'Member', `${named} is not healthy: ${verdict.words}`, 'Warning');
}

/** Undefined for a member that is not to be asked: it leaves or stops, or is not set up, or its role has no such check. */
function healthTask(draft: Draft, one: MemberInRole): HealthPlan | undefined {
  const { member, resolved } = one;
  const containerID = containerOf(draft, member);
  if (containerID === undefined || !canBeTold(draft, one) || isToStop(draft)) return undefined;
  if (resolved === undefined || !asksForHealth(resolved)) return undefined;
  const wasHealthy = member.stateDetail.healthyContainer === containerID;
  return { type: 'health', containerID, wasHealthy, check: resolved.app.healthcheck ?? {} };
}

/** Adds what begins the checks that are to be made, and ends the others. */
export function planHealth(draft: Draft): void {
  const asked = new Set<string>();
  for (const one of allMembers(draft)) {
    const { member, role } = one;
    const task = healthTask(draft, one);
    const pod = draft.observed.pods.get(member.pod);
    if (task === undefined || pod === undefined) continue;
    asked.add(member.pod);
    if (draft.observed.health?.get(member.pod)?.taskID === taskID(task)) continue;
    draft.actions.push({ type: 'guestTask', member, role: role.id, pod, task });
  }
  for (const pod of draft.observed.health?.keys() ?? []) {
    if (!asked.has(pod)) draft.actions.push({ type: 'forgetHealth', pod });
  }
}
