/** What a ValidatingAdmissionPolicy says about a request. Source: k8s.io/apiserver/…/policy/validating/validator.go */
import type { ValidatingAdmissionPolicy } from '../../../apis/kubernetes/types.ts';
import type { Language, Program } from '../cel.ts';
import { messageOf } from '../consult.ts';
import { compilePolicy, type CompiledPolicy } from './compiled.ts';
import { bindingOf, conditionsHold, evaluateAll, evaluateOne, type Evaluated, type PolicyInput } from './evaluation.ts';

/** A policy whose expressions are compiled. */
export interface Validator extends CompiledPolicy<ValidatingAdmissionPolicy> {
  readonly validations: readonly Validation[];
  readonly annotations: readonly { readonly key: string; readonly value: Program }[];
}

interface Validation {
  readonly expression: Program;
  /** Undefined where the policy has none. */
  readonly messageExpression: Program | undefined;
  readonly message: string;
  readonly reason: string;
}

/** What one validation came to. */
export type Decision = (
  | {
      readonly action: 'admit';
      /** Of a validation that could not be evaluated, which the failurePolicy ignores. */
      readonly error?: string;
    }
  | { readonly action: 'deny'; readonly message: string; readonly reason: string }
) & { readonly seconds: number };

/** What one audit annotation came to; those that are left out are not among them. */
export type Annotation =
  { readonly key: string; readonly value: string } | { readonly error: string; readonly seconds: number };

/** All that a policy says about a request and one param. */
interface ValidateResult {
  /** One for each validation, in their order; only one if the policy as a whole could not be evaluated. */
  readonly decisions: readonly Decision[];
  readonly annotations: readonly Annotation[];
}

/** In bytes. Source: k8s.io/apiserver/pkg/apis/cel MaxEvaluatedMessageExpressionSizeBytes */
const maxMessageBytes = 5 * 1024;

/** Compiles the policy; expressions that do not compile fail when they are evaluated. */
export function validatorOf(language: Language, policy: ValidatingAdmissionPolicy): Validator {
  const { validations = [], auditAnnotations = [] } = policy.spec;
  const compile = (expression: string): Program => language.compile(expression);
  return {
    ...compilePolicy(language, policy),
    validations: validations.map(({ expression, message = '', messageExpression = '', reason = 'Invalid' }) => ({
      expression: compile(expression),
      messageExpression: messageExpression === '' ? undefined : compile(messageExpression),
      ...{ message, reason },
    })),
    annotations: auditAnnotations.map(({ key, valueExpression }) => ({ key, value: compile(valueExpression) })),
  };
}

/** Evaluates the policy. What fails is decided by its failurePolicy. */
export async function validateWith(
  language: Language,
  validator: Validator,
  input: PolicyInput,
): Promise<ValidateResult> {
  try {
    if (!(await conditionsHold(language, validator, input))) return { decisions: [], annotations: [] };
    const decisions = await decide(language, validator, input);
    return { decisions, annotations: await annotate(language, validator, input) };
  } catch (error) {
    return { decisions: [failed(validator, messageOf(error), 0)], annotations: [] };
  }
}

/** @throws Error if the validations cost too much */
async function decide(language: Language, validator: Validator, input: PolicyInput): Promise<Decision[]> {
  const { validations, variables } = validator;
  const binding = bindingOf(language, variables, input);
  const programs = validations.map(({ expression }) => expression);
  const results = await evaluateAll(programs, binding, input.clock);
  const messages: (Evaluated | undefined)[] = [];
  let overspent = '';
  try {
    for (const { messageExpression: program } of validations)
      messages.push(program === undefined ? undefined : await evaluateOne(program, binding));
  } catch (error) {
    overspent = `failed messageExpression: ${messageOf(error)}`;
  }
  return validations.map((validation, at): Decision => {
    const result = results[at];
    const seconds = result?.seconds ?? 0;
    if (result === undefined || 'error' in result) return failed(validator, result?.error ?? '', seconds);
    if (overspent !== '') return failed(validator, overspent, seconds);
    if (result.value === true) return { action: 'admit', seconds };
    const message = messageFrom(messages[at]) || validation.message.trim();
    const words = message === '' ? `failed expression: ${validation.expression.expression.trim()}` : message;
    return { action: 'deny', message: words, reason: validation.reason, seconds };
  });
}

/** '' where the expression gives no message that may be shown. */
function messageFrom(evaluated: Evaluated | undefined): string {
  if (evaluated === undefined || 'error' in evaluated || typeof evaluated.value !== 'string') return '';
  const message = evaluated.value.trim();
  return Buffer.byteLength(message) > maxMessageBytes || message.includes('\n') ? '' : message;
}

function failed({ ignoresFailures }: Validator, message: string, seconds: number): Decision {
  return ignoresFailures
    ? { action: 'admit', error: message, seconds }
    : { action: 'deny', message, reason: '', seconds };
}

async function annotate(language: Language, validator: Validator, input: PolicyInput): Promise<Annotation[]> {
  const { annotations, variables, ignoresFailures } = validator;
  if (annotations.length === 0) return [];
  const binding = bindingOf(language, variables, input);
  const programs = annotations.map(({ value }) => value);
  const results = await evaluateAll(programs, binding, input.clock);
  return annotations.flatMap(({ key, value: { expression } }, at): Annotation[] => {
    const result = results[at];
    const seconds = result?.seconds ?? 0;
    if (result === undefined || 'error' in result)
      return ignoresFailures ? [] : [{ error: result?.error ?? '', seconds }];
    if (result.value === null) return [];
    if (typeof result.value !== 'string') {
      const why = `valueExpression '${expression}' resulted in unsupported return type: ${typeof result.value}`;
      return [{ error: `${why}. Return type must be either string or null.`, seconds }];
    }
    const value = result.value.trim();
    return value === '' ? [] : [{ key, value }];
  });
}
