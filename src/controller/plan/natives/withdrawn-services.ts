/** Services of members whose role offers no port any more, because its app has changed: Kubernetes has none without ports. */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { Draft } from '../draft.ts';
import { noService } from '../names.ts';
import { deletion } from './deletion.ts';
import { isOwned } from './ownership.ts';

/** Each is named in the status until it is gone. */
export function withdrawServices({ observed, actions }: Draft, role: RoleStatus): void {
  for (const member of role.members) {
    // What leaves takes its Service with it.
    if (member.state === 'deleting') continue;
    const service = observed.services.get(member.service);
    if (service !== undefined && isOwned(observed.cluster, service)) actions.push(...deletion('Service', service));
    else member.service = noService;
  }
}
