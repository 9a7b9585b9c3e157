/** Work inside one container, as a plan asks for it and as the runner reports on it. */
import type { AppRole } from '../../apis/kubedirector/types.ts';
import { formatData, type DataVersion, type MovedRun } from '../../guest/answers.ts';
import type { FileInjectionStep, Layout, SetupUpgrade } from '../../guest/steps.ts';

/** Set a new member up, or again after its container has changed. */
export interface SetupPlan {
  readonly type: 'setup';
  readonly containerID: string;
  readonly layout: Layout;
  readonly injections: readonly FileInjectionStep[];
  readonly systemd: boolean;
  readonly packageURL: string;
  /** False: the role's eventList leaves configure out. */
  readonly configure: boolean;
  /** Whether what an earlier member has left on the volume counts for nothing: its data stay, its set-up is done anew. */
  readonly anew?: boolean;
  readonly tailBytes: number;
  /** Tells what the container takes from the app from what others take. */
  readonly version: string;
  /** Undefined where the member goes on with the package that it may have. */
  readonly upgrade: SetupUpgrade | undefined;
  readonly data: DataVersion;
}

/** Write configmeta.json anew. */
export interface RefreshPlan {
  readonly type: 'refresh';
  readonly containerID: string;
  readonly layout: Layout;
  readonly data: DataVersion;
}

/** Call the startscript about other members or changed connections. */
export interface NotifyPlan {
  readonly type: 'notify';
  readonly containerID: string;
  /** Tells this delivery from an earlier one with equal arguments. */
  readonly id: string;
  readonly args: readonly string[];
  /** How long one run may take, in milliseconds; absent: as long as any. */
  readonly limitMs?: number;
  /**
   * When it was tried first, in milliseconds since the epoch: it is tried again until it succeeds or is given up. Absent:
   * it is tried once.
   */
  readonly retriedSince?: number;
}

/** Watches the init container copy. Reports progress, never a result. */
export interface ProgressPlan {
  readonly type: 'progress';
  readonly containerID: string;
}

/** Ask the startscript again and again whether the member works. Reports a verdict, never a result. */
export interface HealthPlan {
  readonly type: 'health';
  readonly containerID: string;
  /** Whether the last check of this container succeeded, as far as is known. */
  readonly wasHealthy: boolean;
  /** How often, as the app's role says it; what it leaves out is the controller's to choose. */
  readonly check: HealthCheck;
}

/** Of an app's role. */
export type HealthCheck = NonNullable<AppRole['healthcheck']>;

/** What a plan may ask for inside one container. */
export type GuestTaskPlan = SetupPlan | RefreshPlan | NotifyPlan | ProgressPlan | HealthPlan;

/** Two plans with the same id are the same work: the later one does not begin it anew. */
export function taskID(task: Exclude<GuestTaskPlan, SetupPlan> | Pick<SetupPlan, 'type' | 'containerID'>): string {
  switch (task.type) {
    case 'setup':
      return `setup:${task.containerID}`;
    case 'refresh':
      return `refresh:${task.containerID}:${formatData(task.data)}`;
    case 'notify':
      return `notify:${task.containerID}:${task.id}`;
    case 'progress':
      return `progress:${task.containerID}`;
    case 'health':
      return `health:${task.containerID}:${formatCheck(task.check)}`;
  }
}

/** A check that is to be made more often, or less, begins anew. */
const formatCheck = ({ periodSeconds, timeoutSeconds, failureThreshold }: HealthCheck): string =>
  [periodSeconds, timeoutSeconds, failureThreshold].join();

/** How a task has ended. */
export type GuestResult =
  | {
      readonly ok: true;
      readonly data?: DataVersion;
      /** The configure run happened in this container, so that nothing queued before it needs telling. */
      readonly configured?: boolean;
      readonly configcliMissing?: boolean;
      /** The run about an upgrade that there was in the place of configure. */
      readonly moved?: MovedRun;
    }
  | { readonly ok: false; readonly detail: string; readonly stdout: string; readonly stderr: string };

/** What a plan sees of the task in a pod. */
export interface GuestReport {
  readonly taskID: string;
  /** Absent while the work goes on. */
  readonly result?: GuestResult;
  /** How often it has failed and been tried again so far. */
  readonly failures: number;
  /** What it says of itself meanwhile. */
  readonly message: string;
  /** What the last check has found; absent for other tasks, and before there is anything to be told. */
  readonly health?: HealthVerdict;
}

/** Whether a member works. */
export interface HealthVerdict {
  readonly ok: boolean;
  /** What is wrong; '' where nothing is. */
  readonly words: string;
}
