/** Admission by the cluster's admission policies. */
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../apis/kubernetes/types.ts';
import type { Authorizer } from '../../../auth/contract.ts';
import type { AdmissionPolicies, NamespaceReader } from '../../../clients/contract.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import type { Language } from '../cel.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { ruleNamesGroup } from '../rules.ts';
import { PolicyHooks, type Policy } from './compiled.ts';
import { createPolicyMetrics } from './metrics.ts';
import { kindOf } from './params.ts';
import { validateByPolicies } from './validating.ts';
import { validatorOf, type Validator } from './validator.ts';

interface PolicyAdmissionOptions {
  readonly policies: AdmissionPolicies;
  readonly namespaces: Pick<NamespaceReader, 'get' | 'read'>;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Loaded when the first policy is evaluated. */
  readonly language: () => Promise<Language>;
}

/** The part of admission that policies play. */
interface PolicyAdmission {
  synced(): boolean;
  concerns(group: string): boolean;
  /** @throws StatusError as Admission.validate */
  validate(attributes: AdmissionAttributes): Promise<void>;
}

/** It follows the policies as they change, and the params of those in force. */
export function createPolicyAdmission(options: PolicyAdmissionOptions): PolicyAdmission {
  const { policies, namespaces, authorizer, clock } = options;
  const { params } = policies;
  const metrics = createPolicyMetrics(options.metrics);
  const validating = new PolicyHooks<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validator>(
    policies.validating,
  );
  const followParams = (): void => {
    const kinds = validating.inForce().flatMap(({ policy: { spec } }) => spec.paramKind ?? []);
    params.follow(kinds.map(kindOf));
  };
  for (const lister of [policies.validating.policies, policies.validating.bindings]) lister.onChange(followParams);
  const about = (all: readonly { policy: Policy }[], group: string): boolean =>
    all.some(({ policy }) => mayConcern(policy, group));
  return {
    synced: () => validating.synced(),
    concerns: (group) => about(validating.inForce(), group),
    async validate(attributes) {
      if (!about(validating.inForce(), attributes.resource.group)) return;
      const language = await options.language();
      const hooks = validating
        .hooks((policy) => validatorOf(language, policy))
        .filter(({ compiled }) => mayConcern(compiled.policy, attributes.resource.group));
      const dependencies = { language, namespaces, params, authorizer, clock, metrics };
      await validateByPolicies(dependencies, hooks, attributes);
    },
  };
}

/** Whether the policy may be about anything in this group. */
function mayConcern({ spec }: Policy, group: string): boolean {
  const { resourceRules = [] } = spec.matchConstraints ?? {};
  return resourceRules.length === 0 || resourceRules.some((rule) => ruleNamesGroup(rule, group));
}
