/** A webhook as it is called, made of its configuration. */
import type {
  LabelSelector as LabelSelectorSpec,
  MutatingWebhook,
  ValidatingWebhook,
} from '../../apis/kubernetes/types.ts';
import { labelSelectorFrom, type LabelSelector } from '../../meta/labels.ts';
import { internalError } from '../../meta/status.ts';
import type { Program } from './cel.ts';

export type WebhookType = 'mutating' | 'validating';

export interface Webhook {
  readonly spec: ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;
  /** The name of the configuration that it is in. */
  readonly configuration: string;
  /** Among all webhooks of its type, in the order in which they are called. */
  readonly index: number;
  readonly ignoresFailures: boolean;
  /** @throws StatusError 500 for a selector that is none */
  readonly namespaceSelector: () => LabelSelector;
  /** @throws StatusError 500 for a selector that is none */
  readonly objectSelector: () => LabelSelector;
  /** Once they were needed. */
  conditions?: readonly Program[];
}

/** What the API server that stores configurations fills in, should it be absent. */
const defaultTimeoutSeconds = 10;

export function webhookOf(spec: Webhook['spec'], configuration: string, index: number): Webhook {
  return {
    ...{ spec, configuration, index },
    ignoresFailures: spec.failurePolicy === 'Ignore',
    namespaceSelector: lazySelector(spec.namespaceSelector),
    objectSelector: lazySelector(spec.objectSelector),
  };
}

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
