/** Match conditions: CEL expressions that a request must satisfy for a webhook to be called. Source: KEP-3716 */
import type { Authorizer } from '../../auth/contract.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Language, Program } from './cel.ts';
import { messageOf } from './consult.ts';
import type { AdmissionAttributes } from './contract.ts';
import { attributesOfRequest } from './review.ts';
import type { Webhook, WebhookType } from './webhook.ts';

/** The result of a webhook's conditions. */
export interface Outcome {
  /** One condition is false: the webhook is not called, whatever the others give. */
  readonly isExcluded: boolean;
  /** The errors of conditions that could not be evaluated. */
  readonly errors: readonly string[];
}

/** Evaluates the conditions of webhooks. */
export interface MatchConditions {
  evaluate(type: WebhookType, webhook: Webhook, attributes: AdmissionAttributes): Promise<Outcome>;
}

interface MatchConditionsOptions {
  readonly authorizer: Authorizer;
  /** Loaded with the first condition: most servers never need it. */
  readonly language: () => Promise<Language>;
  readonly logger: Logger;
}

/** Evaluates conditions by CEL, which is loaded on first use. */
export function createMatchConditions(options: MatchConditionsOptions): MatchConditions {
  return new CelConditions(options);
}

/** The most reported conditions to remember: each change of a configuration brings new webhooks. */
const maxTold = 1_000;

class CelConditions implements MatchConditions {
  readonly #options: MatchConditionsOptions;
  readonly #told = new Set<string>();

  constructor(options: MatchConditionsOptions) {
    this.#options = options;
  }

  async evaluate(type: WebhookType, webhook: Webhook, attributes: AdmissionAttributes): Promise<Outcome> {
    const language = await this.#options.language();
    webhook.conditions ??= this.#compiled(language, type, webhook);
    const { object, oldObject, context } = attributes;
    const { authorizer } = this.#options;
    const request = attributesOfRequest(attributes);
    const binding = language.bind({ object, oldObject, request, user: context.user, authorizer, resource: attributes });
    const errors: string[] = [];
    for (const program of webhook.conditions) {
      try {
        const value = await program.evaluate(binding);
        if (value === false) return { isExcluded: true, errors };
        if (value !== true) throw new Error(`must evaluate to bool but got ${typeof value}`);
      } catch (error) {
        errors.push(`expression '${program.expression}' resulted in error: ${messageOf(error)}`);
      }
    }
    return { isExcluded: false, errors };
  }

  #compiled(language: Language, type: WebhookType, webhook: Webhook): readonly Program[] {
    const { matchConditions = [] } = webhook.spec;
    return matchConditions.map(({ expression }) => {
      const program = language.compile(expression);
      if (program.flaw !== undefined) this.#tell(type, webhook, program.flaw, expression);
      return program;
    });
  }

  /** Reported once: kube-apiserver accepts only conditions that compile, so this server lacks a feature. */
  #tell(type: WebhookType, { configuration, spec }: Webhook, error: Error, expression: string): void {
    const about = { type, configuration, webhook: spec.name, expression };
    const key = JSON.stringify(about);
    if (this.#told.has(key)) return;
    if (this.#told.size >= maxTold) this.#told.clear();
    this.#told.add(key);
    const { failurePolicy = 'Fail' } = spec;
    const fields = { ...about, failurePolicy, error };
    this.#options.logger.warn(fields, 'a match condition cannot be evaluated here: the failurePolicy decides');
  }
}
