/** Admission policies with their expressions compiled, and the bindings that put them into force. */
import type { AdmissionPolicyBindingSpec, AdmissionPolicySpec } from '../../../apis/kubernetes/types.ts';
import type { Lister } from '../../../clients/contract.ts';
import type { KubeObject, Stored } from '../../../meta/object.ts';
import type { Language, Program } from '../cel.ts';

/** A policy of either kind. */
export type Policy = KubeObject & { readonly spec: AdmissionPolicySpec };
/** A binding of either kind. */
export type Binding = KubeObject & { readonly spec: AdmissionPolicyBindingSpec };

/** What all compiled policies have. */
export interface CompiledPolicy<P extends Policy> {
  readonly policy: P;
  readonly name: string;
  readonly ignoresFailures: boolean;
  readonly conditions: readonly Program[];
  readonly variables: ReadonlyMap<string, Program>;
}

/** A policy that is in force. */
export interface PolicyHook<B extends Binding, C> {
  readonly compiled: C;
  /** In the order of their names. */
  readonly bindings: readonly B[];
}

/** Compiles what all policies have. */
export function compilePolicy<P extends Policy>(language: Language, policy: P): CompiledPolicy<P> {
  const { matchConditions = [], variables = [], failurePolicy } = policy.spec;
  return {
    policy,
    name: policy.metadata.name ?? '',
    ignoresFailures: failurePolicy === 'Ignore',
    conditions: matchConditions.map(({ expression }) => language.compile(expression)),
    variables: new Map(variables.map(({ name, expression }) => [name, language.compile(expression)])),
  };
}

/** The policies of one kind that have bindings, as the cluster has them now. */
export class PolicyHooks<P extends Policy, B extends Binding, C extends { readonly policy: P }> {
  readonly #policies: Lister<P>;
  readonly #bindings: Lister<B>;
  #inForce: readonly { readonly policy: Stored<P>; readonly bindings: readonly B[] }[] | undefined;
  /** By name, as long as the policy stays as it is. */
  readonly #compiled = new Map<string, C>();

  constructor({ policies, bindings }: { readonly policies: Lister<P>; readonly bindings: Lister<B> }) {
    this.#policies = policies;
    this.#bindings = bindings;
    const changed = (): void => {
      this.#inForce = undefined;
    };
    policies.onChange(changed);
    bindings.onChange(changed);
  }

  synced(): boolean {
    return this.#policies.synced() && this.#bindings.synced();
  }

  /** In the order of their names; kube-apiserver has them in none. */
  inForce(): readonly { readonly policy: P; readonly bindings: readonly B[] }[] {
    if (this.#inForce !== undefined) return this.#inForce;
    const byPolicy = new Map<string, B[]>();
    for (const binding of byName(this.#bindings.list())) {
      const { policyName } = binding.spec;
      byPolicy.set(policyName, [...(byPolicy.get(policyName) ?? []), binding]);
    }
    this.#inForce = byName(this.#policies.list()).flatMap((policy) => {
      const bindings = byPolicy.get(policy.metadata.name);
      return bindings === undefined ? [] : [{ policy, bindings }];
    });
    const names = new Set(this.#inForce.map(({ policy }) => policy.metadata.name));
    for (const name of this.#compiled.keys()) if (!names.has(name)) this.#compiled.delete(name);
    return this.#inForce;
  }

  /** Those in force, compiled; each once as long as it does not change. */
  hooks(compile: (policy: P) => C): readonly PolicyHook<B, C>[] {
    return this.inForce().map(({ policy, bindings }) => {
      const name = policy.metadata.name ?? '';
      let compiled = this.#compiled.get(name);
      if (compiled?.policy !== policy) this.#compiled.set(name, (compiled = compile(policy)));
      return { compiled, bindings };
    });
  }
}

function byName<T extends KubeObject>(objects: readonly T[]): T[] {
  return [...objects].sort(({ metadata: { name: a = '' } }, { metadata: { name: b = '' } }) =>
    a < b ? -1 : Number(a > b),
  );
}
