/** Calls one webhook about one request, and applies its answer or failurePolicy. */
import type { WebhookCaller } from '../../clients/contract.ts';
import { StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { noTracer, type SpanAttributes, type Tracer } from '../../runtime/tracing.ts';
import type { AdmissionAttributes } from './contract.ts';
import { CallFailure, dryRunUnsupported, rejection, Rejection, toldInternalError } from './failures.ts';
import type { AdmissionMetrics } from './metrics.ts';
import { reviewOf, reviewVersionOf, admissionResponseOf, type AdmissionResponse } from './review.ts';
import { timeoutMsOf, type Webhook, type WebhookType } from './webhook.ts';

/** What calling a webhook needs. */
export interface ConsultDependencies {
  readonly caller: WebhookCaller;
  readonly metrics: AdmissionMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A new RFC 4122 UUID. */
  readonly uid: () => string;
  /** Absent: calls are not traced. */
  readonly tracer?: Tracer;
}

interface Consultation {
  readonly type: WebhookType;
  readonly webhook: Webhook;
  readonly attributes: AdmissionAttributes;
  /** Part of the audit annotation keys of this call: "round_0_index_2". */
  readonly position: string;
}

/** Prefixes of audit annotation keys. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/{mutating,validating} */
export const auditPrefix = {
  mutating: 'mutation.webhook.admission.k8s.io/',
  validating: 'validating.webhook.admission.k8s.io/',
} as const satisfies Readonly<Record<WebhookType, string>>;

/**
 * Calls the webhook.
 * @param take converts the answer that allows the request; may throw the same errors
 * @returns the result of `take`; undefined if the webhook failed and its failurePolicy is Ignore
 * @throws StatusError as the webhook says, or 500 if it failed and its failurePolicy is Fail
 */
export async function consult<R>(
  dependencies: ConsultDependencies,
  consultation: Consultation,
  take: (response: AdmissionResponse) => R,
): Promise<R | undefined> {
  const { metrics, clock } = dependencies;
  const { type, webhook, attributes } = consultation;
  const { context, operation } = attributes;
  const began = clock.monotonic();
  const called = (rejected: boolean, code: number): void => {
    const seconds = (clock.monotonic() - began) / 1000;
    metrics.called({ name: webhook.spec.name, ...{ type, operation, rejected, code, seconds } });
  };
  try {
    const taken = take(await responseFrom(dependencies, consultation));
    called(false, 200);
    return taken;
  } catch (error) {
    // The request has ended: nobody waits for the answer.
    context.signal.throwIfAborted();
    const failure = failureOf(error);
    const passesOver = failure.type === 'calling_webhook_error' && webhook.ignoresFailures;
    called(!passesOver, failure.code);
    if (!passesOver) {
      metrics.rejected(webhook.spec.name, type, operation, failure.type, failure.code);
      throw failure.told;
    }
    passOver(dependencies, consultation, error);
    return undefined;
  }
}

/** @throws CallFailure, Rejection, or StatusError if it does not support dry runs */
async function responseFrom(
  { caller, clock, uid, tracer = noTracer }: ConsultDependencies,
  { type, webhook, attributes }: Consultation,
): Promise<AdmissionResponse> {
  const { name, sideEffects, admissionReviewVersions, clientConfig } = webhook.spec;
  const { context, dryRun } = attributes;
  if (dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') throw dryRunUnsupported(name);
  const version = reviewVersionOf(admissionReviewVersions);
  if (version === undefined) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallFailure(name, `could not create admission objects: ${why}`, 400);
  }
  const id = uid();
  context.audit?.shown(attributes.object, attributes.oldObject);
  const limits = { timeoutMs: timeoutMsOf(webhook), signal: context.signal };
  const began = clock.monotonic();
  const answer = await tracer
    .within(`Call ${type} webhook`, spanOf(webhook, attributes, id), () =>
      caller.call(clientConfig, reviewOf(version, id, attributes), limits),
    )
    .catch((cause: unknown) => {
      const code = cause instanceof StatusError ? cause.code : 503;
      throw new CallFailure(name, `failed to call webhook: ${messageOf(cause)}`, code, { cause });
    })
    .finally(() => context.webhookTook?.(type, clock.monotonic() - began));
  const response = checked(name, () => admissionResponseOf(answer, version, id, type));
  for (const [key, value] of Object.entries(response.auditAnnotations)) context.audit?.remark(`${name}/${key}`, value);
  for (const warning of response.warnings) context.warn(warning);
  if (!response.allowed) throw rejection(name, response.result);
  return response;
}

/** What kube-apiserver tells of such calls. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go */
function spanOf({ spec, configuration }: Webhook, attributes: AdmissionAttributes, uid: string): SpanAttributes {
  const { resource: asked, subresource, operation } = attributes;
  const resource = `${asked.group}/${asked.version}, Resource=${asked.resource}`;
  return { configuration, webhook: spec.name, resource, subresource, operation, UID: uid };
}

function checked(name: string, read: () => AdmissionResponse): AdmissionResponse {
  try {
    return read();
  } catch (cause) {
    throw new CallFailure(name, `received invalid webhook response: ${messageOf(cause)}`, 503, { cause });
  }
}

interface Failure {
  readonly type: 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error';
  readonly code: number;
  readonly told: unknown;
}

function failureOf(error: unknown): Failure {
  if (error instanceof CallFailure) {
    return { type: 'calling_webhook_error', code: error.code, told: toldInternalError(error) };
  }
  if (error instanceof Rejection) return { type: 'no_error', code: error.error.code, told: error.error };
  return { type: 'apiserver_internal_error', code: 0, told: error };
}

function passOver(
  { metrics, logger }: ConsultDependencies,
  { type, webhook, attributes, position }: Consultation,
  error: unknown,
): void {
  const { name } = webhook.spec;
  const { audit, requestId } = attributes.context;
  metrics.failedOpen(name, type);
  audit?.remark(`failed-open.${auditPrefix[type]}${position}`, name);
  logger.warn({ error, webhook: name, requestId }, 'an admission webhook failed and was passed over');
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
