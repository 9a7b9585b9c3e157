/** Why a pod does not run, as far as its own status says. */
import { packageImageOf } from '../../../apis/kubedirector/package-image.ts';
import type { ContainerStatus, Pod } from '../../../apis/kubernetes/types.ts';
import type { ResolvedRole } from '../roles.ts';

/** Why a member does not run. */
export interface Problem {
  /** As conditions have it: one word, Kubernetes' own where there is one. */
  readonly reason: string;
  /** For users: what is wrong and what to do, without the pod's name. */
  readonly message: string;
}

/** What the words are made from besides the pod. */
interface ProblemContext {
  readonly role: ResolvedRole | undefined;
  /** A container that runs counts as well, whatever became of the ones before it. */
  readonly isSetUp: boolean;
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** On the way, with nothing wrong so far. */
const ordinary = new Set(['ContainerCreating', 'PodInitializing']);
/** The kubelet goes to and fro between these. */
const pulling = new Set(['ErrImagePull', 'ImagePullBackOff']);
const hookReason = 'PostStartHookError';
const withImage = new Set([...pulling, 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError']);

/** The kubelet's own words hold the whole script, and not what it failed of. */
export const postStartProblem: Problem = {
  reason: hookReason,
  message: 'the container was stopped because its postStart hook failed: its image needs /bin/bash and coreutils',
};

/** Undefined where status has nothing to complain of, which may be because nobody has looked at the pod yet. */
export function podProblem(pod: Pod | undefined, context: ProblemContext): Problem | undefined {
  if (pod?.status === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
  const { phase, reason = '', message = '', initContainerStatuses = [], containerStatuses = [] } = pod.status;
  if (phase === 'Failed' && reason !== '') return { reason, message: `the pod has failed: ${message}` };
  for (const status of [...initContainerStatuses, ...containerStatuses]) {
    const problem = containerProblem(status, context);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** True where a container was killed, and its status does not say by whom. */
export function wasKilled(pod: Pod | undefined): boolean {
  const ends = (pod?.status?.containerStatuses ?? []).map(lastEnd);
  return ends.some((end) => end !== undefined && isKill(end));
}

const isKill = ({ reason, exitCode }: Terminated): boolean => reason !== outOfMemory && killedCodes.has(exitCode);

/** SIGKILL and SIGTERM. */
const killedCodes = new Set([137, 143]);
const outOfMemory = 'OOMKilled';

function containerProblem(status: ContainerStatus, context: ProblemContext): Problem | undefined {
  const { name, image, state = {}, restartCount } = status;
  const { running, waiting, terminated } = state;
  const { reason = '', message = '' } = waiting ?? {};
  const end = lastEnd(status);
  if (waiting !== undefined && reason === 'CrashLoopBackOff') return endProblem(name, end, reason, context);
  if (waiting !== undefined && reason === hookReason) {
    return end === undefined || isKill(end) ? postStartProblem : endProblem(name, end, 'CrashLoopBackOff', context);
  }
  if (waiting !== undefined && reason !== '' && !ordinary.has(reason)) {
    return withImage.has(reason) ? imageProblem(image, reason, message, context) : startProblem(name, reason, message);
  }
  if (end === undefined || (end.exitCode === 0 && name !== 'app')) return undefined;
  if (terminated !== undefined)
    return endProblem(name, end, restartCount > 0 ? 'CrashLoopBackOff' : 'ContainerEnded', context);
  // Between two ends: what is wrong stays so until the member has been set up.
  const isLoop = restartCount > 1 || end.reason === outOfMemory;
  if (running !== undefined && !context.isSetUp && isLoop) return endProblem(name, end, 'CrashLoopBackOff', context);
  return undefined;
}

function lastEnd({ state, lastState }: ContainerStatus): Terminated | undefined {
  return state?.terminated ?? lastState?.terminated;
}

function imageProblem(own: string, reason: string, message: string, { role }: ProblemContext): Problem {
  // The message of a back-off holds that of the failure.
  const cause = message.replace(/^Back-off pulling image "[^"]*"(: )?/, '').replace(/^ErrImagePull: /, '');
  // A container also waits for the images that it mounts. Only the message tells which one it is.
  const packaged = packageImageOf(role?.configPackage?.packageURL ?? '');
  const isPackage = packaged !== undefined && packaged !== own && message.includes(packaged);
  const image = isPackage ? `of the package, ${packaged},` : own;
  const field = isPackage ? "packageURL of the app's configPackage" : "the role's imageRepoTag";
  const advice = `is ${field} right, and may the nodes pull it?`;
  return {
    reason: pulling.has(reason) ? 'ImagePullBackOff' : reason,
    message: `the image ${image} can't be had${cause === '' ? '' : `: ${cause}`} (${advice})`,
  };
}

function startProblem(container: string, reason: string, message: string): Problem {
  return { reason, message: `the container ${container} can't be started${message === '' ? '' : `: ${message}`}` };
}

function endProblem(name: string, end: Terminated | undefined, reason: string, { role }: ProblemContext): Problem {
  if (end?.reason === outOfMemory) {
    const { memory } = role?.spec.resources.limits ?? {};
    const limit = memory === undefined ? '' : `; the role's resources.limits.memory is ${memory}`;
    return {
      reason: outOfMemory,
      message: `the container ${name} was killed because it needed more memory than it may have${limit}: the role needs more`,
    };
  }
  if (end === undefined) return { reason, message: `the container ${name} ends again and again` };
  const { exitCode, message = '' } = end;
  // Its runtime could not start it.
  if (end.reason === 'StartError' || end.reason === 'ContainerCannotRun')
    return startProblem(name, 'RunContainerError', message);
  const said = message.trim() === '' ? '' : `: ${message.trim()}`;
  return {
    reason,
    message: `the container ${name} ended with exit status ${exitCode}${said} (kubectl logs --previous shows what it said)`,
  };
}
