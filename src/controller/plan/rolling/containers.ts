/** What the containers of members have, as their nodes say. */
import type { ResourceRequirements } from '../../../apis/kubernetes/types.ts';
import { allMembers, type Draft } from '../draft.ts';
import { appContainer } from '../objects/stateful-set.ts';

/** Writes into the status how often the members' containers were restarted, and the cpu and memory that they have. */
export function tellContainers(draft: Draft): void {
  for (const { member } of allMembers(draft)) {
    const statuses = draft.observed.pods.get(member.pod)?.status?.containerStatuses ?? [];
    const container = statuses.find(({ name }) => name === appContainer);
    if (container === undefined) delete member.restarts;
    else member.restarts = container.restartCount;
    const { limits, requests } = container?.resources ?? {};
    if (limits === undefined && requests === undefined) delete member.resources;
    else {
      member.resources = {
        ...(limits === undefined ? {} : { limits: cpuAndMemory(limits) }),
        ...(requests === undefined ? {} : { requests: cpuAndMemory(requests) }),
      };
    }
  }
}

function cpuAndMemory({ cpu, memory }: NonNullable<ResourceRequirements['limits']>) {
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}
