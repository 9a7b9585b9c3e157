/** Validating webhooks, all at once. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/validating */
import { consult, type ConsultDependencies } from './consult.ts';
import type { AdmissionAttributes } from './contract.ts';
import { isSelected, type SelectionDependencies } from './selection.ts';
import type { Webhook } from './webhook.ts';

/** As Admission.validate. All are waited for, so that none is left with a request that has been answered. */
export async function validateBy(
  dependencies: ConsultDependencies & SelectionDependencies,
  webhooks: readonly Webhook[],
  attributes: AdmissionAttributes,
): Promise<void> {
  const selected: Webhook[] = [];
  for (const webhook of webhooks) {
    if (await isSelected(dependencies, 'validating', webhook, attributes)) selected.push(webhook);
  }
  const refusals: unknown[] = [];
  const consulted = selected.map((webhook, index) =>
    consult(
      dependencies,
      { type: 'validating', webhook, attributes, position: `round_0_index_${index}` },
      () => undefined,
    ).catch((error: unknown) => {
      refusals.push(error);
    }),
  );
  await Promise.all(consulted);
  // The first one that was heard.
  if (refusals.length > 0) throw refusals[0];
}
