/** Which pods use which claims. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { claimNames, isOver } from '../pods/status.ts';

interface ClaimUsers {
  /** The pod as the cache shows it; undefined: gone. Returns the keys of claims it no longer uses. */
  update(key: string, pod: Pod | undefined): readonly string[];
  /** Whether some pod that has not ended mounts the claim. */
  inUse(claim: string): boolean;
}

export function createClaimUsers(): ClaimUsers {
  const byClaim = new Map<string, Set<string>>();
  const byPod = new Map<string, readonly string[]>();
  return {
    inUse: (claim) => byClaim.has(claim),
    update(key, pod) {
      const { namespace } = splitObjectKey(key);
      const now = pod && !isOver(pod) ? claimNames(pod).map((name) => `${namespace}/${name}`) : [];
      const dropped = (byPod.get(key) ?? []).filter((claim) => !now.includes(claim));
      if (now.length > 0) byPod.set(key, now);
      else byPod.delete(key);
      for (const claim of now) byClaim.set(claim, (byClaim.get(claim) ?? new Set()).add(key));
      for (const claim of dropped) {
        const users = byClaim.get(claim);
        if (users?.delete(key) && users.size === 0) byClaim.delete(claim);
      }
      return dropped;
    },
  };
}
