/**
 * The Common Expression Language for match conditions: the language with its strings and optional types, and
 * Kubernetes' libraries for regular expressions, lists, sets and `authorizer`. An expression that needs more fails, and
 * the webhook's failurePolicy decides. Source: https://kubernetes.io/docs/reference/using-api/cel/
 */
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Authorizer } from '../../auth/contract.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { GroupVersionResource, KubeObject, NamespacedName } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createInterruptible, TimeExceededError, type Interruptible } from '../../runtime/interruptible.ts';
import { CelAuthorizer, withAuthorizer } from './cel-authorizer.ts';
import { CelDecisions } from './cel-decisions.ts';
import { withLists, withSets, withStrings } from './cel-libraries.ts';
import { withRegularExpressions } from './cel-regex.ts';

/** Variables, decisions and time for a list of expressions about one request. */
export interface Binding {
  /** The values of the variables, in the types of the CEL library. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly decisions: CelDecisions;
  /** Milliseconds left for evaluation; waiting for the authorizer does not count. */
  readonly budgetMs: number;
  leftMs: number;
}

/** A compiled expression. */
export interface Program {
  readonly expression: string;
  /** Why the expression can never be evaluated; undefined if it can. */
  readonly flaw: Error | undefined;
  /** @throws Error if it cannot be evaluated, OutOfBudgetError if it or those before it take too long */
  evaluate(binding: Binding): Promise<unknown>;
  /** Evaluates it as a part of another expression, whose time it takes. @throws Error */
  within(variables: Binding['variables']): unknown;
}

/** What expressions are evaluated on. */
export interface Subject {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly request: object;
  readonly user: UserInfo;
  readonly authorizer: Authorizer;
  /** null if there are none. */
  readonly params?: object | null;
  /** null if there is none. */
  readonly namespaceObject?: object | null;
  readonly resource: { readonly resource: GroupVersionResource; readonly subresource: string } & NamespacedName;
}

/** Compiles expressions and binds their variables. */
export interface Language {
  compile(expression: string): Program;
  /**
   * @param variables expressions with names: the fields of `variables`, evaluated when they are needed
   * @param budget of all expressions together, in kube-apiserver's units of cost
   */
  bind(subject: Subject, variables?: ReadonlyMap<string, Program>, budget?: number): Binding;
}

/** The expression, or those before it, took more time than there was for all of them. */
export class OutOfBudgetError extends Error {
  override readonly name = 'OutOfBudgetError';
}

/**
 * Milliseconds for all conditions of a webhook: users' expressions (long lists) must not stop the server.
 * kube-apiserver limits steps instead, to about the same time. Source: k8s.io/apiserver/pkg/apis/cel
 * RuntimeCELCostBudgetMatchConditions
 */
const defaultBudgetMs = 250;
/** kube-apiserver allows 10,000,000 for about one second. */
const costPerMs = 10_000;

/**
 * The language.
 * @param clock measures the time of evaluations
 * @param conditionBudgetMs time for all conditions of a webhook, in milliseconds
 */
export function createLanguage({
  clock,
  conditionBudgetMs = defaultBudgetMs,
}: {
  readonly clock: Clock;
  readonly conditionBudgetMs?: number | undefined;
}): Language {
  const interruptible = createInterruptible();
  return {
    compile: (expression) => new CompiledProgram(expression, interruptible, clock),
    bind: (subject, variables = new Map(), budget) =>
      bind(subject, variables, budget === undefined ? conditionBudgetMs : budget / costPerMs),
  };
}

class CompiledProgram implements Program {
  readonly expression: string;
  readonly flaw: Error | undefined;
  readonly #interruptible: Interruptible;
  readonly #clock: Clock;
  #parsed: ParseResult | undefined;

  constructor(expression: string, interruptible: Interruptible, clock: Clock) {
    this.expression = expression;
    this.#interruptible = interruptible;
    this.#clock = clock;
    try {
      this.#parsed = environment().parse(expression);
      const { error } = this.#parsed.check();
      if (error !== undefined) this.flaw = worded(error);
    } catch (error) {
      this.flaw = worded(error);
    }
  }

  async evaluate(binding: Binding): Promise<unknown> {
    if (this.flaw !== undefined) throw this.flaw;
    for (;;) {
      try {
        return this.#attempt(binding);
      } catch (error) {
        if (error instanceof TimeExceededError) throw new OutOfBudgetError(error.message, { cause: error });
        if (!(await binding.decisions.learn())) throw worded(error);
      }
    }
  }

  within(variables: Binding['variables']): unknown {
    if (this.flaw !== undefined) throw this.flaw;
    const parsed = (this.#parsed ??= environment().parse(this.expression));
    return parsed(variables);
  }

  #attempt(binding: Binding): unknown {
    if (binding.leftMs <= 0) throw new TimeExceededError(binding.budgetMs);
    const parsed = (this.#parsed ??= environment().parse(this.expression));
    const began = this.#clock.monotonic();
    binding.decisions.forget();
    try {
      return this.#interruptible(binding.leftMs, () => parsed(binding.variables) as unknown);
    } catch (error) {
      // The interrupted program is in an unknown state: parse it again.
      if (error instanceof TimeExceededError) [this.#parsed, binding.leftMs] = [undefined, 0];
      throw error;
    } finally {
      binding.leftMs -= this.#clock.monotonic() - began;
    }
  }
}

function bind(subject: Subject, named: ReadonlyMap<string, Program>, budgetMs: number): Binding {
  const { object, oldObject, request, user, authorizer, resource, params = null, namespaceObject = null } = subject;
  const decisions = new CelDecisions(authorizer);
  const variables = {
    object: valueOf(object ?? null),
    oldObject: valueOf(oldObject ?? null),
    request: valueOf(request),
    params: valueOf(params),
    namespaceObject: valueOf(namespaceObject),
    authorizer: new CelAuthorizer(decisions, user, aboutOf(resource)),
    variables: {},
  };
  variables.variables = lazily(named, variables);
  return { variables, decisions, budgetMs, leftMs: budgetMs };
}

/** An object whose fields are evaluated when they are first read. */
function lazily(named: ReadonlyMap<string, Program>, variables: Binding['variables']): object {
  const fields = {};
  for (const [name, program] of named) {
    let known: { readonly value: unknown } | undefined;
    const get = (): unknown => (known ??= { value: evaluated(name, program, variables) }).value;
    Object.defineProperty(fields, name, { get, enumerable: true });
  }
  return fields;
}

function evaluated(name: string, program: Program, variables: Binding['variables']): unknown {
  const about = `composited variable ${JSON.stringify(name)}`;
  if (program.flaw !== undefined)
    throw new Error(`${about} fails to compile: compilation failed: ${program.flaw.message}`);
  try {
    return program.within(variables);
  } catch (cause) {
    throw new Error(`${about} fails to evaluate: ${worded(cause).message}`, { cause });
  }
}

/** Whole numbers become ints, as when Go reads JSON. */
function valueOf(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(valueOf);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, valueOf(field)]));
}

function aboutOf({ resource: { group, version, resource }, subresource, namespace, name }: Subject['resource']) {
  return { group, version, resource, subresource, namespace, name };
}

/** The first line of the message, without the lines that show the position. */
function worded(cause: unknown): Error {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new Error(first.charAt(0).toLowerCase() + first.slice(1), { cause });
}

function environment(): Environment {
  const bare = new Environment({ enableOptionalTypes: true })
    .registerVariable('object', 'dyn')
    .registerVariable('oldObject', 'dyn')
    .registerVariable('request', 'dyn')
    .registerVariable('namespaceObject', 'dyn')
    .registerVariable('params', 'dyn')
    .registerVariable('variables', 'dyn');
  return withAuthorizer(withRegularExpressions(withStrings(withSets(withLists(bare)))));
}
