/** The phase of a plan that brings changes of the spec to members that run. */
import { event, type Draft } from '../draft.ts';
import { failedMessage, updateFailed } from './update-messages.ts';
import { isOwned } from '../natives/ownership.ts';
import { renew } from '../natives/renew.ts';
import { resizableOf } from '../resizable.ts';
import type { MemberUpdate } from './member-update.ts';
import { roleUpdates, type RoleUpdate } from './role-update.ts';

/** Has the pods go that are out of date, as many as may. Writes what each member runs into the status. */
export function planRolling(draft: Draft): readonly RoleUpdate[] {
  const before = new Map(
    (draft.observed.cluster.status?.roles ?? []).map(({ id, currentRevision }) => [id, currentRevision]),
  );
  const updates = roleUpdates(draft);
  for (const update of updates) {
    const { role } = update;
    if (update.isToRenew && update.next.length > 0) renewFor(draft, update);
    else for (const one of update.next) bring(draft, update, one);
    const had = before.get(role.id);
    if (had !== undefined && role.currentRevision !== had) {
      event(draft, 'Role', `role{${role.id}} is updated: all members have revision ${role.currentRevision ?? ''}`);
    }
    tellFailure(draft, update);
  }
  return updates;
}

/** Its pods stay, and are nobody's until each one goes. */
function renewFor(draft: Draft, { role }: RoleUpdate): void {
  const set = draft.observed.statefulSets.get(role.statefulSet);
  if (set !== undefined && isOwned(draft.observed.cluster, set)) renew(draft, role, set, 'other devices');
}

function bring(
  draft: Draft,
  { role }: RoleUpdate,
  { one, pod, way, whyNotResized, isAvailable, isOfBefore }: MemberUpdate,
): void {
  if (pod === undefined) return;
  const devices = isOfBefore ? ', with other devices' : '';
  const what = `it gets revision ${role.updateRevision ?? ''}${devices}`;
  if (way === 'resize' && isAvailable && one.resolved !== undefined) {
    const resources = resizableOf(one.resolved.spec.resources);
    const message = `resizing member{${one.member.pod}} in role{${role.id}}: ${what}`;
    draft.actions.push({ type: 'resize', pod, resources, message });
    return;
  }
  draft.actions.push({
    type: 'evict',
    pod,
    message: `restarting member{${one.member.pod}} in role{${role.id}}: ${what}${whyNotResized === undefined ? '' : `; ${whyNotResized}`}`,
  });
}

/** Once, when it begins. */
function tellFailure(draft: Draft, update: RoleUpdate): void {
  const message = failedMessage(update);
  const isKnown = update.role.conditions?.some(({ type, reason }) => type === 'Degraded' && reason === updateFailed);
  if (message !== undefined && isKnown !== true) event(draft, 'Role', message, 'Warning');
}
