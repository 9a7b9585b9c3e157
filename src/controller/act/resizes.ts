/**
 * Pods that are to be resized. What was refused for a pod is not asked for again: its member is restarted. Other amounts are
 * asked for. That is in memory only: a new controller asks, and hears it again.
 */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NativeClients } from '../../clients/contract.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { keyOf } from '../keys.ts';
import { appContainer } from '../plan/objects/stateful-set.ts';
import type { ByName, RefusedResize } from '../plan/observed.ts';
import type { Resizable } from '../plan/resizable.ts';
import { createRefusals, refusalsOf } from './refusals.ts';

/** Asks for other cpu and memory of running pods, and remembers which can't have it. */
export interface Resizes {
  /**
   * True where the node will try.
   * @throws StatusError
   */
  resize(cluster: NamespacedName, pod: Stored<Pod>, resources: Resizable): Promise<boolean>;
  /** What was refused last for those of these pods that were refused something, by name. */
  refusals(pods: ByName<Stored<Pod>>): ByName<RefusedResize>;
}

interface ResizesOptions {
  readonly pods: Pick<NativeClients['pods'], 'resize'>;
  /** A cluster is worth another look: one of its pods can't be resized. */
  readonly onRefusal: (cluster: string) => void;
}

/** Makes a memory that is empty. */
export function createResizes({ pods, onRefusal }: ResizesOptions): Resizes {
  const refused = createRefusals<RefusedResize>();
  return {
    async resize(cluster, pod, resources) {
      const { limits, requests } = resources;
      const message = await pods.resize(pod, appContainer, { limits, requests });
      if (message === undefined) return true;
      refused.set(pod.metadata.uid, { message, resources });
      onRefusal(keyOf(cluster));
      return false;
    },
    refusals: (shown) => refusalsOf(refused, shown),
  };
}
