/** Steps that have to succeed for the work to go on. */
import { ExecTimeoutError, type ExecResult } from '../../clients/contract.ts';
import type { RunStep } from './runner.ts';
import type { GuestStep } from './steps.ts';

/** A step has failed for good: the member's set-up with it. The message is for users. */
export class StepFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StepFailed';
  }
}

/** Steps that may take longer than this are not repeated when they took too long. */
const longStepMs = 5 * 60_000;

/** @throws StepFailed where the step ended with another exit status than 0, or a long one did not end in time */
export async function demand(run: RunStep, step: GuestStep, what: string): Promise<ExecResult> {
  const result = await run(step).catch((error: unknown) => {
    if (!(error instanceof ExecTimeoutError) || step.timeoutMs <= longStepMs) throw error;
    throw new StepFailed(`${what} took longer than ${step.timeoutMs / 60_000} minutes`, { cause: error });
  });
  if (result.exitCode === 0) return result;
  const said = result.stderr.trim().split('\n').slice(-3).join(' ');
  throw new StepFailed(`${what} failed with exit status ${result.exitCode}${said === '' ? '' : `: ${said}`}`);
}
