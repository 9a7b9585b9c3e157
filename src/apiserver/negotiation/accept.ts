/** Parses the Accept header. Source: RFC 9110 section 12.5.1, in kube-apiserver's order. */

/** One media range of the header. */
export interface AcceptClause {
  /** "application", "*" */
  readonly type: string;
  readonly subtype: string;
  /** All parameters except q, as written. */
  readonly parameters: ReadonlyMap<string, string>;
}

interface WeighedClause extends AcceptClause {
  readonly weight: number;
}

const isWild = (clause: AcceptClause): number => (clause.type === '*' ? 2 : clause.subtype === '*' ? 1 : 0);

/**
 * The clauses, best first: by weight (like kube-apiserver, only as an order: q=0 comes last but still counts), then
 * exact before wildcard, then as written. Invalid media ranges are left out.
 */
export function parseAccept(header: string): readonly AcceptClause[] {
  const clauses = header.split(',').flatMap((text) => parseClause(text) ?? []);
  return clauses.sort((a, b) => b.weight - a.weight || isWild(a) - isWild(b));
}

/** Parses like goautoneg, which kube-apiserver uses: case matters, and quotes are part of a value. */
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
