/** A bound to the work of one patch: some patches cost the product of their size and the object's. */
import { requestEntityTooLarge } from '../../meta/status.ts';

/** Steps of one application of a patch, 0.1 to 0.5 microseconds each; a list of 20,000 Service ports, all changed, takes half. */
const maxSteps = 300_000;

/** The steps that a patch may still take. */
export interface Work {
  /** @throws StatusError 413 once there were too many steps */
  charge(steps: number): void;
}

/** For one application of one patch. A step is a field or item looked at or copied. */
export function createWork(): Work {
  let left = maxSteps;
  return {
    charge(steps) {
      left -= steps;
      if (left < 0) throw requestEntityTooLarge('applying the patch takes too many steps; split it into several');
    },
  };
}
