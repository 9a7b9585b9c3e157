/** Asking a member again and again whether it works (`startscript --healthcheck`), as long as somebody wants to know. */
import { parseHealthAnswer } from '../../guest/answers.ts';
import { healthcheckOption } from '../../guest/startscript.ts';
import type { HealthPlan } from '../plan/guest-task.ts';
import { createPauses } from './pauses.ts';
import type { Advance } from './runner.ts';
import { guestSteps } from './steps.ts';
import { isTimeout, type TaskContext } from './task-context.ts';

/**
 * A member whose checks fail while it begins is not said to be ill before it had some time: what its startscript has begun may
 * not answer at once. Until then it is asked more often.
 */
export function createHealth(plan: HealthPlan, { timings, clock }: TaskContext): Advance {
  const { healthPeriodMs, healthLimitMs, healthStartMs } = timings;
  const limitSeconds = Math.ceil(healthLimitMs / 1000);
  const begun = clock.monotonic();
  const soon = createPauses({ firstPollMs: timings.firstPollMs * 4, maxPollMs: healthPeriodMs });
  let isStarting = !plan.wasHealthy;

  return async (run) => {
    const { exitCode, stdout, stderr } = await run(guestSteps.health(limitSeconds));
    const answer = exitCode === 0 ? parseHealthAnswer(stdout) : { exitCode, stderr };
    if (answer.exitCode === 0) {
      isStarting = false;
      return { againAfterMs: healthPeriodMs, health: { ok: true, words: '' } };
    }
    isStarting &&= clock.monotonic() - begun < healthStartMs;
    if (isStarting) return { againAfterMs: soon() };
    return { againAfterMs: healthPeriodMs, health: { ok: false, words: told(answer, limitSeconds) } };
  };
}

function told(answer: { readonly exitCode: number; readonly stderr: string }, limitSeconds: number): string {
  const why = isTimeout(answer.exitCode)
    ? `did not end within ${limitSeconds} s, and was stopped`
    : `exit status ${answer.exitCode}`;
  const words = answer.stderr.trim();
  return `startscript ${healthcheckOption}: ${why}${words === '' ? '' : ` (${words})`}`;
}
