/** A difference that is intended, or several with the same reason. */
import type { Difference } from './compare.ts';

export interface Intended {
  /** "SCENARIO: STEP", each of which must show it; or a pattern, which one at least must. */
  readonly steps: readonly string[] | RegExp;
  /** Fields that may differ, with all that is in them: "body.message". Absent where the codes say it all. */
  readonly fields?: readonly (string | RegExp)[];
  /** The status codes: that of kube-apiserver, and ours. The bodies then differ, too. */
  readonly codes?: readonly [number, number];
  /** Only when asked this way. */
  readonly way?: Difference['way'];
  /** What kube-apiserver says in some fields of the same answer that differ. */
  readonly kubernetes?: Readonly<Record<string, unknown>>;
  /** The same of ours. */
  readonly ours?: Readonly<Record<string, unknown>>;
  /** What is better for whom, or whose rule it is. */
  readonly why: string;
}
