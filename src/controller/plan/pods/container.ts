/** What a pod's status says of its containers. */
import type { ContainerState } from '../../../apis/kubedirector/types.ts';
import { containerIdentity } from '../../../apis/kubernetes/container-identity.ts';
import type { ContainerStatus, Pod } from '../../../apis/kubernetes/types.ts';
import { appContainer, initContainer } from '../objects/stateful-set.ts';

const lostReasons = new Set(['NodeLost', 'NodeNotReady', 'NodeStatusUnknown']);

const statusOf = (list: readonly ContainerStatus[] | undefined, name: string): ContainerStatus | undefined =>
  list?.find((status) => status.name === name);

/** The state of the pod's `app` container, in the words of status. */
export function containerState(pod: Pod | undefined): ContainerState {
  if (pod?.status === undefined) return 'absent';
  const { phase, reason, conditions, containerStatuses } = pod.status;
  if (phase === 'Unknown') return 'unknown';
  const ready = conditions?.find(({ type }) => type === 'Ready');
  if (lostReasons.has(reason ?? '') || (ready?.status !== 'True' && lostReasons.has(ready?.reason ?? ''))) {
    return 'unresponsive';
  }
  const state = statusOf(containerStatuses, appContainer)?.state;
  if (state?.running !== undefined) return 'running';
  if (state?.terminated !== undefined) return 'terminated';
  if (runningInitContainer(pod) !== undefined) return 'initializing';
  if (state === undefined) return 'absent';
  return state.waiting?.reason === 'PodInitializing' ? 'initializing' : 'waiting';
}

/** The ID of container `app` while it runs on a node that answers, and nobody has asked the pod to go. */
export function runningContainer(pod: Pod | undefined): string | undefined {
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
  if (containerState(pod) !== 'running') return undefined;
  const status = statusOf(pod.status?.containerStatuses, appContainer);
  return status === undefined ? undefined : containerIdentity(pod, status);
}

/** Whether the node says that container `app` is ready. */
export function isReady(pod: Pod | undefined): boolean {
  return statusOf(pod?.status?.containerStatuses, appContainer)?.ready === true;
}

/** The container ID of the init container while it runs; undefined otherwise. */
export function runningInitContainer(pod: Pod | undefined): string | undefined {
  const status = statusOf(pod?.status?.initContainerStatuses, initContainer);
  return pod === undefined || status?.state?.running === undefined ? undefined : containerIdentity(pod, status);
}

/**
 * Why the scheduler found no node; undefined once it has, and for a pod it has not looked at yet. What it says of a pod that has
 * a node is about an earlier one of that name: it writes such words when a pod goes that it is about to bind.
 */
export function schedulingError(pod: Pod | undefined): string | undefined {
  if (pod?.spec?.nodeName !== undefined) return undefined;
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return scheduled.message ?? scheduled.reason ?? 'not scheduled';
}
