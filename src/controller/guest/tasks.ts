/** Guest plans turned into work: setting a member up, refreshing its configmeta.json, telling it of others. */
import type { Advance } from './runner.ts';
import { createPauses } from './pauses.ts';
import { forMinutes, isTimeout, longMs, type TaskContext } from './task-context.ts';
import { createSetup } from './setup.ts';
import { decodeTail, guestSteps, parseLines } from './steps.ts';
import type { GuestTaskPlan, NotifyPlan, ProgressPlan, RefreshPlan } from './task.ts';

export { defaultTimings, type GuestTimings, type TaskContext } from './task-context.ts';

export function createAdvance(plan: GuestTaskPlan, context: TaskContext): Advance {
  switch (plan.type) {
    case 'setup':
      return createSetup(plan, context);
    case 'refresh':
      return refresh(plan, context);
    case 'notify':
      return notify(plan, context);
    case 'progress':
      return progress(plan, context);
  }
}

/** The first attempts that fail are not held against it: new members wait for this. */
const refreshAttempts = 3;

function refresh(plan: RefreshPlan, { document, timings }: TaskContext): Advance {
  const pause = createPauses(timings);
  let attempts = 0;
  return async (run) => {
    const result = await run(guestSteps.writeConfigmeta(plan.layout, document));
    if (result.exitCode === 0) return { done: { ok: true, data: plan.data } };
    attempts += 1;
    const message = `writing configmeta.json failed with exit status ${result.exitCode}: ${result.stderr.trim()}`;
    return { againAfterMs: pause(), message, failed: attempts >= refreshAttempts };
  };
}

/**
 * Tried again until it succeeds, ever more rarely. Each try is a delivery of its own. One that takes very long counts as
 * failed meanwhile: nobody waits for it.
 */
function notify(plan: NotifyPlan, { timings, clock }: TaskContext): Advance {
  let attempt = 0;
  let begun = clock.monotonic();
  let isLate = false;
  let poll = createPauses(timings);
  const script = `startscript ${plan.args[0] ?? ''}`;
  const retry = createPauses({ ...timings, firstPollMs: timings.firstPollMs * 8, maxPollMs: timings.maxPollMs * 20 });
  const limitSeconds = Math.ceil(timings.notifyLimitMs / 1000);
  return async (run) => {
    const id = `${plan.id}-${attempt}`;
    const result = await run(guestSteps.notify(plan.containerID, id, limitSeconds, plan.args));
    const lines = parseLines(result.stdout);
    const state = lines.get('notify') ?? '';
    if (result.exitCode === 0 && state === '0') return { done: { ok: true } };
    const took = clock.monotonic() - begun;
    if (result.exitCode === 0 && !/^\d+$/.test(state)) {
      const failed = took >= timings.notifyPatienceMs && !isLate;
      isLate ||= failed;
      return { againAfterMs: poll(), failed, message: took < longMs ? '' : `running ${script}${forMinutes(took)}` };
    }
    const pause = retry();
    attempt += 1;
    poll = createPauses(timings);
    isLate = false;
    begun = clock.monotonic() + pause;
    const isStopped = isTimeout(Number(state)) && took >= timings.notifyLimitMs;
    const why = isStopped ? `was stopped after ${Math.round(took / 60_000)} min` : `exit status ${state}`;
    const said = result.exitCode === 0 ? `${why}${lastWords(decodeTail(lines.get('stderr')))}` : result.stderr.trim();
    return { againAfterMs: pause, message: `${script}: ${said}`, failed: true };
  };
}

/** For the middle of a sentence. */
function lastWords(output: string): string {
  const [line = ''] = output.trim().split('\n').slice(-1);
  return line === '' ? '' : ` (${line.trim()})`;
}

function progress(_plan: ProgressPlan, { timings }: TaskContext): Advance {
  const againAfterMs = Math.max(timings.firstPollMs, Math.min(timings.maxPollMs, 5_000));
  return async (run) => {
    const { stdout } = await run(guestSteps.initProgress());
    return { againAfterMs, message: stdout.trim().slice(0, 200) };
  };
}
