/** Pod IPs from 10.244.0.0/16, in two halves by node. The addresses in use are read from the pods. */
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { Pod } from '../../apis/kubernetes/types.ts';

const perNode = 1 << 15;

/** Gives out pod IPs. An address is free again when its pod is deleted. */
export interface PodAddresses {
  /** Takes over a change of a pod. @param pod undefined if it was deleted */
  update(key: string, pod: Pod | undefined): void;
  /** The address of the pod. A pod without one gets one now. @throws Error if no address is free */
  of(key: string, nodeIndex: number): string;
}

/** An allocator that has given out no addresses yet. */
export function createPodAddresses(): PodAddresses {
  const byPod = new Map<string, string>();
  const used = new Set<string>();
  const next = new Map<number, number>();

  function take(key: string, ip: string): void {
    const old = byPod.get(key);
    if (old === ip) return;
    if (old !== undefined) used.delete(old);
    byPod.set(key, ip);
    used.add(ip);
  }
  return {
    update(key, pod) {
      const ip = pod?.status?.podIP;
      if (ip) take(key, ip);
      const old = byPod.get(key);
      if (!pod && old !== undefined) {
        byPod.delete(key);
        used.delete(old);
      }
    },
    of(key, nodeIndex) {
      const known = byPod.get(key);
      if (known !== undefined) return known;
      const base = (nodeIndex % 2) * perNode;
      for (let tried = 0; tried < perNode; tried++) {
        const offset = ((next.get(nodeIndex) ?? 0) % (perNode - 4)) + 4;
        next.set(nodeIndex, offset - 3);
        const value = base + offset;
        const ip = `10.244.${value >>> 8}.${value & 255}`;
        if (used.has(ip)) continue;
        take(key, ip);
        return ip;
      }
      throw new Error(`no pod address is free for ${splitObjectKey(key).name}`);
    },
  };
}
