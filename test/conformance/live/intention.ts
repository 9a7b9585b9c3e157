/** One intended difference, or several with the same reason. */
import type { Difference } from './compare.ts';

export interface Intended {
  /** A list of "SCENARIO: STEP", which must all have the difference, or a pattern, which at least one must match. */
  readonly steps: readonly string[] | RegExp;
  /** Fields that may differ, with everything in them: "body.message". Absent if only the status codes matter. */
  readonly fields?: readonly (string | RegExp)[];
  /** The status codes of kube-apiserver and of our server. The bodies then differ, too. */
  readonly codes?: readonly [number, number];
  /** Limits the entry to one way of calling our server. */
  readonly way?: Difference['way'];
  /** Expected values of kube-apiserver in some different fields of the same answer. */
  readonly kubernetes?: Readonly<Record<string, unknown>>;
  /** Expected values of our server in such fields. */
  readonly ours?: Readonly<Record<string, unknown>>;
  /** The reason: who benefits from the difference, or which rule requires it. */
  readonly why: string;
}

/** The names of steps of a scenario. */
export const of = (scenario: string, ...steps: readonly string[]): string[] =>
  steps.map((step) => `${scenario}: ${step}`);
