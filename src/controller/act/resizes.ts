/**
 * Pods that are to be resized. What was refused for a pod is not asked for again: its member is restarted. That is in memory
 * only: a new controller asks, and hears it again.
 */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NativeClients } from '../../clients/contract.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { keyOf } from '../keys.ts';
import { appContainer } from '../plan/objects/stateful-set.ts';
import type { ByName } from '../plan/observed.ts';
import type { Resizable } from '../plan/resizable.ts';
import { createRefusals, reasonsFor } from './refusals.ts';

/** Asks for other cpu and memory of running pods, and remembers which can't have it. */
export interface Resizes {
  /**
   * True where the node will try.
   * @throws StatusError
   */
  resize(cluster: NamespacedName, pod: Stored<Pod>, resources: Resizable): Promise<boolean>;
  /** Why those of these pods can't be resized that were refused, by name. */
  refusals(pods: ByName<Stored<Pod>>): ByName<string>;
}

interface ResizesOptions {
  readonly pods: Pick<NativeClients['pods'], 'resize'>;
  /** A cluster is worth another look: one of its pods can't be resized. */
  readonly onRefusal: (cluster: string) => void;
}

/** Makes a memory that is empty. */
export function createResizes({ pods, onRefusal }: ResizesOptions): Resizes {
  const refused = createRefusals<{ readonly message: string }>();
  return {
    async resize(cluster, pod, { limits, requests }) {
      const message = await pods.resize(pod, appContainer, { limits, requests });
      if (message === undefined) return true;
      refused.set(pod.metadata.uid, { message });
      onRefusal(keyOf(cluster));
      return false;
    },
    refusals: (shown) => reasonsFor(refused, shown),
  };
}
