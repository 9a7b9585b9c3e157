/** Guest plans turned into work: setting a member up, refreshing its configmeta.json, telling it of others. */
import type { Advance } from './runner.ts';
import { createHealth } from './health.ts';
import { createNotify } from './notify.ts';
import { createPauses } from './pauses.ts';
import type { TaskContext } from './task-context.ts';
import { createSetup } from './setup.ts';
import { guestSteps } from './steps.ts';
import type { GuestTaskPlan, ProgressPlan, RefreshPlan } from '../plan/guest-task.ts';

export { defaultTimings, type GuestTimings } from './task-context.ts';

/** The work of a planned task, from its beginning. */
export function createAdvance(plan: GuestTaskPlan, context: TaskContext): Advance {
  switch (plan.type) {
    case 'setup':
      return createSetup(plan, context);
    case 'refresh':
      return refresh(plan, context);
    case 'notify':
      return createNotify(plan, context);
    case 'progress':
      return progress(plan, context);
    case 'health':
      return createHealth(plan, context);
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

function progress(_plan: ProgressPlan, { timings }: TaskContext): Advance {
  const againAfterMs = Math.max(timings.firstPollMs, Math.min(timings.maxPollMs, 5_000));
  return async (run) => {
    const { stdout } = await run(guestSteps.initProgress());
    return { againAfterMs, message: stdout.trim().slice(0, 200) };
  };
}
