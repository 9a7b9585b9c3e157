/** What an authorizer says to an expression, which cannot wait for it: where it has to be asked, all begins anew after. */
import type { Authorizer, Decision } from '../../auth/contract.ts';
import type { AccessRequest } from '../../clients/contract.ts';

/**
 * So many questions about one request by one webhook's conditions: what kube-apiserver's budget for them allows.
 * Source: k8s.io/apiserver/pkg/cel/library/cost.go, pkg/apis/cel RuntimeCELCostBudgetMatchConditions
 */
const maxQuestions = 7;

export class CelDecision {
  readonly allowed: boolean;
  readonly reason: string;
  /** '' where there was none. */
  readonly error: string;

  constructor(decision: Decision | undefined, error = '') {
    this.allowed = decision?.allowed ?? false;
    this.reason = decision?.reason ?? '';
    this.error = error;
  }
}

export class CelDecisions {
  readonly #authorizer: Authorizer;
  readonly #known = new Map<string, CelDecision>();
  #question: AccessRequest | undefined;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  /** @throws Error where it is not known yet, or must not be asked for */
  on(request: AccessRequest): CelDecision {
    const known = this.#known.get(JSON.stringify(request));
    if (known !== undefined) return known;
    if (this.#known.size >= maxQuestions) throw new Error(`more than ${maxQuestions} authorization checks`);
    this.#question ??= request;
    throw new Error('the decision is not known yet');
  }

  /** Before an evaluation: what an earlier one would have liked to know does not matter any more. */
  forget(): void {
    this.#question = undefined;
  }

  /**
   * Asks what the evaluation that failed wanted to know first: whatever came after may not be wanted any more.
   * @returns whether there was such a thing, so that it may fare better the next time
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
