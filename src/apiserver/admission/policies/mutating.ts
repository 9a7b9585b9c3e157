/** MutatingAdmissionPolicies. Source: k8s.io/apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go */
import type { MutatingAdmissionPolicyBinding } from '../../../apis/kubernetes/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { KubeObject } from '../../../meta/object.ts';
import { forbiddenRequest, StatusError } from '../../../meta/status.ts';
import { messageOf } from '../consult.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { attributesIn, backFrom, defaultedIn, type NamedVersion } from '../equivalents.ts';
import { nameOf } from '../name-of.ts';
import { namespaceNamed } from '../selection.ts';
import type { PolicyHook } from './compiled.ts';
import type { PolicyDependencies } from './dependencies.ts';
import { conditionsHold } from './evaluation.ts';
import { matchedVersion } from './matching.ts';
import { applyMutation, type Mutator } from './mutator.ts';
import { goKind, kindOf, paramsOf } from './params.ts';

type Hook = PolicyHook<MutatingAdmissionPolicyBinding, Mutator>;

/** A policy with one of its bindings and one param. */
interface Invocation {
  readonly mutator: Mutator;
  readonly binding: string;
  readonly params: KubeObject | null;
  readonly key: string;
  /** In which the policy sees the request. */
  readonly version: NamedVersion;
}

/** All mutations of one request, which may be repeated after others have changed the object. */
export class Mutations {
  readonly #dependencies: PolicyDependencies;
  readonly #hooks: readonly Hook[];
  readonly #defaulted: (object: KubeObject) => KubeObject;
  /** Those with reinvocationPolicy IfNeeded that were applied since the last change. */
  readonly #earlier = new Set<string>();
  readonly #due = new Set<string>();
  #last: KubeObject | undefined;

  /** @param defaulted applies the schema's defaults to a changed object */
  constructor(dependencies: PolicyDependencies, hooks: readonly Hook[], defaulted: (object: KubeObject) => KubeObject) {
    this.#dependencies = dependencies;
    this.#hooks = hooks;
    this.#defaulted = defaulted;
  }

  /** Applies all that are about the request. @returns the object after them. @throws StatusError 403 */
  first(attributes: AdmissionAttributes): Promise<KubeObject | undefined> {
    return this.#apply(attributes, () => true);
  }

  /** Applies those again whose object was changed after them. @throws StatusError 403 */
  again(attributes: AdmissionAttributes): Promise<KubeObject | undefined> {
    if (!deepEqual(this.#last, attributes.object)) this.#changed();
    return this.#due.size === 0
      ? Promise.resolve(attributes.object)
      : this.#apply(attributes, (key) => this.#due.has(key));
  }

  #changed(): void {
    for (const key of this.#earlier) this.#due.add(key);
    this.#earlier.clear();
  }

  async #apply(attributes: AdmissionAttributes, isDue: (key: string) => boolean): Promise<KubeObject | undefined> {
    const errors = new Errors(attributes);
    let current = attributes;
    for (const invocation of await this.#invocations(attributes, errors)) {
      if (!isDue(invocation.key) || current.object === undefined) continue;
      const object = await this.#invoke(invocation, current, errors);
      if (object === undefined) continue;
      if (!deepEqual(object, current.object)) this.#changed();
      current = { ...current, object };
      if (invocation.mutator.policy.spec.reinvocationPolicy === 'IfNeeded') this.#earlier.add(invocation.key);
    }
    this.#last = current.object;
    errors.end();
    return current.object;
  }

  async #invocations(attributes: AdmissionAttributes, errors: Errors): Promise<Invocation[]> {
    const { namespaces, params } = this.#dependencies;
    const found: Invocation[] = [];
    for (const { compiled: mutator, bindings } of this.#hooks) {
      const { matchConstraints = {}, paramKind } = mutator.policy.spec;
      let version: NamedVersion | undefined;
      try {
        version = await matchedVersion(namespaces, matchConstraints, attributes);
        if (version === undefined) continue;
        if (paramKind !== undefined && (await params.of(kindOf(paramKind))) === undefined)
          throw new Error(`failed to find resource referenced by paramKind: '${goKind(paramKind)}'`);
      } catch (error) {
        errors.add(mutator, undefined, `failed to configure policy: ${messageOf(error)}`);
        continue;
      }
      for (const binding of bindings) {
        const bound = await this.#bound(mutator, binding, attributes, errors);
        for (const one of bound) found.push({ ...one, version });
      }
    }
    return found;
  }

  async #bound(
    mutator: Mutator,
    { metadata, spec }: MutatingAdmissionPolicyBinding,
    attributes: AdmissionAttributes,
    errors: Errors,
  ): Promise<Omit<Invocation, 'version'>[]> {
    const { name: binding = '' } = metadata;
    const { matchResources, paramRef } = spec;
    try {
      const { namespaces } = this.#dependencies;
      if (matchResources !== undefined && !(await matchedVersion(namespaces, matchResources, attributes))) return [];
      const { paramKind } = mutator.policy.spec;
      const found = await paramsOf(this.#dependencies, paramKind, paramRef, attributes.namespace);
      return found.map((params) => {
        const of = params?.metadata;
        const key = JSON.stringify([mutator.name, binding, of?.namespace, of?.name]);
        return { mutator, binding, params, key };
      });
    } catch (error) {
      errors.add(mutator, binding, `failed to configure binding: ${messageOf(error)}`);
      return [];
    }
  }

  /** @returns undefined where the match conditions do not hold, or cannot be told */
  async #invoke(
    { mutator, binding, params, version }: Invocation,
    asked: AdmissionAttributes,
    errors: Errors,
  ): Promise<KubeObject | undefined> {
    const { language, namespaces, authorizer, clock, metrics } = this.#dependencies;
    const attributes = attributesIn(version, asked);
    const { namespace, object } = attributes;
    if (object === undefined) return undefined;
    const namespaceObject = namespace === '' ? null : await namespaceNamed(namespaces, namespace);
    const input = { attributes, params, namespaceObject, authorizer, clock };
    try {
      if (!(await conditionsHold(language, mutator, input))) return undefined;
    } catch (error) {
      errors.add(mutator, binding, messageOf(error), 'Invalid');
      return undefined;
    }
    let current = object;
    for (const mutation of mutator.mutations) {
      const now = { ...input, attributes: { ...attributes, object: current } };
      const began = clock.monotonic();
      let failure: { readonly error?: string } = {};
      try {
        const next = await applyMutation(language, mutator, mutation, now, current);
        if (next !== current) current = defaultedIn(version, next, this.#defaulted);
      } catch (cause) {
        failure = { error: messageOf(cause) };
        errors.add(mutator, binding, messageOf(cause), 'Invalid');
      }
      metrics.mutated({ policy: mutator.name, binding, ...failure, seconds: (clock.monotonic() - began) / 1000 });
    }
    return current === object ? asked.object : backFrom(version, current);
  }
}

/** What went wrong with policies whose failurePolicy is Fail. */
class Errors {
  readonly #attributes: AdmissionAttributes;
  readonly #all: { readonly message: string; readonly reason: string }[] = [];

  constructor(attributes: AdmissionAttributes) {
    this.#attributes = attributes;
  }

  add({ name, ignoresFailures }: Mutator, binding: string | undefined, why: string, reason = 'Forbidden'): void {
    if (ignoresFailures) return;
    const by = binding === undefined ? `policy ${JSON.stringify(name)}` : `policy '${name}' with binding '${binding}'`;
    this.#all.push({ message: `${by} denied request: ${why}`, reason });
  }

  /** @throws StatusError that tells all */
  end(): void {
    const [first] = this.#all;
    if (first === undefined) return;
    const { status } = forbiddenRequest(this.#attributes.resource, nameOf(this.#attributes), '');
    const causes = this.#all.map(({ message }) => ({ message }));
    throw new StatusError(403, first.reason, first.message, { ...status.details, causes });
  }
}
