/** Asking a member again and again whether it works (`startscript --healthcheck`), as long as somebody wants to know. */
import { parseHealthAnswer } from '../../guest/answers.ts';
import { healthcheckOption } from '../../guest/startscript.ts';
import type { HealthPlan } from '../plan/guest-task.ts';
import { createPauses } from './pauses.ts';
import type { Advance } from './runner.ts';
import { guestSteps } from './steps.ts';
import { isTimeout, type GuestTimings, type TaskContext } from './task-context.ts';

/**
 * A member whose checks fail while it begins is not said to be ill before it had some time: what its startscript has begun may
 * not answer at once. Until then it is asked more often.
 */
export function createHealth(plan: HealthPlan, { timings, clock }: TaskContext): Advance {
  const { periodMs, limitSeconds, failureThreshold } = settingsOf(plan, timings);
  const begun = clock.monotonic();
  const soon = createPauses({ firstPollMs: Math.min(timings.firstPollMs * 4, periodMs), maxPollMs: periodMs });
  let isStarting = !plan.wasHealthy;
  let failures = 0;

  return async (run) => {
    const { exitCode, stdout, stderr } = await run(guestSteps.health(limitSeconds));
    const answer = exitCode === 0 ? parseHealthAnswer(stdout) : { exitCode, stderr };
    if (answer.exitCode === 0) {
      isStarting = false;
      failures = 0;
      return { againAfterMs: periodMs, health: { ok: true, words: '' } };
    }
    failures += 1;
    isStarting &&= clock.monotonic() - begun < timings.healthStartMs;
    if (isStarting) return { againAfterMs: soon() };
    if (failures < failureThreshold) return { againAfterMs: periodMs };
    return { againAfterMs: periodMs, health: { ok: false, words: told(answer, limitSeconds) } };
  };
}

function settingsOf({ check }: HealthPlan, { healthPeriodMs, healthLimitMs }: GuestTimings) {
  const { periodSeconds, timeoutSeconds = Math.ceil(healthLimitMs / 1000), failureThreshold = 1 } = check;
  const periodMs = periodSeconds === undefined ? healthPeriodMs : periodSeconds * 1000;
  return { periodMs, limitSeconds: timeoutSeconds, failureThreshold };
}

function told(answer: { readonly exitCode: number; readonly stderr: string }, limitSeconds: number): string {
  const why = isTimeout(answer.exitCode)
    ? `did not end within ${limitSeconds} s, and was stopped`
    : `exit status ${answer.exitCode}`;
  const words = answer.stderr.trim();
  return `startscript ${healthcheckOption}: ${why}${words === '' ? '' : ` (${words})`}`;
}
