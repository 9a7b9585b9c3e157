/**
 * Authorization decisions for CEL expressions. An expression cannot wait: when it needs an unknown decision, its
 * evaluation fails, the authorizer is asked, and the expression is evaluated again.
 */
import type { Authorizer, Decision } from '../../auth/contract.ts';
import type { AccessRequest } from '../../clients/contract.ts';

/**
 * The most checks for one request by one webhook's conditions; kube-apiserver's cost budget allows as many. Source:
 * k8s.io/apiserver/pkg/cel/library/cost.go, pkg/apis/cel RuntimeCELCostBudgetMatchConditions
 */
const maxQuestions = 7;

/** An authorizer's decision, as expressions see it. */
export class CelDecision {
  readonly allowed: boolean;
  readonly reason: string;
  /** '' if there was none. */
  readonly error: string;

  constructor(decision: Decision | undefined, error = '') {
    this.allowed = decision?.allowed ?? false;
    this.reason = decision?.reason ?? '';
    this.error = error;
  }
}

/** The decisions known for one request, and the next one to ask for. */
export class CelDecisions {
  readonly #authorizer: Authorizer;
  readonly #known = new Map<string, CelDecision>();
  #question: AccessRequest | undefined;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  /** The decision on a request. @throws Error if it is not known yet, or if there were too many checks */
  on(request: AccessRequest): CelDecision {
    const known = this.#known.get(JSON.stringify(request));
    if (known !== undefined) return known;
    if (this.#known.size >= maxQuestions) throw new Error(`more than ${maxQuestions} authorization checks`);
    this.#question ??= request;
    throw new Error('the decision is not known yet');
  }

  /** Call it before each evaluation; it forgets the question of an earlier one. */
  forget(): void {
    this.#question = undefined;
  }

  /**
   * Asks the authorizer the first question of the failed evaluation; later questions may no longer matter.
   * @returns whether there was a question, so that another evaluation makes sense
   */
  async learn(): Promise<boolean> {
    const question = this.#question;
    if (question === undefined) return false;
    this.#known.set(JSON.stringify(question), await this.#ask(question));
    return true;
  }

  async #ask(question: AccessRequest): Promise<CelDecision> {
    try {
      return new CelDecision(await this.#authorizer.authorize(question));
    } catch (error) {
      return new CelDecision(undefined, error instanceof Error ? error.message : String(error));
    }
  }
}
