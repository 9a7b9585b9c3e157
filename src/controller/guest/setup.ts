/**
 * Setting a member up (domain: "Setting a member up"): the container does it by itself once it has been told to; here it
 * is begun and asked about. Begun again, by a new controller or after trouble on the way, it goes on from where it is.
 */
import { ExecRefusedError, type ExecResult } from '../../clients/contract.ts';
import { createPauses } from './pauses.ts';
import type { Advance, Progress, RunStep } from './runner.ts';
import { formatData, parseSetupState, type DataVersion, type MovedRun } from '../../guest/answers.ts';
import { configureStdoutFile } from '../../guest/files.ts';
import { configureOption } from '../../guest/startscript.ts';
import { guestSteps, type GuestStep } from './steps.ts';
import { forMinutes, isTimeout, longMs, type TaskContext } from './task-context.ts';
import type { SetupPlan } from '../plan/guest-task.ts';

/** So often a command that was killed, or that the container runtime could not start, is tried again: for half a minute. */
const maxSetbacks = 6;
/** Begins the set-up of a member, then asks how it goes until it ends. */
export function createSetup(plan: SetupPlan, context: TaskContext): Advance {
  const begin = beginStep(plan, context);
  const ask = guestSteps.setupStatus(plan.containerID, plan.tailBytes);
  const pause = createPauses(context.timings);
  const rest = createPauses({ ...context.timings, firstPollMs: context.timings.firstPollMs * 8 });
  let begun = false;
  let setbacks = 0;

  function setBack(why: string): Progress {
    setbacks += 1;
    begun = false;
    return setbacks >= maxSetbacks ? failed(why) : { againAfterMs: rest(), message: why, failed: true };
  }

  return async (run) => {
    const answer = await attempt(run, begun ? ask : begin);
    if (typeof answer === 'string') return setBack(answer);
    if (answer.exitCode >= 128) return setBack(`a step of the set-up was killed (exit status ${answer.exitCode})`);
    if (answer.exitCode !== 0)
      return failed(`setting up failed with exit status ${answer.exitCode}: ${answer.stderr.trim()}`);
    const state = parseState(answer.stdout, plan.containerID);
    const end = outcome(context, state);
    if (end !== undefined) return end;
    if (!state.alive && state.stage !== '') return setBack(`the set-up was killed during the stage ${state.stage}`);
    begun = state.alive;
    return { againAfterMs: pause(), ...(state.seconds * 1000 >= longMs ? { message: busy(plan, state) } : {}) };
  };
}

function beginStep(plan: SetupPlan, { document, guestTools, timings }: TaskContext): GuestStep {
  const { containerID, tailBytes, layout, systemd, configure, packageURL, injections, data, version, upgrade } = plan;
  const { anew = false } = plan;
  const limit = Math.ceil(timings.configureLimitMs / 1000);
  return guestSteps.setup({
    data: formatData(data),
    configureLimit: configure ? limit : undefined,
    ...{ version, upgrade, upgradeLimit: limit, anew },
    ...{ containerID, tailBytes, layout, systemd, packageURL, injections, document, guestTools },
  });
}

/** The step's result, or why the container can't run it: what its image lacks stays so. */
function attempt(run: RunStep, step: GuestStep): Promise<ExecResult | string> {
  return run(step).catch((error: unknown) => {
    if (!(error instanceof ExecRefusedError)) throw error;
    return `the container can't run /bin/bash: setting a member up needs bash, coreutils, curl and tar in its image (${error.reason})`;
  });
}

interface State {
  readonly alive: boolean;
  readonly stage: string;
  readonly seconds: number;
  /** Of this container's run of the startscript; undefined while it runs, or none has begun. */
  readonly exitCode: number | undefined;
  readonly hasBegunConfigure: boolean;
  readonly hasConfigcli: boolean;
  readonly moved?: MovedRun | undefined;
  /** Of the configmeta.json that the set-up wrote, which may have been begun with an earlier plan. */
  readonly data: DataVersion;
  readonly error: string;
  readonly output: readonly [stdout: string, stderr: string];
}

function parseState(text: string, containerID: string): State {
  const { configure, stdout, stderr, ...state } = parseSetupState(text);
  const isOwn = configure?.containerID === containerID;
  return {
    ...state,
    exitCode: isOwn ? configure.exitCode : undefined,
    hasBegunConfigure: isOwn,
    output: [stdout, stderr],
  };
}

/** Undefined while it goes on. */
function outcome({ guestTools, timings }: TaskContext, state: State): Progress | undefined {
  const { exitCode, stage, output, data, moved } = state;
  const option = optionOf(state);
  const configcliMissing = !state.hasConfigcli && guestTools === undefined;
  const done = (configured: boolean): Progress => ({
    done: { ok: true, data, configured, ...(configcliMissing ? { configcliMissing } : {}), ...(moved && { moved }) },
  });
  if (exitCode === 0) return done(moved === undefined);
  if (exitCode !== undefined) {
    const isStopped = isTimeout(exitCode) && state.seconds * 1000 >= timings.configureLimitMs;
    const detail = isStopped
      ? `startscript ${option} has not ended${forMinutes(timings.configureLimitMs)}, and was stopped`
      : `startscript ${option} failed with exit status ${exitCode}${meaning(exitCode)}`;
    return failed(detail, ...output);
  }
  if (state.hasBegunConfigure) return state.alive ? undefined : failed(`startscript ${option} was killed`, ...output);
  if (stage === 'failed') return failed(state.error);
  return stage === 'ready' ? done(false) : undefined;
}

const optionOf = ({ moved }: Pick<State, 'moved'>): string => moved?.option ?? configureOption;

/** Source: bash, "Exit Status": 128 and the signal's number, of which 9 is what a kernel out of memory sends. */
const meaning = (exitCode: number): string =>
  exitCode === 137 ? ": killed, as happens when it needs more memory than the role's limit" : '';

const failed = (detail: string, stdout = '', stderr = ''): Progress => ({
  done: { ok: false, detail, stdout, stderr },
});

/** Most set-ups are over by then. */
const suspiciousSeconds = 300;
const whatIfItHangs = `; if it hangs: ${configureStdoutFile} in the container tells what it does, and deleting the pod starts it anew`;

function busy({ packageURL }: SetupPlan, { stage, seconds, moved }: State): string {
  const since = forMinutes(seconds * 1000);
  switch (stage) {
    case 'files':
      return `downloading fileInjections${since}`;
    case 'systemd':
      return `waiting for systemd in the container${since}`;
    case 'package':
      return `fetching ${packageURL}${since}`;
    case 'configure':
      return `running startscript ${optionOf({ moved })}${since}${seconds < suspiciousSeconds ? '' : whatIfItHangs}`;
    default:
      return `writing files${since}`;
  }
}
