/** Runs synchronous work under a time limit: for expressions that users wrote and that may run for ever. */
import { createContext, Script } from 'node:vm';

/** The work was stopped because its time was over. */
export class TimeExceededError extends Error {
  constructor(milliseconds: number, options?: ErrorOptions) {
    super(`took longer than ${milliseconds} ms`, options);
    this.name = 'TimeExceededError';
  }
}

/**
 * Returns or throws what the work does. Work that takes longer is stopped wherever it is, and its own `catch` and
 * `finally` blocks do not run: objects that it was changing must not be used again.
 * @throws TimeExceededError
 */
export type Interruptible = <T>(milliseconds: number, work: () => T) => T;

/** The work must not call the same function again. */
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
