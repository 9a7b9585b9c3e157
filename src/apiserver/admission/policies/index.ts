/** Admission by the cluster's admission policies. */
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../apis/kubernetes/types.ts';
import type { Authorizer } from '../../../auth/contract.ts';
import type { AdmissionPolicies, NamespaceReader } from '../../../clients/contract.ts';
import type { KubeObject } from '../../../meta/object.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import type { Language } from '../cel.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { ruleNamesGroup } from '../rules.ts';
import { PolicyHooks, type Policy } from './compiled.ts';
import { createPolicyMetrics } from './metrics.ts';
import { Mutations } from './mutating.ts';
import { mutatorOf, type Mutator } from './mutator.ts';
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
  /** The mutations of one request; undefined where no policy may be about it. */
  mutations(
    attributes: AdmissionAttributes,
    defaulted: (object: KubeObject) => KubeObject,
  ): Promise<Mutations | undefined>;
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
  const mutating = new PolicyHooks<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutator>(policies.mutating);
  const followParams = (): void => {
    const inForce = [...validating.inForce(), ...mutating.inForce()];
    const kinds = inForce.flatMap(({ policy: { spec } }) => spec.paramKind ?? []);
    params.follow(kinds.map(kindOf));
  };
  for (const { policies: ofKind, bindings } of [policies.validating, policies.mutating]) {
    ofKind.onChange(followParams);
    bindings.onChange(followParams);
  }
  const about = (all: readonly { policy: Policy }[], group: string): boolean =>
    all.some(({ policy }) => mayConcern(policy, group));
  return {
    synced: () => validating.synced() && mutating.synced(),
    concerns: (group) => about(validating.inForce(), group) || about(mutating.inForce(), group),
    async mutations({ resource, operation }, defaulted) {
      // There is nothing to change in a deletion.
      if (operation === 'DELETE' || !about(mutating.inForce(), resource.group)) return undefined;
      const language = await options.language();
      const hooks = mutating
        .hooks((policy) => mutatorOf(language, policy))
        .filter(({ compiled }) => mayConcern(compiled.policy, resource.group));
      return new Mutations({ language, namespaces, params, authorizer, clock, metrics }, hooks, defaulted);
    },
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
