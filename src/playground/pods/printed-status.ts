/** The Ready, Status and Restarts cells of `kubectl get pods`. Source: kubernetes/pkg/printers/internalversion */
import type { ContainerStatus, Pod } from '../../apis/kubernetes/types.ts';
import { humanDuration } from '../../apiserver/negotiation/human-duration.ts';

interface PrintedPodStatus {
  /** Ready containers of all containers, for example "1/2". */
  readonly ready: string;
  /** For example "Running", "Init:0/1", "ContainerCreating" or "Terminating". */
  readonly status: string;
  /** Restarts, and the time since the last one: "3 (5m ago)". */
  readonly restarts: string;
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

const exitText = (terminated: Terminated): string =>
  terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);

/** The text about the init containers. Undefined if all are done. */
function initializing(pod: Pod): string | undefined {
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (terminated) return `Init:${exitText(terminated)}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

const conditionTrue = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;

function containersReason(pod: Pod, statuses: readonly ContainerStatus[], initial: string): string {
  let reason = initial;
  let failure = '';
  for (const { state } of [...statuses].reverse()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated) {
      reason = exitText(state.terminated);
      if (state.terminated.exitCode !== 0) failure = reason;
    }
  }
  if (reason !== 'Completed') return reason;
  const running = statuses.some((one) => one.ready && one.state?.running);
  if (running && conditionTrue(pod, 'Ready')) return 'Running';
  if (failure !== '') return failure;
  return running ? 'NotReady' : reason;
}

function restartsText(statuses: readonly ContainerStatus[], now: Date): string {
  const restarts = statuses.reduce((sum, one) => sum + one.restartCount, 0);
  const ends = statuses.map((one) => one.lastState?.terminated?.finishedAt ?? '').filter((time) => time !== '');
  const last = ends.sort().at(-1);
  if (restarts === 0 || last === undefined) return String(restarts);
  return `${restarts} (${humanDuration(now.getTime() - Date.parse(last))} ago)`;
}

/** Computes the three cells. @param now for the time since the last restart */
export function printedPodStatus(pod: Pod, now: Date): PrintedPodStatus {
  const statuses = pod.status?.containerStatuses ?? [];
  const init = initializing(pod);
  const initDone = init === undefined || conditionTrue(pod, 'Initialized');
  const phase = pod.status?.phase ?? '';
  let status = pod.status?.reason || phase;
  if (pod.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')) {
    status = 'SchedulingGated';
  }
  status = initDone ? containersReason(pod, statuses, status) : init;
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (pod.status?.reason === 'NodeLost') status = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') status = 'Terminating';
  }
  const ready = initDone ? statuses.filter((one) => one.ready && one.state?.running).length : 0;
  return {
    ready: `${ready}/${pod.spec?.containers.length ?? 0}`,
    status,
    restarts: restartsText(initDone ? statuses : (pod.status?.initContainerStatuses ?? []), now),
  };
}
