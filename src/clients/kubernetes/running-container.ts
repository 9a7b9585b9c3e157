/** Whether a container is the one that runs, as its pod's status says. */
import { containerIdentity } from '../../apis/kubernetes/container-identity.ts';
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { pause } from '../../runtime/time-limit.ts';
import type { ExecTarget } from '../contract.ts';
import { objectPath, resources } from './resources.ts';
import type { ApiTransport } from './transport.ts';

interface RunningContainers {
  /**
   * From the view; where that says no, from kube-apiserver, since the view may be late.
   * @throws StatusError where it could not be asked
   */
  isRunning(target: ExecTarget, signal: AbortSignal): Promise<boolean>;
  /** From kube-apiserver. @throws StatusError where it could not be asked */
  isStillRunning(target: ExecTarget, signal: AbortSignal): Promise<boolean>;
  /**
   * The same, asked again for as long as kubelet may take to write that a container has ended.
   * @throws StatusError as there
   */
  survives(target: ExecTarget, signal: AbortSignal): Promise<boolean>;
}

/** What is known of a pod without asking; undefined where nothing is. */
export type PodView = (namespace: string, name: string) => Stored<Pod> | undefined;

const readTimeoutMs = 10_000;
/** kubelet looks at its containers every second, and sees most of what happens to them at once. */
const survivedAfterMs = 2500;
const askEveryMs = 250;

/** `view` is asked first, where a late answer does no harm; kube-apiserver otherwise. */
export function createRunningContainers(view: PodView, transport: ApiTransport, clock: Clock): RunningContainers {
  async function read({ namespace, name }: NamespacedName, signal: AbortSignal): Promise<Pod | undefined> {
    const path = objectPath(resources.pods, { namespace, name });
    try {
      return await transport.request<Pod>({ method: 'GET', path, timeoutMs: readTimeoutMs, signal });
    } catch (error) {
      if (isReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }
  const isStillRunning = async (target: ExecTarget, signal: AbortSignal): Promise<boolean> =>
    runs(await read(target, signal), target);
  return {
    isStillRunning,
    async survives(target, signal) {
      const began = clock.monotonic();
      while (await isStillRunning(target, signal)) {
        if (clock.monotonic() - began >= survivedAfterMs) return true;
        await pause(clock, askEveryMs, signal);
        signal.throwIfAborted();
      }
      return false;
    },
    isRunning: async (target, signal) =>
      runs(view(target.namespace, target.name), target) || (await isStillRunning(target, signal)),
  };
}

function runs(pod: Pod | undefined, { container, containerID }: ExecTarget): boolean {
  const { containerStatuses = [], initContainerStatuses = [] } = pod?.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  if (pod === undefined || status?.state?.running === undefined) return false;
  return containerIdentity(pod, status) === containerID;
}
