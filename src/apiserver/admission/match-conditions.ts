/** Match conditions: what a request must be like for a webhook to be called, in CEL. Source: KEP-3716 */
import type { Authorizer } from '../../auth/contract.ts';
import type { AdmissionAttributes } from './contract.ts';
import { attributesOfRequest } from './review.ts';
import type { CompiledConditions, Webhook } from './webhook.ts';

export interface Outcome {
  /** One of them is false: the webhook is not called, whatever else there is. */
  readonly isExcluded: boolean;
  /** What those failed with that could not be told. */
  readonly errors: readonly string[];
}

/** The language is loaded when the first condition is met: most servers never meet one. */
export async function evaluateConditions(
  webhook: Webhook,
  attributes: AdmissionAttributes,
  authorizer: Authorizer,
): Promise<Outcome> {
  const { bind } = await import('./cel.ts');
  const { programs } = await (webhook.conditions ??= compiled(webhook));
  const { object, oldObject, context } = attributes;
  const request = attributesOfRequest(attributes);
  const variables = bind({ object, oldObject, request, user: context.user, authorizer, resource: attributes });
  const errors: string[] = [];
  for (const { expression, program } of programs) {
    try {
      if (!(await program(variables))) return { isExcluded: true, errors };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      errors.push(`expression '${expression}' resulted in error: ${why}`);
    }
  }
  return { isExcluded: false, errors };
}

async function compiled({ spec: { matchConditions = [] } }: Webhook): Promise<CompiledConditions> {
  const { compile } = await import('./cel.ts');
  return { programs: matchConditions.map(({ expression }) => ({ expression, program: compile(expression) })) };
}
