/** Validating webhooks, all at once. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/validating */
import { consult, type ConsultDependencies } from './consult.ts';
import type { AdmissionAttributes } from './contract.ts';
import { isSelected, type SelectionDependencies } from './selection.ts';
import type { Webhook } from './webhook.ts';

/** See Admission.validate. Waits for all calls, so that none is still running when the request has been answered. */
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
  // The refusal that arrived first.
  if (refusals.length > 0) throw refusals[0];
}
