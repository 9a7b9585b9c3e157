/** The Accept header, taken apart. Source: RFC 9110 section 12.5.1, ordered as kube-apiserver orders it. */

export interface AcceptClause {
  /** "application", "*" */
  readonly type: string;
  readonly subtype: string;
  /** All but q, as they are written. */
  readonly parameters: ReadonlyMap<string, string>;
}

interface WeighedClause extends AcceptClause {
  readonly weight: number;
}

const isWild = (clause: AcceptClause): number => (clause.type === '*' ? 2 : clause.subtype === '*' ? 1 : 0);

/**
 * The best first: by weight (which kube-apiserver takes as an order only, so that q=0 comes last but still counts),
 * then the exact before the wildcard, then as written. What is no media range is left out.
 */
export function parseAccept(header: string): readonly AcceptClause[] {
  const clauses = header.split(',').flatMap((text) => parseClause(text) ?? []);
  return clauses.sort((a, b) => b.weight - a.weight || isWild(a) - isWild(b));
}

/** As goautoneg, which kube-apiserver reads it with: upper and lower case differ, and quotes are part of a value. */
function parseClause(text: string): WeighedClause | undefined {
  const [range = '', ...rest] = text.split(';').map((part) => part.trim());
  const [type = '', subtype = type === '*' ? '*' : '', ...more] = range.split('/').map((part) => part.trim());
  if (type === '' || subtype === '' || more.length > 0) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals >= 0) parameters.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const weight = Number(parameters.get('q') ?? 1);
  parameters.delete('q');
  return { type, subtype, parameters, weight: Number.isFinite(weight) ? weight : 0 };
}
