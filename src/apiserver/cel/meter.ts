/** Bounds the cost of evaluations as kube-apiserver does, and their time. Source: k8s.io/apiserver/pkg/apis/cel */
import { CelInterrupt } from './errors.ts';

/** One expression, in kube-apiserver's units: about 0.1 s there. */
const perCallLimit = 1_000_000;
/** Steps between two looks at the clock. */
const lookEvery = 256;

/** An expression took more time than there was. */
export class TimeSpentError extends CelInterrupt {
  override readonly name = 'TimeSpentError';
}

/** Measures one evaluation. */
export class Meter {
  /** So far. */
  cost = 0;
  #steps = 0;
  readonly #isLate: () => boolean;
  readonly #late: () => Error;

  /** @param isLate whether the time is over. @param late the error for it */
  constructor(isLate: () => boolean, late: () => Error) {
    this.#isLate = isLate;
    this.#late = late;
  }

  /** @throws CelInterrupt once it is too much */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > perCallLimit) throw new CelInterrupt('operation cancelled: actual cost limit exceeded');
    if ((this.#steps += 1) % lookEvery === 0 && this.#isLate()) throw this.#late();
  }
}
