/**
 * Admission as the cluster's administrators configure it: by policies and by webhooks, in kube-apiserver's order. Source:
 * k8s.io/kubernetes/pkg/kubeapiserver/options/plugins.go
 */
import type { Authorizer } from '../../auth/contract.ts';
import type {
  AdmissionPolicies,
  NamespaceReader,
  WebhookCaller,
  WebhookConfigurations,
} from '../../clients/contract.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import type { Language } from './cel.ts';
import type { Admission } from './contract.ts';
import { createPolicyAdmission } from './policies/index.ts';
import { untilKnown } from './until-known.ts';
import { createWebhookAdmission } from './webhooks.ts';

export type { Admission, AdmissionAttributes } from './contract.ts';

interface AdmissionOptions {
  readonly policies: AdmissionPolicies;
  readonly configurations: WebhookConfigurations;
  readonly caller: WebhookCaller;
  /** The namespaces whose labels namespaceSelectors match. */
  readonly namespaces: Pick<NamespaceReader, 'get' | 'read'>;
  /** Answers the checks of `authorizer` in expressions. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** Time for all match conditions of a webhook, in milliseconds; 250 if absent. */
  readonly conditionBudgetMs?: number;
  readonly uid: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: calls of webhooks are not traced. */
  readonly tracer?: Tracer;
}

const what = 'the admission policies and webhooks of the cluster';

/** Admission that follows policies and configurations as they change. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { clock } = options;
  let loaded: Promise<Language> | undefined;
  const language = (): Promise<Language> =>
    (loaded ??= import('./cel.ts').then(({ createLanguage }) => createLanguage(options)));
  const webhooks = createWebhookAdmission({ ...options, language });
  const policies = createPolicyAdmission({ ...options, language });
  const isReady = (): boolean => webhooks.synced() && policies.synced();
  return {
    concerns: (group) => !isReady() || webhooks.concerns(group) || policies.concerns(group),
    async mutate(attributes, defaulted) {
      if (!isReady()) await untilKnown(what, isReady, clock, attributes.context.signal);
      const mutations = await policies.mutations(attributes, defaulted);
      if (mutations === undefined) return webhooks.mutate(attributes, defaulted);
      const object = await mutations.first(attributes);
      const after = object === undefined ? attributes : { ...attributes, object };
      return webhooks.mutate(after, defaulted, (current) => mutations.again(current));
    },
    async validate(attributes) {
      if (!isReady()) await untilKnown(what, isReady, clock, attributes.context.signal);
      await policies.validate(attributes);
      await webhooks.validate(attributes);
    },
  };
}
