/** Which members' volumes are not as large yet as their role asks for. */
import { isLeaving, type Draft, type MemberInRole } from '../draft.ts';
import { growthOf } from '../natives/growth.ts';
import { claimsOf } from '../natives/ownership.ts';

interface VolumeGrowth {
  readonly claim: string;
  readonly failed: boolean;
  /** What Kubernetes says of it. */
  readonly words: string;
}

/** Of these members, but for those that leave. */
export function volumeGrowth({ observed }: Draft, members: readonly MemberInRole[]): readonly VolumeGrowth[] {
  return members.flatMap(({ member, resolved }) => {
    if (resolved === undefined || resolved.spec.storage === undefined || isLeaving(member)) return [];
    return claimsOf(observed, member.pod).flatMap((claim) => {
      const growth = growthOf(resolved, claim);
      return growth === undefined ? [] : [{ claim: claim.metadata.name, ...growth }];
    });
  });
}
