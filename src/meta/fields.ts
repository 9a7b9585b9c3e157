/** Field selectors: `metadata.name=x,status.state!=y`. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
import { badRequest } from './status.ts';

/** A parsed field selector. It is asked about the selectable fields of an object, which the resource names. */
export interface FieldSelector {
  /** A field that is absent counts as ''. */
  matches(fields: Readonly<Record<string, string>>): boolean;
  /** The value this field must equal, if the selector demands one. */
  exact(field: string): string | undefined;
  /** The names of all fields in the selector, each once. */
  fields(): readonly string[];
  /** Selects everything. */
  readonly empty: boolean;
  /** Parses to the same selector again. */
  toString(): string;
}

interface Term {
  readonly field: string;
  readonly equals: boolean;
  readonly value: string;
}

/** The parts between commas; a backslash keeps the character after it from separating. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescape(value: string): string {
  let plain = '';
  let escaped = false;
  for (const character of value) {
    const special = character === '\\' || character === ',' || character === '=';
    if (escaped && !special) throw badRequest(`invalid field selector: invalid escape sequence: \\${character}`);
    if (!escaped && special && character !== '\\') {
      throw badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    }
    escaped = !escaped && character === '\\';
    if (!escaped) plain += character;
  }
  if (escaped) throw badRequest('invalid field selector: invalid escape sequence: \\');
  return plain;
}

function parseTerm(term: string, selector: string): Term {
  const at = term.indexOf('=');
  if (at < 0) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  if (term[at - 1] === '!') return { field: term.slice(0, at - 1), equals: false, value: unescape(term.slice(at + 1)) };
  const after = term[at + 1] === '=' ? at + 2 : at + 1;
  return { field: term.slice(0, at), equals: true, value: unescape(term.slice(after)) };
}

const escape = (value: string): string => value.replace(/[\\,=]/g, '\\$&');
const read = (fields: Readonly<Record<string, string>>, field: string): string =>
  Object.hasOwn(fields, field) ? (fields[field] ?? '') : '';

/** Terms about the same field are merged first, so that one term or a thousand cost the same per object. */
function matcherOf(terms: readonly Term[]): FieldSelector['matches'] {
  const demands = new Map<string, { equal: Set<string>; unequal: Set<string> }>();
  for (const { field, equals, value } of terms) {
    let demand = demands.get(field);
    if (demand === undefined) demands.set(field, (demand = { equal: new Set(), unequal: new Set() }));
    (equals ? demand.equal : demand.unequal).add(value);
  }
  const all = [...demands];
  return (fields) =>
    all.every(([field, { equal, unequal }]) => {
      const value = read(fields, field);
      return !unequal.has(value) && (equal.size === 0 || (equal.size === 1 && equal.has(value)));
    });
}

/**
 * The selector that the text of `fieldSelector=` names; '' selects everything. The resource must check with `fields()`
 * that the selector uses only fields that it can select by.
 * @throws StatusError 400 in apimachinery's words
 */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text)
    .sort()
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text))
    // `=` and `!=` alone demand nothing: apimachinery passes over them.
    .filter(({ field, value }) => field !== '' || value !== '');
  return {
    empty: terms.length === 0,
    matches: matcherOf(terms),
    exact: (field) => terms.find((term) => term.equals && term.field === field)?.value,
    fields: () => [...new Set(terms.map((term) => term.field))],
    toString: () => terms.map((term) => `${term.field}${term.equals ? '=' : '!='}${escape(term.value)}`).join(','),
  };
}
