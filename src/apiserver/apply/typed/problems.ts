/** What is wrong with a value, in structured-merge-diff's words. Source: structured-merge-diff, typed/helpers.go */

/** One thing that is wrong. */
export interface Problem {
  /** Where, as `.spec.list[name="a"]`; '' for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** A value that is not of its type. */
export class TypedError extends Error {
  override readonly name = 'TypedError';
  /** In the value's order; at least one. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super(lines.length === 1 ? lines[0] : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n'));
    this.problems = problems;
  }
}

/** An error of a part as one of the whole: what is wrong has the step to the part before its path. */
export function withStep(error: unknown, step: string): unknown {
  if (!(error instanceof TypedError)) return error;
  return new TypedError(error.problems.map(({ path, message }) => ({ path: step + path, message })));
}

/** Collects problems from the inside out: each level puts its step before the paths of what was found below it. */
export class Problems {
  #found: Problem[] = [];

  get count(): number {
    return this.#found.length;
  }

  /** More than anybody reads. */
  get enough(): boolean {
    return this.#found.length >= 1000;
  }

  add(message: string, path = ''): void {
    this.#found.push({ path, message });
  }

  /** @param from what `count` was before the walk went down */
  prefix(from: number, step: string): void {
    for (let index = from; index < this.#found.length; index++) {
      const problem = this.#found[index];
      if (problem !== undefined) this.#found[index] = { ...problem, path: step + problem.path };
    }
  }

  /** @throws TypedError where there is any */
  throwAny(): void {
    if (this.#found.length > 0) throw new TypedError(this.#found);
  }
}
