/** How authorization goes, under k8s.io/apiserver's names. Source: k8s.io/apiserver/pkg/endpoints/filters/metrics.go */
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Authorizer, Decision } from './contract.ts';
import { createOutcomes, observed } from './outcomes.ts';

/** Only for the decision whether a request is allowed; other rights that are looked up are not counted. */
export function meteredAuthorizer(next: Authorizer, metrics: Metrics, clock: Clock): Authorizer {
  const outcomes = createOutcomes(metrics, ['allowed', 'denied', 'no-opinion', 'error'], {
    attempts: [
      'authorization_attempts_total',
      'Authorization attempts, by result: allowed, denied, no-opinion (nobody said yes) or error.',
    ],
    durations: ['authorization_duration_seconds', 'How long authorization took, by result, in seconds.'],
  });
  return {
    authorize: (request) =>
      observed(clock, () => next.authorize(request), {
        succeeded: (decision, seconds) => {
          outcomes[resultOf(decision)](seconds);
        },
        failed: outcomes.error,
      }),
  };
}

function resultOf(decision: Decision): 'allowed' | 'denied' | 'no-opinion' {
  if (decision.allowed) return 'allowed';
  return decision.denied === true ? 'denied' : 'no-opinion';
}
