/**
 * Regular expressions in CEL, in RE2's syntax as everywhere in Kubernetes; their time is linear in the text. Source:
 * https://github.com/google/re2/wiki/Syntax,
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library
 */
import type { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** The parts of the CEL library's interfaces that its macros receive. */
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

/** Most patterns are literals; those made of request values are not kept for long. */
const maxPatterns = 64;

/** Adds `matches`, `find` and `findAll` to the environment. */
export function withRegularExpressions(environment: Environment): Environment {
  const compiled = createPatterns();
  const matches = (text: string, pattern: string): boolean => compiled(pattern).matcher(text).find();
  // The library's own `matches` uses JavaScript's regular expressions and cannot be replaced, but a macro takes
  // precedence. A macro is found by name and number of arguments only; the receiver type `bool` keeps its signature
  // different from the library's.
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

/** Compiles patterns and keeps some. @throws Error for an invalid pattern */
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
