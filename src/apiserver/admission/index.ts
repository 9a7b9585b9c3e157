/** Admission by the webhooks in the cluster's webhook configurations. */
import type { Authorizer } from '../../auth/contract.ts';
import type { NamespaceReader, WebhookCaller, WebhookConfigurations } from '../../clients/contract.ts';
import { serviceUnavailable } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Admission } from './contract.ts';
import { createMatchConditions } from './match-conditions.ts';
import { createAdmissionMetrics } from './metrics.ts';
import { mutateBy } from './mutating.ts';
import { validateBy } from './validating.ts';
import { createWebhookList } from './webhook-list.ts';

export type { Admission, AdmissionAttributes } from './contract.ts';

interface WebhookAdmissionOptions {
  readonly configurations: WebhookConfigurations;
  readonly caller: WebhookCaller;
  /** The namespaces whose labels namespaceSelectors match. */
  readonly namespaces: Pick<NamespaceReader, 'get' | 'read'>;
  /** Answers the checks of `authorizer` in match conditions. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** Time for all match conditions of a webhook, in milliseconds; 250 if absent. */
  readonly conditionBudgetMs?: number;
  readonly uid: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How long a write waits for the webhook configurations to be known, in milliseconds; as in kube-apiserver. */
const readyWithinMs = 10_000;
const lookEveryMs = 50;

/** Admission that follows the configurations as they change. */
export function createWebhookAdmission(options: WebhookAdmissionOptions): Admission {
  const { configurations, clock } = options;
  const metrics = createAdmissionMetrics(options.metrics);
  const dependencies = { ...options, metrics, conditions: createMatchConditions(options) };
  const mutating = createWebhookList(configurations.mutating);
  const validating = createWebhookList(configurations.validating);
  const isReady = (): boolean => mutating.synced() && validating.synced();
  return {
    concerns: (group) => !isReady() || mutating.of(group).length > 0 || validating.of(group).length > 0,
    async mutate(attributes, defaulted) {
      if (!isReady()) await waitUntil(isReady, clock, attributes.context.signal);
      const webhooks = mutating.of(attributes.resource.group);
      return webhooks.length === 0 ? attributes.object : mutateBy(dependencies, webhooks, attributes, defaulted);
    },
    async validate(attributes) {
      if (!isReady()) await waitUntil(isReady, clock, attributes.context.signal);
      const webhooks = validating.of(attributes.resource.group);
      if (webhooks.length > 0) await validateBy(dependencies, webhooks, attributes);
    },
  };
}

/** @throws StatusError 503, the signal's reason */
async function waitUntil(isReady: () => boolean, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + readyWithinMs;
  while (!isReady()) {
    signal.throwIfAborted();
    // kube-apiserver answers 403 here, which clients take for their own mistake.
    if (clock.monotonic() >= deadline) {
      throw serviceUnavailable(
        'not yet ready to handle request: the admission webhooks of the cluster are not known yet',
      );
    }
    await new Promise<void>((resolve) => {
      clock.after(lookEveryMs, resolve);
    });
  }
}
