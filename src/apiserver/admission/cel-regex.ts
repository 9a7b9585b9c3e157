/**
 * Regular expressions in CEL: RE2's, as everywhere in Kubernetes; they take time in proportion to the text. Source:
 * https://github.com/google/re2/wiki/Syntax, https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library
 */
import type { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** Parts of the language's own interfaces, as its macros get them. */
interface Checker {
  check(node: unknown, context: unknown): { readonly unwrappedType: { readonly kind: string; readonly name: string } };
  getType(name: string): unknown;
}
interface Evaluator {
  run(node: unknown, context: unknown): unknown;
}
interface Call {
  readonly receiver: unknown;
  readonly args: readonly unknown[];
}

/** Patterns are mostly literals; those made of a request's values are not kept for long. */
const maxPatterns = 64;

/** The environment with `matches`, `find` and `findAll`. */
export function withRegularExpressions(environment: Environment): Environment {
  const compiled = createPatterns();
  const matches = (text: string, pattern: string): boolean => compiled(pattern).matcher(text).find();
  // A macro comes before the language's own `matches`, JavaScript's regular expressions, which can't be replaced. It is
  // found by the name and the number of arguments alone: the receiver's type only keeps it apart from that one.
  return environment
    .registerFunction('bool.matches(ast): bool', ({ receiver, args }: Call) => matchesMacro(receiver, args[0], matches))
    .registerFunction('matches(string, string): bool', matches)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => {
      const matcher = compiled(pattern).matcher(text);
      return matcher.find() ? matcher.group() : '';
    })
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(compiled(pattern), text, Infinity),
    )
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, most: bigint) =>
      findAll(compiled(pattern), text, most < 0 ? Infinity : Number(most)),
    );
}

function matchesMacro(receiver: unknown, pattern: unknown, matches: (text: string, pattern: string) => boolean) {
  return {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: unknown): unknown {
      const [text, by] = [checker.check(receiver, context), checker.check(pattern, context)];
      for (const { unwrappedType: type } of [text, by])
        if (type.kind !== 'dyn' && type.name !== 'string')
          throw noOverload(text.unwrappedType.name, by.unwrappedType.name);
      return checker.getType('bool');
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown): boolean {
      const [text, by] = [evaluator.run(receiver, context), evaluator.run(pattern, context)];
      if (typeof text !== 'string' || typeof by !== 'string') throw noOverload(typeof text, typeof by);
      return matches(text, by);
    },
  };
}

function noOverload(receiver: string, argument: string): Error {
  return new Error(`found no matching overload for '${receiver}.matches(${argument})'`);
}

function findAll(pattern: RE2JS, text: string, most: number): string[] {
  const matcher = pattern.matcher(text);
  const found: string[] = [];
  while (found.length < most && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

/** @throws Error where the pattern is none */
function createPatterns(): (pattern: string) => RE2JS {
  const known = new Map<string, RE2JS>();
  return (pattern) => {
    let compiled = known.get(pattern);
    if (compiled !== undefined) return compiled;
    try {
      compiled = RE2JS.compile(pattern);
    } catch (cause) {
      throw new Error(`invalid regular expression: ${pattern}`, { cause });
    }
    if (known.size >= maxPatterns) known.clear();
    known.set(pattern, compiled);
    return compiled;
  };
}
