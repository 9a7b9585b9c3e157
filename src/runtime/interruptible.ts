/** Synchronous work with an end: for what somebody else wrote, which may go on for as long as it likes. */
import { createContext, Script } from 'node:vm';

/** It was broken off. */
export class TimeExceededError extends Error {
  constructor(milliseconds: number, options?: ErrorOptions) {
    super(`took longer than ${milliseconds} ms`, options);
    this.name = 'TimeExceededError';
  }
}

/**
 * What the work returns, or throws. Where it is broken off, it is so wherever it happens to be, without any `catch` or
 * `finally` of its own: nothing that it was changing may be used again.
 * @throws TimeExceededError
 */
export type Interruptible = <T>(milliseconds: number, work: () => T) => T;

/** Not for work that does the same within. */
export function createInterruptible(): Interruptible {
  const context: { work?: () => unknown } = {};
  createContext(context);
  const script = new Script('work()');
  return <T>(milliseconds: number, work: () => T): T => {
    const timeout = Math.max(1, Math.ceil(milliseconds));
    context.work = work;
    try {
      return script.runInContext(context, { timeout }) as T;
    } catch (cause) {
      throw isTimeout(cause) ? new TimeExceededError(timeout, { cause }) : cause;
    } finally {
      delete context.work;
    }
  };
}

/** Made in the script's context, it is no Error of this one. */
function isTimeout(cause: unknown): boolean {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
