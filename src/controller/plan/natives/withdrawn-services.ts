/** Services of members that offer no port any more, because their app has changed: Kubernetes has none without ports. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import type { Draft } from '../draft.ts';
import { noService } from '../names.ts';
import { deletion } from './deletion.ts';
import { isOwned } from './ownership.ts';

/** It is named in the status until it is gone. */
export function withdrawService({ observed, actions }: Draft, member: MemberStatus): void {
  const service = observed.services.get(member.service);
  if (service !== undefined && isOwned(observed.cluster, service)) actions.push(...deletion('Service', service));
  else member.service = noService;
}
