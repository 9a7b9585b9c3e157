/** Metrics of webhook calls, under kube-apiserver's names. Source: k8s.io/apiserver/pkg/admission/metrics */
import type { Metrics } from '../../runtime/metrics.ts';
import type { WebhookType } from './webhook.ts';

/** Why a request was rejected: the webhook failed, this server failed, or the webhook refused it (no_error). */
export type ErrorType = 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error';

/** Counts calls of webhooks and their results. */
export interface AdmissionMetrics {
  /** @param about.code the HTTP code of the answer: 200 if it allows the request, 0 if there was none */
  called(about: {
    name: string;
    type: WebhookType;
    operation: string;
    rejected: boolean;
    code: number;
    seconds: number;
  }): void;
  rejected(name: string, type: WebhookType, operation: string, errorType: ErrorType, code: number): void;
  failedOpen(name: string, type: WebhookType): void;
  conditionFailed(name: string, type: WebhookType, operation: string): void;
  excluded(name: string, type: WebhookType, operation: string): void;
}

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
/** Higher codes are not HTTP: a webhook must not be able to create new series. */
const maxCode = 600;
const stepOf = (type: WebhookType): string => (type === 'mutating' ? 'admit' : 'validating');
const conditionStepOf = (type: WebhookType): string => (type === 'mutating' ? 'admit' : 'validate');

/** Registers the metrics. */
export function createAdmissionMetrics(metrics: Metrics): AdmissionMetrics {
  const duration = metrics.histogram(
    'apiserver_admission_webhook_admission_duration_seconds',
    'Latency of admission webhooks in seconds, by name, type and operation.',
    ['name', 'type', 'operation', 'rejected'],
    buckets,
  );
  const requests = metrics.counter(
    'apiserver_admission_webhook_request_total',
    'Requests to admission webhooks, by name, type, operation and the code of their answer.',
    ['name', 'type', 'operation', 'code', 'rejected'],
  );
  const rejections = metrics.counter(
    'apiserver_admission_webhook_rejection_count',
    'Requests rejected by admission webhooks or because one failed.',
    ['name', 'type', 'operation', 'error_type', 'rejection_code'],
  );
  const failOpens = metrics.counter(
    'apiserver_admission_webhook_fail_open_count',
    'Admission webhooks that failed and were passed over.',
    ['name', 'type'],
  );
  const conditionLabels = ['name', 'kind', 'type', 'operation'];
  const conditionErrors = metrics.counter(
    'apiserver_admission_match_condition_evaluation_errors_total',
    'Match conditions that could not be evaluated.',
    conditionLabels,
  );
  const exclusions = metrics.counter(
    'apiserver_admission_match_condition_exclusions_total',
    'Webhooks that were not called because of their match conditions.',
    conditionLabels,
  );
  const ofCondition = (name: string, type: WebhookType, operation: string) => {
    return { name, kind: 'webhook', type: conditionStepOf(type), operation };
  };
  return {
    called({ name, type, operation, rejected, code, seconds }) {
      const labels = { name, type: stepOf(type), operation, rejected: String(rejected) };
      requests.inc({ ...labels, code: String(Math.min(code, maxCode)) });
      duration.observe(labels, seconds);
    },
    rejected: (name, type, operation, errorType, code) =>
      rejections.inc({
        ...{ name, type: stepOf(type), operation, error_type: errorType },
        rejection_code: String(Math.min(code, maxCode)),
      }),
    failedOpen: (name, type) => failOpens.inc({ name, type: stepOf(type) }),
    conditionFailed: (name, type, operation) => conditionErrors.inc(ofCondition(name, type, operation)),
    excluded: (name, type, operation) => exclusions.inc(ofCondition(name, type, operation)),
  };
}
