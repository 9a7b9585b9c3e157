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

/** Variables, decisions and time for all expressions of one webhook about one request. */
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
  /** @throws Error if it cannot be evaluated, is not a bool, or takes too long */
  evaluate(binding: Binding): Promise<boolean>;
}

/** What expressions are evaluated on. */
export interface Subject {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly request: object;
  readonly user: UserInfo;
  readonly authorizer: Authorizer;
  readonly resource: { readonly resource: GroupVersionResource; readonly subresource: string } & NamespacedName;
}

/** Compiles expressions and binds their variables. */
export interface Language {
  compile(expression: string): Program;
  bind(subject: Subject): Binding;
}

/**
 * Milliseconds for all conditions of a webhook: users' expressions (long lists) must not stop the server.
 * kube-apiserver limits steps instead, to about the same time. Source: k8s.io/apiserver/pkg/apis/cel
 * RuntimeCELCostBudgetMatchConditions
 */
const defaultBudgetMs = 250;

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
    bind: (subject) => bind(subject, conditionBudgetMs),
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

  async evaluate(binding: Binding): Promise<boolean> {
    if (this.flaw !== undefined) throw this.flaw;
    for (;;) {
      try {
        const value = this.#attempt(binding);
        if (typeof value === 'boolean') return value;
        throw new Error(`must evaluate to bool but got ${typeof value}`);
      } catch (error) {
        if (error instanceof TimeExceededError || !(await binding.decisions.learn())) throw worded(error);
      }
    }
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

function bind({ object, oldObject, request, user, authorizer, resource }: Subject, budgetMs: number): Binding {
  const decisions = new CelDecisions(authorizer);
  const variables = {
    object: valueOf(object ?? null),
    oldObject: valueOf(oldObject ?? null),
    request: valueOf(request),
    // Match conditions of webhooks have no namespaceObject: it is null.
    namespaceObject: null,
    authorizer: new CelAuthorizer(decisions, user, aboutOf(resource)),
  };
  return { variables, decisions, budgetMs, leftMs: budgetMs };
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
    .registerVariable('namespaceObject', 'dyn');
  return withAuthorizer(withRegularExpressions(withStrings(withSets(withLists(bare)))));
}
