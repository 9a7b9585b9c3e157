/** Evaluates lists of expressions under one budget. Source: k8s.io/apiserver/pkg/admission/plugin/cel condition.go */
import type { Authorizer } from '../../../auth/contract.ts';
import type { KubeObject } from '../../../meta/object.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { OutOfBudgetError, type Binding, type Language, type Program } from '../cel.ts';
import { messageOf } from '../consult.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { attributesOfRequest } from '../review.ts';

/** What an expression came to. */
export type Evaluated = { readonly value: unknown } | { readonly error: string };
/** The same with the time that it took. */
type TimedEvaluated = Evaluated & { readonly seconds: number };

/** What a policy is evaluated on. */
export interface PolicyInput {
  readonly attributes: AdmissionAttributes;
  readonly params: KubeObject | null;
  /** null where the object is in none. */
  readonly namespaceObject: KubeObject | null;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
}

/** Source: k8s.io/apiserver/pkg/apis/cel RuntimeCELCostBudgetMatchConditions */
const matchConditionBudget = 2_500_000;
/** Of all validations of a policy and the messages of those, in the same units. Source: there, RuntimeCELCostBudget */
const policyBudget = 10_000_000;
const budgetWords = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** Whether a policy's match conditions hold; false where they cannot be told and failures are ignored. @throws Error */
export async function conditionsHold(
  language: Language,
  policy: {
    readonly conditions: readonly Program[];
    readonly variables: ReadonlyMap<string, Program>;
    readonly ignoresFailures: boolean;
  },
  input: PolicyInput,
): Promise<boolean> {
  if (policy.conditions.length === 0) return true;
  const binding = bindingOf(language, policy.variables, { ...input, namespaceObject: null }, matchConditionBudget);
  const errors: string[] = [];
  try {
    for (const one of await evaluateAll(policy.conditions, binding, input.clock)) {
      if ('error' in one) errors.push(one.error);
      else if (one.value === false) return false;
    }
  } catch (error) {
    if (policy.ignoresFailures) return false;
    throw error;
  }
  if (errors.length === 0) return true;
  if (policy.ignoresFailures) return false;
  const unique = [...new Set(errors)];
  throw new Error(unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`);
}

/** The variables of all expressions about one input. @param budget the cost of all of them together */
export function bindingOf(
  language: Language,
  variables: ReadonlyMap<string, Program>,
  { attributes, params, namespaceObject, authorizer }: PolicyInput,
  budget = policyBudget,
): Binding {
  const { object, oldObject, context } = attributes;
  const request = { ...attributesOfRequest(attributes), name: attributes.name };
  const subject = { object, oldObject, request, user: context.user, authorizer, resource: attributes };
  return language.bind({ ...subject, params, namespaceObject: visible(namespaceObject) }, variables, budget);
}

/**
 * Evaluates all expressions, one after the other.
 * @throws Error if they cost too much together
 */
export async function evaluateAll(
  programs: readonly Program[],
  binding: Binding,
  clock: Clock,
): Promise<TimedEvaluated[]> {
  const all: TimedEvaluated[] = [];
  for (const program of programs) {
    const began = clock.monotonic();
    const evaluated = await evaluateOne(program, binding);
    all.push({ ...evaluated, seconds: (clock.monotonic() - began) / 1000 });
  }
  return all;
}

/** @throws Error if this and those before it cost too much */
export async function evaluateOne(program: Program, binding: Binding): Promise<Evaluated> {
  if (program.flaw !== undefined) return { error: `compilation error: compilation failed: ${program.flaw.message}` };
  try {
    return { value: await program.evaluate(binding) };
  } catch (cause) {
    if (cause instanceof OutOfBudgetError) throw new Error(budgetWords, { cause });
    return { error: `expression '${program.expression}' resulted in error: ${messageOf(cause)}` };
  }
}

/** Source: k8s.io/apiserver/pkg/admission/plugin/cel CreateNamespaceObject */
const hidden = new Set(['apiVersion', 'kind', 'managedFields', 'ownerReferences']);

/** A namespace without what expressions do not see of it. */
function visible(namespace: KubeObject | null): object | null {
  return namespace === null ? null : { ...shown(namespace), metadata: shown(namespace.metadata) };
}

function shown(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !hidden.has(key)));
}
