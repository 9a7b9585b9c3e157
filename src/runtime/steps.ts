/** Long work that can be done in steps. */
import { pause, type Turns } from './turns.ts';

/**
 * Work in steps, as a generator: each `yield` is a place where others may have their turn.
 *
 *   function* compare(items): Steps<boolean> { for (const item of items) { if (differs(item)) return true; yield; } return false; }
 *
 *   allAtOnce(compare(items))                  without giving way
 *   await inTurn(compare(items), exchange)     waits for a turn where one is due
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of the work now. @throws what it throws */
export function allAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does the work, and gives way to others between its steps. @throws what it throws, or the signal's reason */
export async function inTurn<T>(
  steps: Steps<T>,
  where: { readonly turns?: Turns; readonly signal?: AbortSignal },
): Promise<T> {
  for (;;) {
    await pause(where);
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
