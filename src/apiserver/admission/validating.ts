/** Validating webhooks, all at once. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/validating */
import { consult, type ConsultDependencies } from './consult.ts';
import type { AdmissionAttributes } from './contract.ts';
import { attributesIn } from './equivalents.ts';
import { selectedVersion, type SelectionDependencies } from './selection.ts';
import type { Webhook } from './webhook.ts';

/** See Admission.validate. Waits for all calls, so that none is still running when the request has been answered. */
export async function validateBy(
  dependencies: ConsultDependencies & SelectionDependencies,
  webhooks: readonly Webhook[],
  attributes: AdmissionAttributes,
): Promise<void> {
  const selected: { readonly webhook: Webhook; readonly shown: AdmissionAttributes }[] = [];
  for (const webhook of webhooks) {
    const version = await selectedVersion(dependencies, 'validating', webhook, attributes);
    if (version !== undefined) selected.push({ webhook, shown: attributesIn(version, attributes) });
  }
  const refusals: unknown[] = [];
  const consulted = selected.map(({ webhook, shown }, index) =>
    consult(
      dependencies,
      { type: 'validating', webhook, attributes: shown, position: `round_0_index_${index}` },
      () => undefined,
    ).catch((error: unknown) => {
      refusals.push(error);
    }),
  );
  await Promise.all(consulted);
  // The refusal that arrived first.
  if (refusals.length > 0) throw refusals[0];
}
