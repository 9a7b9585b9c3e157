/** Running a member's startscript for a notification: once, or again and again until it succeeds or its time is over. */
import type { Advance, Progress } from './runner.ts';
import { createPauses } from './pauses.ts';
import { parseNotifyAnswer } from '../../guest/answers.ts';
import { guestSteps } from './steps.ts';
import { forMinutes, isTimeout, longMs, type TaskContext } from './task-context.ts';
import type { NotifyPlan } from '../plan/guest-task.ts';

/** Characters of what a command said last. */
const longestWords = 500;

/** What a run may have at least, however little of the command's time is left. */
const leastRunMs = 60_000;
/** A run that goes on for so much longer than it may is not to be stopped, and no longer waited for. */
const graceMs = 60_000;

/**
 * Each try is a run of its own. One that takes very long counts as failed meanwhile: nobody waits for it. It ends with
 * `ok: false` where it is not tried again: the detail says which command it was and what it said last.
 */
export function createNotify(plan: NotifyPlan, { timings, clock }: TaskContext): Advance {
  const { retriedSince } = plan;
  const script = `startscript ${plan.args[0] ?? ''}`;
  const retry = createPauses({ ...timings, firstPollMs: timings.firstPollMs * 8, maxPollMs: timings.maxPollMs * 20 });
  let attempt = createAttempt(0, clock.monotonic());
  let poll = createPauses(timings);

  /** Milliseconds of its time that are left to a command. */
  function left(): number {
    if (retriedSince === undefined) return 0;
    return Math.max(0, retriedSince + timings.notifyTimeoutMs - clock.now().getTime());
  }

  function failed(said: string): Progress {
    const message = `${script}: ${said.slice(-longestWords)}`;
    const remaining = left();
    if (remaining === 0) return { done: { ok: false, detail: message, stdout: '', stderr: '' } };
    const pause = Math.min(retry(), remaining);
    attempt = createAttempt(attempt.number + 1, clock.monotonic() + pause);
    poll = createPauses(timings);
    return { againAfterMs: pause, message, failed: true };
  }

  function running(took: number): Progress {
    if (took >= attempt.limitMs + graceMs) return failed(`has not ended${forMinutes(took)}`);
    const isLate = took >= timings.notifyPatienceMs && retriedSince !== undefined;
    const isNews = isLate && !attempt.isLate;
    attempt.isLate ||= isLate;
    return {
      againAfterMs: poll(),
      failed: isNews,
      message: took < longMs ? '' : `running ${script}${forMinutes(took)}`,
    };
  }

  function createAttempt(number: number, begun: number): Attempt {
    const longestMs = plan.limitMs ?? timings.notifyTimeoutMs;
    const limitMs = retriedSince === undefined ? longestMs : Math.max(left(), leastRunMs);
    return { number, begun, limitMs, isLate: false };
  }

  return async (run) => {
    const id = `${plan.id}-${attempt.number}`;
    const limitSeconds = Math.ceil(attempt.limitMs / 1000);
    const result = await run(guestSteps.notify(plan.containerID, id, limitSeconds, plan.args));
    if (result.exitCode !== 0) return failed(result.stderr.trim());
    const answer = parseNotifyAnswer(result.stdout);
    const took = clock.monotonic() - attempt.begun;
    if (typeof answer === 'string') return running(took);
    const { exitCode, stderr } = answer;
    if (exitCode === 0) return { done: { ok: true } };
    const isStopped = isTimeout(exitCode) && took >= attempt.limitMs;
    const why = isStopped ? `was stopped after ${Math.round(took / 60_000)} min` : `exit status ${exitCode}`;
    return failed(`${why}${lastWords(stderr)}`);
  };
}

interface Attempt {
  readonly number: number;
  /** Of the clock's monotonic time. */
  readonly begun: number;
  /** How long its run may take. */
  readonly limitMs: number;
  isLate: boolean;
}

/** For the middle of a sentence. */
function lastWords(output: string): string {
  const [line = ''] = output.trim().split('\n').slice(-1);
  return line === '' ? '' : ` (${line.trim()})`;
}
