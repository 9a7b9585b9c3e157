/** A webhook, made from its configuration for calling. */
import type {
  LabelSelector as LabelSelectorSpec,
  MutatingWebhook,
  ValidatingWebhook,
} from '../../apis/kubernetes/types.ts';
import { labelSelectorFrom, type LabelSelector } from '../../meta/labels.ts';
import { internalError } from '../../meta/status.ts';
import type { Program } from './cel.ts';

/** Mutating webhooks may change objects; validating ones can only refuse. */
export type WebhookType = 'mutating' | 'validating';

/** One webhook of a configuration. */
export interface Webhook {
  readonly spec: ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;
  /** The name of its configuration. */
  readonly configuration: string;
  /** Its index among all webhooks of its type, in calling order. */
  readonly index: number;
  readonly ignoresFailures: boolean;
  /** @throws StatusError 500 for a selector that is none */
  readonly namespaceSelector: () => LabelSelector;
  /** @throws StatusError 500 for a selector that is none */
  readonly objectSelector: () => LabelSelector;
  /** Its compiled match conditions; absent until they are first needed. */
  conditions?: readonly Program[];
}

/** The default that the API server storing the configurations would fill in. */
const defaultTimeoutSeconds = 10;

/** Prepares a webhook; its selectors are compiled on first use. @param index see Webhook.index */
export function webhookOf(spec: Webhook['spec'], configuration: string, index: number): Webhook {
  return {
    ...{ spec, configuration, index },
    ignoresFailures: spec.failurePolicy === 'Ignore',
    namespaceSelector: lazySelector(spec.namespaceSelector),
    objectSelector: lazySelector(spec.objectSelector),
  };
}

/** How long a call of the webhook may take, in milliseconds. */
export function timeoutMsOf({ spec }: Webhook): number {
  return (spec.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
}

function lazySelector(spec: LabelSelectorSpec = {}): () => LabelSelector {
  let selector: LabelSelector | undefined;
  return () => {
    try {
      return (selector ??= labelSelectorFrom(spec));
    } catch (error) {
      throw internalError(error);
    }
  };
}
