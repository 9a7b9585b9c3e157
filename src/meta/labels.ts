/**
 * Label selectors: `a=b,c!=d,e in (x,y),f notin (z),g,!h`.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import type { FieldError } from './field-error.ts';
import { labelMatcher } from './label-matcher.ts';
import {
  labelKeyErrors,
  requirementErrors,
  requirementText,
  type LabelOperator,
  type LabelRequirement,
} from './label-requirement.ts';
import { badRequest, type StatusError } from './status.ts';

/** A parsed label selector. It is asked about the labels of an object. */
export interface LabelSelector {
  matches(labels: Readonly<Record<string, string>>): boolean;
  /** The value this label must have, if the selector demands exactly one. */
  exact(key: string): string | undefined;
  /** Selects everything. */
  readonly empty: boolean;
  /** Canonical, ordered by key; parses to the same selector again. */
  toString(): string;
}

/** A `metav1.LabelSelector` as it stands in objects. */
export interface LabelSelectorSpec {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function selectorOf(unordered: readonly LabelRequirement[]): LabelSelector {
  const requirements = [...unordered].sort((a, b) => byText(a.key, b.key));
  const demandsOne = ({ operator, values }: LabelRequirement): boolean =>
    values.length === 1 && (operator === '=' || operator === '==' || operator === 'in');
  return {
    empty: requirements.length === 0,
    matches: labelMatcher(requirements),
    exact: (key) => requirements.find((requirement) => requirement.key === key && demandsOne(requirement))?.values[0],
    toString: () => requirements.map(requirementText).join(','),
  };
}

function describe(errors: readonly FieldError[]): string {
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  return lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
}

function checked(requirement: LabelRequirement, refuse: (why: string) => StatusError): LabelRequirement {
  const values = [...new Set(requirement.values)].sort(byText);
  const errors = requirementErrors({ ...requirement, values });
  if (errors.length > 0) throw refuse(describe(errors));
  return { ...requirement, values };
}

const expressionOperators: ReadonlyMap<string, LabelOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/**
 * The selector that a `metav1.LabelSelector` stands for; an empty one selects everything.
 * @throws StatusError 400 where a key, value or operator is none
 */
export function labelSelectorFrom({ matchLabels = {}, matchExpressions = [] }: LabelSelectorSpec): LabelSelector {
  const equals = Object.entries(matchLabels).map(([key, value]) =>
    checked({ key, operator: '=', values: [value] }, badRequest),
  );
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    const known = expressionOperators.get(operator);
    if (!known) throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
    return checked({ key, operator: known, values }, badRequest);
  });
  return selectorOf([...equals, ...expressions]);
}

/** '' is the end of the text; names, values, `in` and `notin` are words. */
type Token = string;
const isWord = (token: Token): boolean => token !== '' && !/^[=!(),<>]/.test(token);
const refuseRequirement = (why: string): StatusError => badRequest(`unable to parse requirement: ${why}`);

interface Tokens {
  peek(): Token;
  next(): Token;
}

function tokenize(text: string): Tokens {
  const tokens = text.match(/==|!=|[=!(),<>]|[^=!(),<> \t\r\n]+/g) ?? [];
  let at = 0;
  return { peek: () => tokens[at] ?? '', next: () => tokens[at++] ?? '' };
}

const binaryOperators: ReadonlyMap<string, LabelOperator> = new Map([
  ['in', 'in'],
  ['notin', 'notin'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
]);

/** The words between parentheses; one left out, as in `(,a)`, is ''. */
function parseValueSet(tokens: Tokens): string[] {
  const open = tokens.next();
  if (open !== '(') throw refuseRequirement(`found '${open}' expected: '('`);
  const first = tokens.peek();
  if (first !== ')' && first !== ',' && !isWord(first)) {
    throw refuseRequirement(`found '${first}', expected: ',', ')' or identifier`);
  }
  const values: string[] = [];
  let expectsValue = true;
  for (;;) {
    const token = tokens.next();
    if (token === ')' || token === ',') {
      if (expectsValue) values.push('');
      if (token === ')') return values;
      expectsValue = true;
    } else if (!expectsValue) throw refuseRequirement(`found '${token}', expected: ',' or ')'`);
    else if (!isWord(token)) throw refuseRequirement(`found '${token}', expected: ',', or identifier`);
    else {
      values.push(token);
      expectsValue = false;
    }
  }
}

function parseSingleValue(tokens: Tokens): string[] {
  if (tokens.peek() === '' || tokens.peek() === ',') return [''];
  const token = tokens.next();
  if (!isWord(token)) throw refuseRequirement(`found '${token}', expected: identifier`);
  return [token];
}

function parseRequirement(tokens: Tokens): LabelRequirement {
  const absent = tokens.peek() === '!';
  if (absent) tokens.next();
  const key = tokens.next();
  if (!isWord(key)) throw refuseRequirement(`found '${key}', expected: identifier`);
  // kube-apiserver names no path for a bad key, and prints that as <nil>.
  const keyErrors = labelKeyErrors(key, '<nil>');
  if (keyErrors.length > 0) throw refuseRequirement(describe(keyErrors));
  if (absent) return { key, operator: '!', values: [] };
  if (tokens.peek() === '' || tokens.peek() === ',') return { key, operator: 'exists', values: [] };

  const word = tokens.next();
  const operator = binaryOperators.get(word);
  if (!operator) throw refuseRequirement(`found '${word}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = operator === 'in' || operator === 'notin' ? parseValueSet(tokens) : parseSingleValue(tokens);
  return checked({ key, operator, values }, refuseRequirement);
}

/**
 * The selector that the text of `labelSelector=` names; '' selects everything.
 * @throws StatusError 400 in apimachinery's words: "unable to parse requirement: …"
 */
export function parseLabelSelector(text: string): LabelSelector {
  const tokens = tokenize(text);
  const requirements: LabelRequirement[] = [];
  const startsRequirement = (token: Token): boolean => token === '!' || isWord(token);
  if (tokens.peek() === '') return selectorOf(requirements);
  if (!startsRequirement(tokens.peek())) {
    throw badRequest(`found '${tokens.peek()}', expected: !, identifier, or 'end of string'`);
  }
  for (;;) {
    requirements.push(parseRequirement(tokens));
    const separator = tokens.next();
    if (separator === '') return selectorOf(requirements);
    if (separator !== ',') throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
    if (!startsRequirement(tokens.peek())) {
      throw badRequest(`found '${tokens.peek()}', expected: identifier after ','`);
    }
  }
}
