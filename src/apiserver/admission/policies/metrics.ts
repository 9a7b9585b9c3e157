/** Metrics of admission policies, under kube-apiserver's names. Source: …/policy/validating/metrics, …/mutating/metrics */
import type { Metrics } from '../../../runtime/metrics.ts';

/** What evaluating an expression came to. */
export interface Check {
  readonly policy: string;
  readonly binding: string;
  /** Why it did not hold or could not be evaluated. */
  readonly error?: string;
  /** How long it took; 0 where the policy as a whole could not be evaluated. */
  readonly seconds: number;
}

/** Counts what policies decide, and how long it takes. */
export interface PolicyMetrics {
  /** A validation that did not hold or could not be evaluated. Those that hold are not counted. */
  validated(action: 'allow' | 'deny' | 'warn' | 'audit', check: Check): void;
  /** Any mutation. */
  mutated(check: Check): void;
}

/** Seconds. */
const buckets = [0.000_000_5, 0.001, 0.01, 0.1, 1];
const labels = ['policy', 'policy_binding', 'error_type'] as const;

/** Registers the metrics. */
export function createPolicyMetrics(metrics: Metrics): PolicyMetrics {
  const actionLabels = [...labels, 'enforcement_action'];
  const validations = metrics.counter(
    'apiserver_validating_admission_policy_check_total',
    'Validations that did not hold or could not be evaluated, by policy, binding, reason and what was done.',
    actionLabels,
  );
  const validationDuration = metrics.histogram(
    'apiserver_validating_admission_policy_check_duration_seconds',
    'How long validations took that did not hold or could not be evaluated, in seconds.',
    actionLabels,
    buckets,
  );
  const mutations = metrics.counter(
    'apiserver_mutating_admission_policy_check_total',
    'Mutations, by policy, binding, and why they could not be done.',
    labels,
  );
  const mutationDuration = metrics.histogram(
    'apiserver_mutating_admission_policy_check_duration_seconds',
    'How long mutations took, in seconds.',
    labels,
    buckets,
  );
  return {
    validated(action, check) {
      const series = { ...labelsOf(check), enforcement_action: action };
      validations.inc(series);
      validationDuration.observe(series, check.seconds);
    },
    mutated(check) {
      const series = labelsOf(check);
      mutations.inc(series);
      mutationDuration.observe(series, check.seconds);
    },
  };
}

function labelsOf({ policy, binding, error }: Check): Record<(typeof labels)[number], string> {
  return { policy, policy_binding: binding, error_type: error === undefined ? 'no_error' : errorTypeOf(error) };
}

/** A validation that is false is an invalid_error, too, in kube-apiserver. Source: errors.go there. */
function errorTypeOf(error: string): string {
  if (error.startsWith('compilation')) return 'compile_error';
  return error.startsWith('validation failed due to running out of cost budget') ? 'out_of_budget' : 'invalid_error';
}
