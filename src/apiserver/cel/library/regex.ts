/**
 * Regular expressions in RE2's syntax, as everywhere in Kubernetes; their time is linear in the text. Source:
 * https://github.com/google/re2/wiki/Syntax, k8s.io/apiserver/pkg/cel/library/regex.go
 */
import { RE2JS } from 're2js';
import { CelError } from '../errors.ts';
import { FunctionTable, kinds, matching, sizeOf, type Cost } from '../functions.ts';

const { int, string } = kinds;
const cost: Cost = ([text, pattern]) => matching(text, sizeOf(pattern));
/** Most patterns are literals; those made of request values are not kept for long. */
const maxPatterns = 64;

/** matches, find and findAll. */
export function regularExpressions(): FunctionTable {
  const compiled = createPatterns();
  const matches = (text: string, pattern: string): boolean => compiled(pattern).matcher(text).find();
  const find = (text: string, pattern: string): string => {
    const matcher = compiled(pattern).matcher(text);
    return matcher.find() ? (matcher.group() ?? '') : '';
  };
  const findAll = (text: string, pattern: string, most = -1n): string[] => {
    const matcher = compiled(pattern).matcher(text);
    const found: string[] = [];
    while ((most < 0n || found.length < most) && matcher.find()) found.push(matcher.group() ?? '');
    return found;
  };
  return new FunctionTable()
    .add('matches', [string, string], matches, cost)
    .add('.matches', [string, string], matches, cost)
    .add('.find', [string, string], find, cost)
    .add('.findAll', [string, string], (text, pattern) => findAll(text, pattern), cost)
    .add('.findAll', [string, string, int], findAll, cost);
}

/** Compiles patterns and keeps some. @throws CelError for an invalid pattern */
function createPatterns(): (pattern: string) => RE2JS {
  const known = new Map<string, RE2JS>();
  return (pattern) => {
    let compiled = known.get(pattern);
    if (compiled !== undefined) return compiled;
    try {
      compiled = RE2JS.compile(pattern);
    } catch (cause) {
      throw new CelError(`invalid regular expression: ${pattern}`, { cause });
    }
    if (known.size >= maxPatterns) known.clear();
    known.set(pattern, compiled);
    return compiled;
  };
}
