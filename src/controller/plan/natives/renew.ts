/** A StatefulSet that is made again under its name, because what can't change in it has to. */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { Stored } from '../../../meta/object.ts';
import { event, type Draft } from '../draft.ts';
import { deletion } from './deletion.ts';

/**
 * The next plan makes it anew. Its pods run on meanwhile: nobody owns them, and the new one adopts those that it selects.
 * @param why what for, in words
 */
export function renew(draft: Draft, { id }: RoleStatus, actual: Stored<StatefulSet>, why: string): void {
  const actions = deletion('StatefulSet', actual, { propagation: 'Orphan' });
  draft.actions.push(...actions);
  if (actions.length === 0) return;
  const { name } = actual.metadata;
  event(draft, 'Role', `making statefulset{${name}} of role{${id}} again, for ${why}; its pods run on`);
}
