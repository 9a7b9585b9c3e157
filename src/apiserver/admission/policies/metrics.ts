/** Metrics of admission policies, under kube-apiserver's names. Source: …/policy/validating/metrics */
import type { Metrics } from '../../../runtime/metrics.ts';

/** Counts what policies decide. */
export interface PolicyMetrics {
  /** @param failed whether an expression could not be evaluated */
  checked(policy: string, binding: string, action: 'allow' | 'deny' | 'warn' | 'audit', failed: boolean): void;
}

/** Registers the metrics. */
export function createPolicyMetrics(metrics: Metrics): PolicyMetrics {
  const checks = metrics.counter(
    'apiserver_validating_admission_policy_check_total',
    'Validations that did not hold or could not be evaluated, by policy, binding, what was done, and whether evaluating failed.',
    ['policy', 'policy_binding', 'enforcement_action', 'error_type'],
  );
  return {
    checked: (policy, binding, action, failed) =>
      checks.inc({
        policy,
        policy_binding: binding,
        enforcement_action: action,
        error_type: failed ? 'invalid_error' : 'no_error',
      }),
  };
}
