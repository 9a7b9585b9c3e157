/**
 * The Common Expression Language as admission uses it: its variables, and budgets for its cost and time. Source:
 * https://kubernetes.io/docs/reference/using-api/cel/, k8s.io/apiserver/pkg/admission/plugin/cel
 */
import type { Authorizer } from '../../auth/contract.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { GroupVersionResource, KubeObject, NamespacedName } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CelError } from '../cel/errors.ts';
import { compile, type Environment, type Evaluate } from '../cel/evaluator.ts';
import { standardFunctions } from '../cel/library/index.ts';
import { parseTimestamp } from '../cel/library/time.ts';
import { Meter, TimeSpentError } from '../cel/meter.ts';
import { fromJson, type Fields } from '../cel/values.ts';
import { authorizerFunctions, CelAuthorizer } from './cel-authorizer.ts';
import { CelDecisions, UndecidedError } from './cel-decisions.ts';
import { mutationFunctions, structOf } from './cel-structs.ts';

/** Values of the variables, decisions and budgets for a list of expressions about one request. */
export interface Binding {
  readonly values: Readonly<Record<string, unknown>>;
  readonly decisions: CelDecisions;
  /** What may still be spent, in kube-apiserver's units of cost. */
  left: number;
  /** Milliseconds left for evaluation; waiting for the authorizer does not count. */
  leftMs: number;
  readonly budgetMs: number;
}

/** A compiled expression. */
export interface Program {
  readonly expression: string;
  /** Why the expression can never be evaluated; undefined if it can. */
  readonly flaw: Error | undefined;
  /** @throws Error if it cannot be evaluated, OutOfBudgetError if it or those before it cost too much */
  evaluate(binding: Binding): Promise<unknown>;
  /** Evaluates it as a part of another expression; what it costs is taken from the budget. @throws Error */
  within(binding: Binding): unknown;
}

/** What expressions are evaluated on. */
export interface Subject {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly request: object;
  readonly user: UserInfo;
  readonly authorizer: Authorizer;
  /** null if there are none. The times of core kinds are timestamps; those of other objects are strings. */
  readonly params?: object | null;
  /** null if there is none. Its times are timestamps. */
  readonly namespaceObject?: object | null;
  readonly resource: { readonly resource: GroupVersionResource; readonly subresource: string } & NamespacedName;
}

/** Compiles expressions and binds their variables. */
export interface Language {
  /** @param mutates whether it may make Objects and JSONPatches */
  compile(expression: string, mutates?: boolean): Program;
  /**
   * @param variables expressions with names: the fields of `variables`, evaluated when they are needed
   * @param budget of all expressions together, in kube-apiserver's units of cost
   */
  bind(subject: Subject, variables?: ReadonlyMap<string, Program>, budget?: number): Binding;
}

/** The expression, or those before it, cost more than there was for all of them. */
export class OutOfBudgetError extends Error {
  override readonly name = 'OutOfBudgetError';
}

/** Source: k8s.io/apiserver/pkg/apis/cel RuntimeCELCostBudgetMatchConditions; about 0.25 s there. */
const conditionBudget = 2_500_000;
const costPerMs = 10_000;

const variables = new Set('object oldObject request params namespaceObject authorizer variables'.split(' '));

/**
 * The language.
 * @param clock measures the time of evaluations
 * @param conditionBudgetMs time for all conditions of a webhook, in milliseconds; 250 if absent
 */
export function createLanguage({
  clock,
  conditionBudgetMs = conditionBudget / costPerMs,
}: {
  readonly clock: Clock;
  readonly conditionBudgetMs?: number | undefined;
}): Language {
  const functions = standardFunctions(authorizerFunctions);
  const checking: Environment = { variables, functions };
  const mutating: Environment = {
    ...{ variables, struct: structOf },
    functions: standardFunctions(authorizerFunctions, mutationFunctions),
  };
  return {
    compile: (expression, mutates = false) => new CompiledProgram(expression, mutates ? mutating : checking, clock),
    bind: (subject, named = new Map(), budget = conditionBudget) =>
      bind(subject, named, budget, (budget / conditionBudget) * conditionBudgetMs),
  };
}

class CompiledProgram implements Program {
  readonly expression: string;
  readonly flaw: Error | undefined;
  readonly #clock: Clock;
  readonly #run: Evaluate | undefined;

  constructor(expression: string, environment: Environment, clock: Clock) {
    this.expression = expression;
    this.#clock = clock;
    try {
      this.#run = compile(expression, environment);
    } catch (error) {
      this.flaw = error instanceof Error ? error : new Error(String(error));
    }
  }

  async evaluate(binding: Binding): Promise<unknown> {
    for (;;) {
      const began = this.#clock.monotonic();
      try {
        return this.within(binding);
      } catch (error) {
        if (error instanceof TimeSpentError) throw new OutOfBudgetError(error.message, { cause: error });
        if (!(error instanceof UndecidedError)) throw error;
      } finally {
        binding.leftMs -= this.#clock.monotonic() - began;
      }
      await binding.decisions.learn();
    }
  }

  within(binding: Binding): unknown {
    if (this.#run === undefined) throw this.flaw ?? new Error('it has not been compiled');
    const deadline = this.#clock.monotonic() + binding.leftMs;
    const meter = new Meter(
      () => this.#clock.monotonic() >= deadline,
      () => new TimeSpentError(`took longer than ${binding.budgetMs} ms`),
    );
    if (binding.leftMs <= 0) throw new TimeSpentError(`took longer than ${binding.budgetMs} ms`);
    let isAgain = false;
    try {
      return this.#run(binding.values, meter);
    } catch (error) {
      isAgain = error instanceof UndecidedError;
      throw error;
    } finally {
      if (!isAgain) spend(binding, meter.cost);
    }
  }
}

/** @throws OutOfBudgetError, whatever else went wrong */
function spend(binding: Binding, cost: number): void {
  binding.left -= cost;
  if (binding.left < 0) throw new OutOfBudgetError('cost budget exceeded');
}

function bind(subject: Subject, named: ReadonlyMap<string, Program>, left: number, budgetMs: number): Binding {
  const { object, oldObject, request, user, authorizer, resource, params = null, namespaceObject = null } = subject;
  const decisions = new CelDecisions(authorizer);
  const lazy = new Variables(named);
  const values = {
    object: fromJson(object ?? null),
    oldObject: fromJson(oldObject ?? null),
    request: fromJson(request),
    params: isCore(params) ? withTimes(fromJson(params)) : fromJson(params),
    namespaceObject: withTimes(fromJson(namespaceObject)),
    authorizer: new CelAuthorizer(decisions, user, aboutOf(resource)),
    variables: lazy,
  };
  const binding: Binding = { values, decisions, left, budgetMs, leftMs: budgetMs };
  lazy.binding = binding;
  return binding;
}

function isCore(object: object | null): boolean {
  return object !== null && 'apiVersion' in object && object.apiVersion === 'v1';
}

const times = new Set(['creationTimestamp', 'deletionTimestamp', 'lastTransitionTime']);

/** Go knows the types of Kubernetes' own kinds: their times are no strings. */
function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      times.has(key) && typeof field === 'string' ? parseTimestamp(field) : withTimes(field),
    ]),
  );
}

/** Each is evaluated when it is first read. */
class Variables implements Fields {
  readonly celType = 'kubernetes.variables';
  binding: Binding | undefined;
  readonly #programs: ReadonlyMap<string, Program>;
  readonly #known = new Map<string, unknown>();

  constructor(programs: ReadonlyMap<string, Program>) {
    this.#programs = programs;
  }

  celField(name: string): unknown {
    if (this.#known.has(name)) return this.#known.get(name);
    const program = this.#programs.get(name);
    if (program === undefined || this.binding === undefined) return undefined;
    const about = `composited variable ${JSON.stringify(name)}`;
    if (program.flaw !== undefined)
      throw new CelError(`${about} fails to compile: compilation failed: ${program.flaw.message}`);
    let value: unknown;
    try {
      value = program.within(this.binding);
    } catch (cause) {
      if (!(cause instanceof CelError)) throw cause;
      throw new CelError(`${about} fails to evaluate: ${cause.message}`, { cause });
    }
    this.#known.set(name, value);
    return value;
  }
}

function aboutOf({ resource: { group, version, resource }, subresource, namespace, name }: Subject['resource']) {
  return { group, version, resource, subresource, namespace, name };
}
