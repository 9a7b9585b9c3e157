/**
 * Authorization decisions for CEL expressions. An expression cannot wait: when it needs an unknown decision, its
 * evaluation stops, the authorizer is asked, and the expression is evaluated again.
 */
import type { Authorizer, Decision } from '../../auth/contract.ts';
import type { AccessRequest } from '../../clients/contract.ts';
import { CelInterrupt } from '../cel/errors.ts';
import type { Opaque } from '../cel/values.ts';

/** The evaluation needs a decision that has not been asked for. */
export class UndecidedError extends CelInterrupt {
  override readonly name = 'UndecidedError';
}

/** An authorizer's decision, as expressions see it. */
export class CelDecision implements Opaque {
  readonly celType = 'kubernetes.authorization.Decision';
  readonly allowed: boolean;
  readonly reason: string;
  /** '' if there was none. */
  readonly error: string;

  constructor(decision: Decision | undefined, error = '') {
    this.allowed = decision?.allowed ?? false;
    this.reason = decision?.reason ?? '';
    this.error = error;
  }

  celEquals(other: unknown): boolean {
    return other === this;
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

  /** The decision on a request. @throws UndecidedError if it is not known yet */
  on(request: AccessRequest): CelDecision {
    const known = this.#known.get(JSON.stringify(request));
    if (known !== undefined) return known;
    this.#question ??= request;
    throw new UndecidedError('the decision is not known yet');
  }

  /** Asks the authorizer the question that the evaluation stopped at. */
  async learn(): Promise<void> {
    const question = this.#question;
    if (question === undefined) return;
    this.#question = undefined;
    this.#known.set(JSON.stringify(question), await this.#ask(question));
  }

  async #ask(question: AccessRequest): Promise<CelDecision> {
    try {
      return new CelDecision(await this.#authorizer.authorize(question));
    } catch (error) {
      return new CelDecision(undefined, error instanceof Error ? error.message : String(error));
    }
  }
}
