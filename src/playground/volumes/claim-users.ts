/** Keeps track of which pods use which claims. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { claimNames, isOver } from '../pods/status.ts';

interface ClaimUsers {
  /** Takes over a change of a pod; undefined if deleted. @returns the keys of the claims that it no longer uses */
  update(key: string, pod: Pod | undefined): readonly string[];
  /** Whether a pod mounts the claim ("namespace/name") that has a node and has not ended: a kubelet starts no other one. */
  inUse(claim: string): boolean;
}

/**
 * Starts with no pods: the caller reports them with `update`. A pod without a node uses nothing: it could wait for a claim
 * for ever that waits for it. Source: k8s.io/kubernetes/pkg/controller/volume/pvcprotection
 */
export function createClaimUsers(): ClaimUsers {
  const byClaim = new Map<string, Set<string>>();
  const byPod = new Map<string, readonly string[]>();
  return {
    inUse: (claim) => byClaim.has(claim),
    update(key, pod) {
      const { namespace } = splitObjectKey(key);
      const isUser = pod?.spec?.nodeName !== undefined && !isOver(pod);
      const now = isUser ? claimNames(pod).map((name) => `${namespace}/${name}`) : [];
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
