/** The phase of a plan that brings changes of the spec to members that run. */
import { event, type Draft } from '../draft.ts';
import { failedMessage, updateFailed } from './update-messages.ts';
import { roleUpdates, type RoleUpdate } from './role-update.ts';

/** Has the pods go that are out of date, as many as may. Writes what each member runs into the status. */
export function planRolling(draft: Draft): readonly RoleUpdate[] {
  const before = new Map(
    (draft.observed.cluster.status?.roles ?? []).map(({ id, currentRevision }) => [id, currentRevision]),
  );
  const updates = roleUpdates(draft);
  for (const update of updates) {
    const { role, next } = update;
    for (const { one, pod } of next) {
      if (pod === undefined) continue;
      const message = `restarting member{${one.member.pod}} in role{${role.id}}: it gets revision ${role.updateRevision ?? ''}`;
      draft.actions.push({ type: 'evict', pod, message });
    }
    const had = before.get(role.id);
    if (had !== undefined && role.currentRevision !== had) {
      event(draft, 'Role', `role{${role.id}} is updated: all members have revision ${role.currentRevision ?? ''}`);
    }
    tellFailure(draft, update);
  }
  return updates;
}

/** Once, when it begins. */
function tellFailure(draft: Draft, update: RoleUpdate): void {
  const message = failedMessage(update);
  const isKnown = update.role.conditions?.some(({ type, reason }) => type === 'Degraded' && reason === updateFailed);
  if (message !== undefined && isKnown !== true) event(draft, 'Role', message, 'Warning');
}
