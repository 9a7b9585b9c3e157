/** What evaluating admission policies needs. */
import type { Authorizer } from '../../../auth/contract.ts';
import type { NamespaceReader, PolicyParams } from '../../../clients/contract.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Language } from '../cel.ts';
import type { PolicyMetrics } from './metrics.ts';

/** What evaluating admission policies needs. */
export interface PolicyDependencies {
  readonly language: Language;
  readonly namespaces: Pick<NamespaceReader, 'get' | 'read'>;
  readonly params: PolicyParams;
  /** Answers the checks of `authorizer`. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly metrics: PolicyMetrics;
}
