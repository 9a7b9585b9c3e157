/** The webhooks of one type that may apply to a group, as configured now. */
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../apis/kubernetes/types.ts';
import type { Lister } from '../../clients/contract.ts';
import { ruleNamesGroup } from './rules.ts';
import { webhookOf, type Webhook } from './webhook.ts';

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;

interface WebhookList {
  /** Whether the configurations have been read. */
  synced(): boolean;
  /** Sorted by the names of their configurations; those of one configuration in its order. */
  of(group: string): readonly Webhook[];
}

/** The list follows the configurations as they change. */
export function createWebhookList(
  lister: Lister<MutatingWebhookConfiguration> | Lister<ValidatingWebhookConfiguration>,
): WebhookList {
  const configurations = lister as Lister<Configuration>;
  let all: readonly Webhook[] | undefined;
  const byGroup = new Map<string, readonly Webhook[]>();
  configurations.onChange(() => {
    all = undefined;
    byGroup.clear();
  });
  return {
    synced: () => configurations.synced(),
    of(group) {
      const known = byGroup.get(group);
      if (known !== undefined) return known;
      all ??= webhooksOf(configurations.list());
      const found = all.filter(({ spec }) => (spec.rules ?? []).some((rule) => ruleNamesGroup(rule, group)));
      byGroup.set(group, found);
      return found;
    },
  };
}

function webhooksOf(configurations: readonly Configuration[]): Webhook[] {
  const named = [...configurations].sort(({ metadata: { name: a = '' } }, { metadata: { name: b = '' } }) =>
    a < b ? -1 : Number(a > b),
  );
  return named
    .flatMap(({ metadata: { name = '' }, webhooks = [] }) => webhooks.map((spec) => ({ spec, name })))
    .map(({ spec, name }, index) => webhookOf(spec, name, index));
}
