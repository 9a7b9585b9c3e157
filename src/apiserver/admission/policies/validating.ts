/** ValidatingAdmissionPolicies. Source: k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go */
import type { ValidatingAdmissionPolicyBinding, ValidationAction } from '../../../apis/kubernetes/types.ts';
import type { KubeObject } from '../../../meta/object.ts';
import { forbiddenRequest, StatusError } from '../../../meta/status.ts';
import { messageOf } from '../consult.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { attributesIn, type NamedVersion } from '../equivalents.ts';
import { nameOf } from '../name-of.ts';
import { namespaceNamed } from '../selection.ts';
import type { PolicyHook } from './compiled.ts';
import type { PolicyDependencies } from './dependencies.ts';
import { matchedVersion } from './matching.ts';
import { goKind, kindOf, paramsOf } from './params.ts';
import { validateWith, type Annotation, type Decision, type Validator } from './validator.ts';

type Hook = PolicyHook<ValidatingAdmissionPolicyBinding, Validator>;

interface Refusal {
  readonly message: string;
  readonly reason: string;
}
interface Failure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly ValidationAction[];
}

const maxAnnotationLength = 10 * 1024;
const maxFailures = 50;
const failureKey = 'validation.policy.admission.k8s.io/validation_failure';
const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

/** Evaluates all policies that are about the request. @throws StatusError with the words of the first that denies it */
export async function validateByPolicies(
  dependencies: PolicyDependencies,
  hooks: readonly Hook[],
  attributes: AdmissionAttributes,
): Promise<void> {
  const validation = new Validation(dependencies, attributes);
  for (const hook of hooks) await validation.apply(hook);
  validation.end();
}

class Validation {
  readonly #dependencies: PolicyDependencies;
  readonly #attributes: AdmissionAttributes;
  readonly #refusals: Refusal[] = [];
  readonly #failures: Failure[] = [];

  constructor(dependencies: PolicyDependencies, attributes: AdmissionAttributes) {
    this.#dependencies = dependencies;
    this.#attributes = attributes;
  }

  async apply({ compiled, bindings }: Hook): Promise<void> {
    const { namespaces, params } = this.#dependencies;
    const { matchConstraints = {}, paramKind } = compiled.policy.spec;
    let version: NamedVersion | undefined;
    try {
      version = await matchedVersion(namespaces, matchConstraints, this.#attributes);
      if (version === undefined) return;
      if (paramKind !== undefined && (await params.of(kindOf(paramKind))) === undefined)
        throw new Error(`failed to find resource referenced by paramKind: '${goKind(paramKind)}'`);
    } catch (error) {
      this.#misconfigured(compiled, undefined, error);
      return;
    }
    const annotations = new Map<string, string[]>();
    const shown = attributesIn(version, this.#attributes);
    for (const binding of bindings) await this.#bind(compiled, binding, annotations, shown);
    for (const [key, values] of annotations) this.#remark(`${compiled.name}/${key}`, values.join(', '));
  }

  async #bind(
    compiled: Validator,
    binding: ValidatingAdmissionPolicyBinding,
    annotations: Map<string, string[]>,
    shown: AdmissionAttributes,
  ): Promise<void> {
    const { namespaces, authorizer, clock, language } = this.#dependencies;
    const { matchResources, paramRef } = binding.spec;
    const { namespace } = this.#attributes;
    let found: readonly (KubeObject | null)[];
    try {
      if (matchResources !== undefined && !(await matchedVersion(namespaces, matchResources, this.#attributes))) return;
      found = await paramsOf(this.#dependencies, compiled.policy.spec.paramKind, paramRef, namespace);
    } catch (error) {
      this.#misconfigured(compiled, binding, error);
      return;
    }
    if (found.length === 0) return;
    const namespaceObject = namespace === '' ? null : await namespaceNamed(namespaces, namespace);
    for (const params of found) {
      const input = { attributes: shown, params, namespaceObject, authorizer, clock };
      const result = await validateWith(language, compiled, input);
      result.decisions.forEach((decision, at) => this.#take(compiled, binding, decision, at));
      for (const annotation of result.annotations) this.#annotate(compiled, binding, annotation, annotations);
    }
  }

  #take({ name }: Validator, binding: ValidatingAdmissionPolicyBinding, decision: Decision, at: number): void {
    const { metrics } = this.#dependencies;
    const { metadata, spec } = binding;
    const bound = metadata.name ?? '';
    const { seconds } = decision;
    if (decision.action === 'admit') {
      const { error } = decision;
      if (error !== undefined) metrics.validated('allow', { policy: name, binding: bound, error, seconds });
      return;
    }
    const { message, reason } = decision;
    const { validationActions = ['Deny'] } = spec;
    for (const action of validationActions) {
      metrics.validated(enforcement[action], { policy: name, binding: bound, error: message, seconds });
      if (action === 'Deny') this.#refuse(name, bound, message, reason);
      else if (action === 'Audit')
        this.#failures.push({ message, policy: name, binding: bound, expressionIndex: at, validationActions });
      else
        this.#attributes.context.warn(
          `Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${bound}': ${message}`,
        );
    }
  }

  #annotate(
    { name }: Validator,
    { metadata }: ValidatingAdmissionPolicyBinding,
    annotation: Annotation,
    annotations: Map<string, string[]>,
  ): void {
    if ('error' in annotation) {
      const { error, seconds } = annotation;
      this.#dependencies.metrics.validated('deny', { policy: name, binding: metadata.name ?? '', error, seconds });
      this.#refuse(name, metadata.name, error, '');
      return;
    }
    const { key, value: whole } = annotation;
    const value = Buffer.from(whole).subarray(0, maxAnnotationLength).toString();
    const values = annotations.get(key) ?? [];
    if (!values.includes(value)) annotations.set(key, [...values, value]);
  }

  #misconfigured(
    { name, ignoresFailures }: Validator,
    binding: ValidatingAdmissionPolicyBinding | undefined,
    error: unknown,
  ): void {
    if (ignoresFailures) return;
    const what = binding === undefined ? 'policy' : 'binding';
    this.#refuse(name, binding?.metadata.name, `failed to configure ${what}: ${messageOf(error)}`, '');
  }

  #refuse(policy: string, binding: string | undefined, why: string, reason: string): void {
    const by = binding === undefined ? '' : ` with binding '${binding}'`;
    const message = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${why}`;
    this.#refusals.push({ message, reason: reason === '' ? 'Invalid' : reason });
  }

  /** @throws StatusError with the first refusal */
  end(): void {
    if (this.#failures.length > 0) this.#remark(failureKey, goJson(this.#failures.slice(0, maxFailures)));
    const [first] = this.#refusals;
    if (first === undefined) return;
    const { resource } = this.#attributes;
    const { message, status } = forbiddenRequest(resource, nameOf(this.#attributes), first.message);
    const details = { ...status.details, causes: [{ message: first.message }] };
    throw new StatusError(codes[first.reason] ?? 422, first.reason, message, details);
  }

  #remark(key: string, value: string): void {
    const { context, object, oldObject } = this.#attributes;
    context.audit?.shown(object, oldObject);
    context.audit?.remark(key, value);
  }
}

const enforcement = { Deny: 'deny', Warn: 'warn', Audit: 'audit' } as const;

/** As Go writes JSON: fit for HTML. */
function goJson(value: unknown): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escape);
}
