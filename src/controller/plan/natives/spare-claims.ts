/** Claims of devices that a role was to have, and was not to have any more before a member had them: nothing is in them. */
import { devicesLabel, retainedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import type { Draft } from '../draft.ts';
import { blockDevices } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';
import { deletion } from './deletion.ts';
import { devicePathsOf, makesOthers } from './devices.ts';
import { claimsOf, isOwned } from './ownership.ts';

/** Once no StatefulSet makes them, and no pod has them. They would come back with another class or size than is asked for then. */
export function dropSpareClaims({ observed, actions }: Draft, role: RoleStatus, resolved: ResolvedRole): void {
  const set = observed.statefulSets.get(role.statefulSet);
  if (set === undefined || makesOthers(set, resolved)) return;
  const wanted = blockDevices(resolved).length;
  for (const { pod: name, blockDevicePaths = [] } of role.members) {
    const pod = observed.pods.get(name);
    const used = Math.max(wanted, blockDevicePaths.length, pod === undefined ? 0 : devicePathsOf(pod).length);
    for (const claim of claimsOf(observed, name)) {
      const number = /^b(\d+)-/.exec(claim.metadata.name)?.[1];
      if (number === undefined || Number(number) < used) continue;
      // StatefulSets put what they select by on the claims that they make: nobody's own claim has it.
      const isMade = claim.metadata.labels?.[devicesLabel] !== undefined && isOwned(observed.cluster, claim);
      if (isMade && claim.metadata.annotations?.[retainedAnnotation] === undefined) {
        actions.push(...deletion('PersistentVolumeClaim', claim));
      }
    }
  }
}
