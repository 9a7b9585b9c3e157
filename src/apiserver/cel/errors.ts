/** How expressions fail. */

/** The value of the expression is an error; `||` and `&&` may pass over it. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

/** The evaluation was stopped: nothing passes over it. */
export class CelInterrupt extends Error {
  override readonly name: string = 'CelInterrupt';
}

/** The text is no expression. */
export class CelSyntaxError extends Error {
  override readonly name = 'CelSyntaxError';

  /** @param at offset in the expression */
  constructor(expression: string, at: number, message: string) {
    const before = expression.slice(0, at).split('\n');
    super(`ERROR: <input>:${before.length}:${(before.at(-1) ?? '').length + 1}: ${message}`);
  }
}

/** No function takes these values. */
export const noOverload = (): CelError => new CelError('no such overload');
