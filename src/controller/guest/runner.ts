/**
 * Does the guest work that plans ask for: at most one task a pod, so many pods at a time, each task in small steps
 * between which it waits in a workqueue and not in a worker. What it knows is in memory only: after a restart the same
 * plans begin the same tasks, and the files in the containers say how far they had come.
 */
import type { ExecResult, ExecTarget, PodExec } from '../../clients/contract.ts';
import {
  ContainerGoneError,
  ExecRefusedError,
  ExecTimeoutError,
  ExecUnavailableError,
} from '../../clients/contract.ts';
import { supersededExit } from '../../guest/term.ts';
import { deepEqual } from '../../meta/json.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LeadershipLostError } from '../../runtime/leadership.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { noTracer, type Tracer } from '../../runtime/tracing.ts';
import { createWorkqueue, type Workqueue } from '../../runtime/workqueue.ts';
import { stepCommand, type GuestStep } from './steps.ts';
import type { GuestReport, GuestResult, HealthVerdict } from '../plan/guest-task.ts';

/** Where a task has come to: its end, or a pause. `failed` counts towards the report's failures. */
export type Progress =
  | { readonly done: GuestResult }
  | {
      readonly againAfterMs: number;
      readonly message?: string;
      readonly failed?: boolean;
      /** What is known from now on; absent: what was known before still is. */
      readonly health?: HealthVerdict;
    };

/** Runs one step in the container of a task. Rejects where no command gets into the container. */
export type RunStep = (step: GuestStep) => Promise<ExecResult>;

/** Goes on from where it was; called again until it is done. */
export type Advance = (run: RunStep) => Promise<Progress>;

/** One task in one container. */
export interface GuestWork {
  readonly taskID: string;
  readonly target: ExecTarget;
  readonly advance: Advance;
  /** Whose member the pod is ("namespace/name"). */
  readonly cluster: string;
}

/** Does guest work in the background, at most one task for each pod. */
export interface GuestRunner {
  report(pod: PodKey): GuestReport | undefined;
  /** Replaces whatever else was being done in that pod; nothing if the task has begun. */
  begin(pod: PodKey, work: GuestWork): void;
  forget(pod: PodKey): void;
  /** Ends the work for a cluster that is no more. */
  forgetCluster(cluster: string): void;
  start(signal: AbortSignal): void;
  /** Resolves once no step is running any more. */
  stop(): Promise<void>;
}

/** "namespace/name". */
export type PodKey = string;

interface GuestRunnerOptions {
  readonly exec: PodExec;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Of the leader that this process is, see src/guest/term.ts. */
  readonly term: string;
  /** A container refuses the steps of this term: a later leader has worked there. */
  readonly onSuperseded: () => void;
  /** Of its queue's metrics. */
  readonly name: string;
  /** Pods worked on at a time. */
  readonly workers: number;
  /** Called when a report has changed; `before` is what it was. */
  readonly onReport: (pod: PodKey, report: GuestReport, before: GuestReport) => void;
  /** Steps are parts of what began their work. Absent: they are not traced. */
  readonly tracer?: Tracer;
}

interface Entry {
  readonly work: GuestWork;
  readonly abort: AbortController;
  /** Does work as a part of what began this. */
  readonly inside: ReturnType<Tracer['keep']>;
  report: GuestReport;
  /** How often in a row no command got into the container. */
  outOfReach: number;
}

/** A container out of reach so often, about half a minute, counts as failed from then on: nobody waits for it. */
const patience = 6;

/** Makes a runner that does nothing before `start`. */
export function createGuestRunner(options: GuestRunnerOptions): GuestRunner {
  const { clock, metrics, random, name, tracer = noTracer } = options;
  const entries = new Map<PodKey, Entry>();
  const queue = createWorkqueue({ clock, metrics, random, name, baseDelayMs: 500, maxDelayMs: 60_000 });
  const advance = createAdvancer(options, entries, queue);
  let running: Promise<unknown> = Promise.resolve();

  async function worker(signal: AbortSignal): Promise<void> {
    for (let pod = await queue.get(signal); pod !== undefined; pod = await queue.get(signal)) {
      await advance(pod);
      queue.done(pod);
    }
  }

  function forget(pod: PodKey): void {
    entries.get(pod)?.abort.abort();
    entries.delete(pod);
    queue.forget(pod);
  }

  return {
    report: (pod) => entries.get(pod)?.report,
    begin(pod, work) {
      if (entries.get(pod)?.work.taskID === work.taskID) return;
      forget(pod);
      const report = { taskID: work.taskID, failures: 0, message: '' };
      entries.set(pod, { work, abort: new AbortController(), inside: tracer.keep(), report, outOfReach: 0 });
      queue.add(pod);
    },
    forget,
    forgetCluster(cluster) {
      for (const [pod, { work }] of entries) if (work.cluster === cluster) forget(pod);
    },
    start(signal) {
      running = Promise.all(Array.from({ length: options.workers }, () => worker(signal)));
    },
    async stop() {
      queue.shutDown();
      for (const pod of [...entries.keys()]) forget(pod);
      await running;
    },
  };
}

/** Does a pod's next step, and reports what is new. */
function createAdvancer(
  options: GuestRunnerOptions,
  entries: ReadonlyMap<PodKey, Entry>,
  queue: Workqueue,
): (pod: PodKey) => Promise<void> {
  const steps = createStepRunner(options);

  function tell(pod: PodKey, entry: Entry, news: News): void {
    const before = entry.report;
    const report = reportAfter(before, news);
    if (report === before) return;
    entry.report = report;
    options.onReport(pod, report, before);
  }

  return async (pod) => {
    const entry = entries.get(pod);
    if (entry === undefined || entry.report.result !== undefined) return;
    const progress = await steps.attempt(entry);
    if (entries.get(pod) !== entry) return;
    if (typeof progress === 'string') {
      queue.addRateLimited(pod);
      entry.outOfReach += 1;
      if (entry.outOfReach >= patience) tell(pod, entry, { message: progress, failed: true });
      return;
    }
    entry.outOfReach = 0;
    queue.forget(pod);
    if (!('done' in progress)) queue.addAfter(pod, progress.againAfterMs);
    tell(pod, entry, progress);
  };
}

type News =
  | { readonly done: GuestResult }
  | { readonly message?: string; readonly failed?: boolean; readonly health?: HealthVerdict };

/** The same report where nothing is new in it. */
function reportAfter(report: GuestReport, news: News): GuestReport {
  if ('done' in news) return { ...report, result: news.done };
  const failures = report.failures + (news.failed === true ? 1 : 0);
  const message = news.message ?? '';
  const { health = report.health } = news;
  const isSame = failures === report.failures && message === report.message && deepEqual(health, report.health);
  return isSame ? report : { ...report, failures, message, ...(health === undefined ? {} : { health }) };
}

function createStepRunner(options: GuestRunnerOptions) {
  const { exec, clock, logger, metrics, term, onSuperseded, tracer = noTracer } = options;
  const duration = metrics.histogram(
    'kubedirector_guest_step_duration_seconds',
    'Time a step inside a container took, by step and outcome.',
    ['step', 'outcome'],
    [0.05, 0.2, 1, 5, 30, 120, 600],
  );

  function traced({ work: { target }, inside }: Entry, { name }: GuestStep, run: () => Promise<ExecResult>) {
    const about = { 'k8s.namespace.name': target.namespace, 'k8s.pod.name': target.name };
    return inside(() => tracer.within(`Guest step ${name}`, about, run));
  }

  async function runStep(entry: Entry, step: GuestStep): Promise<ExecResult> {
    const { target } = entry.work;
    const began = clock.monotonic();
    let outcome = 'unavailable';
    try {
      const { timeoutMs, stdin, maxOutputBytes } = step;
      const more = {
        ...(stdin === undefined ? {} : { stdin }),
        ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
      };
      const limits = { timeoutMs, signal: entry.abort.signal, ...more };
      const result = await traced(entry, step, () => exec.exec(target, stepCommand(step, term), limits));
      outcome = result.exitCode === 0 ? 'done' : 'failed';
      if (result.exitCode === supersededExit) {
        onSuperseded();
        throw new LeadershipLostError(result.stderr.trim());
      }
      const { namespace, name } = target;
      logger.debug({ pod: name, namespace, step: step.name, exitCode: result.exitCode }, 'guest step');
      return result;
    } finally {
      duration.observe({ step: step.name, outcome }, (clock.monotonic() - began) / 1000);
    }
  }

  return {
    /** A string: what trouble there is on the way, to be tried again. */
    async attempt(entry: Entry): Promise<Progress | string> {
      try {
        return await entry.work.advance((step) => runStep(entry, step));
      } catch (error) {
        if (entry.abort.signal.aborted) return 'given up';
        const { namespace, name } = entry.work.target;
        const fields = { pod: name, namespace, task: entry.work.taskID, error };
        if (isPassing(error)) logger.debug(fields, 'guest work is tried again');
        else logger.error(fields, 'guest work failed unexpectedly; it is tried again');
        return withCause(error);
      }
    },
  };
}

/** Trouble on the way to the container, or the container gone: the next plan or the next try will tell. */
function isPassing(error: unknown): boolean {
  return [ContainerGoneError, ExecRefusedError, ExecTimeoutError, ExecUnavailableError, LeadershipLostError].some(
    (passing) => error instanceof passing,
  );
}

function withCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
