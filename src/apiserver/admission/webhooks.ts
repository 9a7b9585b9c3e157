/** Admission by the webhooks in the cluster's webhook configurations. */
import type { Authorizer } from '../../auth/contract.ts';
import type { NamespaceReader, WebhookCaller, WebhookConfigurations } from '../../clients/contract.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import type { Language } from './cel.ts';
import type { Admission, AdmissionAttributes } from './contract.ts';
import { createMatchConditions } from './match-conditions.ts';
import { createAdmissionMetrics } from './metrics.ts';
import { mutateBy, type Again } from './mutating.ts';
import { validateBy } from './validating.ts';
import { createWebhookList } from './webhook-list.ts';

interface WebhookAdmissionOptions {
  readonly configurations: WebhookConfigurations;
  readonly caller: WebhookCaller;
  readonly namespaces: Pick<NamespaceReader, 'get' | 'read'>;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly language: () => Promise<Language>;
  readonly uid: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: calls of webhooks are not traced. */
  readonly tracer?: Tracer;
}

/** The part of admission that webhooks play. */
interface WebhookAdmission extends Admission {
  synced(): boolean;
  /** @param again what others do once all webhooks were called, before some are called again */
  mutate(
    attributes: AdmissionAttributes,
    defaulted: (object: KubeObject) => KubeObject,
    again?: Again,
  ): Promise<KubeObject | undefined>;
}

/** It follows the configurations as they change. */
export function createWebhookAdmission(options: WebhookAdmissionOptions): WebhookAdmission {
  const { configurations } = options;
  const metrics = createAdmissionMetrics(options.metrics);
  const dependencies = { ...options, metrics, conditions: createMatchConditions(options) };
  const mutating = createWebhookList(configurations.mutating);
  const validating = createWebhookList(configurations.validating);
  return {
    synced: () => mutating.synced() && validating.synced(),
    concerns: (group) => mutating.of(group).length > 0 || validating.of(group).length > 0,
    async mutate(attributes, defaulted, again) {
      const webhooks = mutating.of(attributes.resource.group);
      if (webhooks.length > 0) return mutateBy(dependencies, webhooks, attributes, { defaulted, again });
      return again === undefined ? attributes.object : again(attributes);
    },
    async validate(attributes) {
      const webhooks = validating.of(attributes.resource.group);
      if (webhooks.length > 0) await validateBy(dependencies, webhooks, attributes);
    },
  };
}
