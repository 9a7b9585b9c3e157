/**
 * What a kubelet does with a pod, step by step. Pure functions: from the current pod they compute the next status or
 * the next wait. All state is in the status (and one annotation for restarts), so a restarted program continues from
 * there.
 */
import type { Container, ContainerStatus, Pod, PodStatus } from '../../apis/kubernetes/types.ts';
import { isMissingImage, missingImageOf } from '../missing.ts';
import { withCondition } from './status.ts';

/** The addresses that the status of a pod shows. */
export interface Identity {
  readonly podIP: string;
  readonly hostIP: string;
}

/** An event that the kubelet records about a pod. */
export interface PodEvent {
  /** Normal if absent. */
  readonly type?: 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What the kubelet does next with a pod. */
export type KubeletStep =
  /** Writes this status, and then records the events. */
  | { readonly do: 'show'; readonly status: PodStatus; readonly events: readonly PodEvent[] }
  /** Waits for the delay of this stage, then continues with the step that `done()` returns. */
  | {
      readonly do: 'wait';
      readonly stage: string;
      readonly delay: 'initContainer' | 'containerStart';
      readonly done: () => KubeletStep;
    }
  | { readonly do: 'nothing' };

/** The source of new values: the time (RFC 3339), and `hex`, which makes so many random hexadecimal digits. */
export interface KubeletSource {
  readonly time: string;
  readonly hex: (digits: number) => string;
}

const waitingFor = (reason: string): ContainerStatus['state'] => ({ waiting: { reason } });

function waitingStatus(container: Container, reason: string): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    lastState: {},
    ready: false,
    restartCount: 0,
    started: false,
    state: waitingFor(reason) ?? {},
  };
}

const imageName = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

function startedStatus(old: ContainerStatus, source: KubeletSource, ready: boolean): ContainerStatus {
  return {
    ...old,
    containerID: `containerd://${source.hex(64)}`,
    imageID: old.imageID || `${imageName(old.image)}@sha256:${source.hex(64)}`,
    ready,
    started: true,
    state: { running: { startedAt: source.time } },
  };
}

function endedStatus(old: ContainerStatus, source: KubeletSource, exitCode: number): ContainerStatus {
  return {
    ...old,
    ready: exitCode === 0,
    started: false,
    state: {
      terminated: {
        containerID: old.containerID ?? '',
        exitCode,
        finishedAt: source.time,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        startedAt: old.state?.running?.startedAt ?? source.time,
      },
    },
  };
}

const startEvents = (container: Container): PodEvent[] => [
  { reason: 'Pulled', message: `Container image "${container.image ?? ''}" already present on machine` },
  { reason: 'Created', message: `Container created` },
  { reason: 'Started', message: `Container started` },
];

function conditions(
  status: PodStatus,
  source: KubeletSource,
  initialized: boolean,
  ready: boolean,
  containers: readonly Container[],
): PodStatus {
  const names = containers.map((one) => one.name).join(' ');
  const notReady = {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${names}]`,
  };
  const readiness = ready ? { status: 'True' } : notReady;
  const initCondition = initialized ? { status: 'True' } : { status: 'False', reason: 'ContainersNotInitialized' };
  return [
    { type: 'PodReadyToStartContainers', status: 'True' },
    { type: 'Initialized', ...initCondition },
    { type: 'Ready', ...readiness },
    { type: 'ContainersReady', ...readiness },
    { type: 'PodScheduled', status: 'True' },
  ].reduce((shown, condition) => withCondition(shown, condition, source.time), status);
}

/** The first step: the status lists all containers, and the first init container (if any) starts. */
function admit(pod: Pod, identity: Identity, source: KubeletSource): KubeletStep {
  const containers = pod.spec?.containers ?? [];
  const inits = pod.spec?.initContainers ?? [];
  const initStatuses = inits.map((one, index) => {
    const waiting = waitingStatus(one, 'PodInitializing');
    return index === 0 && !isMissingImage(one.image ?? '') ? startedStatus(waiting, source, false) : waiting;
  });
  const status: PodStatus = {
    ...pod.status,
    phase: 'Pending',
    hostIP: identity.hostIP,
    hostIPs: [{ ip: identity.hostIP }],
    ...(inits.length > 0 ? { podIP: identity.podIP, podIPs: [{ ip: identity.podIP }] } : {}),
    startTime: source.time,
    ...(inits.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: containers.map((one) =>
      waitingStatus(one, inits.length > 0 ? 'PodInitializing' : 'ContainerCreating'),
    ),
  };
  const first = inits.find((one, index) => index === 0 && !isMissingImage(one.image ?? ''));
  return {
    do: 'show',
    status: conditions(status, source, inits.length === 0, false, containers),
    events: first ? startEvents(first) : [],
  };
}

/** One init container ends, and the next one starts. */
function advanceInit(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  index: number,
  source: KubeletSource,
): KubeletStep {
  const initContainerStatuses = statuses.map((one, at) => {
    if (at === index) return endedStatus(one, source, 0);
    return at === index + 1 ? startedStatus(one, source, false) : one;
  });
  const last = index === statuses.length - 1;
  const status = conditions({ ...pod.status, initContainerStatuses }, source, last, false, pod.spec?.containers ?? []);
  const next = pod.spec?.initContainers?.[index + 1];
  return { do: 'show', status, events: next ? startEvents(next) : [] };
}

function run(pod: Pod, identity: Identity, source: KubeletSource): KubeletStep {
  const containers = pod.spec?.containers ?? [];
  const containerStatuses = (pod.status?.containerStatuses ?? []).map((one) => {
    const image = containers.find(({ name }) => name === one.name)?.image ?? one.image;
    return startedStatus({ ...one, image }, source, true);
  });
  const status: PodStatus = {
    ...pod.status,
    phase: 'Running',
    podIP: identity.podIP,
    podIPs: [{ ip: identity.podIP }],
    containerStatuses,
  };
  return {
    do: 'show',
    status: conditions(status, source, true, true, containers),
    events: containers.flatMap(startEvents),
  };
}

/** Starts an init container that waited for its image. */
function startInit(pod: Pod, statuses: readonly ContainerStatus[], index: number, source: KubeletSource): KubeletStep {
  const container = pod.spec?.initContainers?.[index];
  const initContainerStatuses = statuses.map((one, at) =>
    at === index ? startedStatus({ ...one, image: container?.image ?? one.image }, source, false) : one,
  );
  const status = conditions({ ...pod.status, initContainerStatuses }, source, false, false, pod.spec?.containers ?? []);
  return { do: 'show', status, events: container ? startEvents(container) : [] };
}

/** Shows ErrImagePull first, then ImagePullBackOff until somebody gives the container another image. */
function pullAgain(
  pod: Pod,
  { name, image: own = '' }: Container,
  image: string,
  source: () => KubeletSource,
): KubeletStep {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const reason = all.find((one) => one.name === name)?.state?.waiting?.reason;
  if (reason === 'ImagePullBackOff') return { do: 'nothing' };
  const failure = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  const show = (
    shown: 'ErrImagePull' | 'ImagePullBackOff',
    message: string,
    events: readonly PodEvent[],
  ): KubeletStep => {
    const waits = (statuses: readonly ContainerStatus[] | undefined) =>
      statuses?.map((one) =>
        one.name === name ? { ...one, image: own, state: { waiting: { reason: shown, message } } } : one,
      );
    const { initContainerStatuses, containerStatuses, ...rest } = pod.status ?? {};
    const [inits, containers] = [waits(initContainerStatuses), waits(containerStatuses)];
    const status = {
      ...rest,
      ...(inits && { initContainerStatuses: inits }),
      ...(containers && { containerStatuses: containers }),
    };
    const isInitialized = (inits ?? []).every((one) => one.state?.terminated?.exitCode === 0);
    return {
      do: 'show',
      status: conditions(status, source(), isInitialized, false, pod.spec?.containers ?? []),
      events,
    };
  };
  if (reason === 'ErrImagePull') {
    const backOff = `Back-off pulling image "${image}"`;
    const done = (): KubeletStep =>
      show('ImagePullBackOff', `${backOff}: ErrImagePull: ${failure}`, [
        { reason: 'BackOff', message: backOff },
        { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' },
      ]);
    return { do: 'wait', stage: `back-off ${name} ${image}`, delay: 'containerStart', done };
  }
  const done = (): KubeletStep =>
    show('ErrImagePull', failure, [
      { reason: 'Pulling', message: `Pulling image "${image}"` },
      { type: 'Warning', reason: 'Failed', message: `Failed to pull image "${image}": ${failure}` },
      { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' },
    ]);
  return { do: 'wait', stage: `pull ${name} ${image}`, delay: 'containerStart', done };
}

/** The next step for a pod that has a node and is not being deleted. */
export function nextStep(pod: Pod, identity: Identity, source: () => KubeletSource): KubeletStep {
  const { status } = pod;
  if (status?.startTime === undefined) return admit(pod, identity, source());
  const inits = status.initContainerStatuses ?? [];
  const current = inits.findIndex((one) => one.state?.terminated?.exitCode !== 0);
  const pulled = current >= 0 ? pod.spec?.initContainers?.slice(current, current + 1) : pod.spec?.containers;
  const lacks = (one: Container): string | undefined => missingImageOf(one, pod.spec?.volumes);
  const missing = status.phase === 'Pending' ? pulled?.find((one) => lacks(one) !== undefined) : undefined;
  if (missing) return pullAgain(pod, missing, lacks(missing) ?? '', source);
  if (current >= 0 && inits[current]?.state?.running === undefined) return startInit(pod, inits, current, source());
  if (current >= 0) {
    return {
      do: 'wait',
      stage: `init ${current}`,
      delay: 'initContainer',
      done: () => advanceInit(pod, inits, current, source()),
    };
  }
  if (status.phase === 'Pending') {
    return { do: 'wait', stage: 'start', delay: 'containerStart', done: () => run(pod, identity, source()) };
  }
  return { do: 'nothing' };
}

/** The pod's status after all its containers crashed and were started again. */
export function restarted(pod: Pod, source: KubeletSource): PodStatus {
  const containerStatuses = (pod.status?.containerStatuses ?? []).map((old) => {
    const ended = endedStatus(old, source, 137);
    return { ...startedStatus(old, source, true), restartCount: old.restartCount + 1, lastState: ended.state ?? {} };
  });
  return conditions({ ...pod.status, containerStatuses }, source, true, true, pod.spec?.containers ?? []);
}
