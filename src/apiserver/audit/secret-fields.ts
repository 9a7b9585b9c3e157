/** Which fields hold secrets. */

/** Names that lead to a field, lists between them left out: ['secretkeys', 'value']. In lower case. */
type Rule = readonly string[];

/** Recognizes fields that hold secrets. */
export interface SecretFields {
  /** How many names at the end of a path matter. */
  readonly reach: number;
  /** The length of the longest name that matters. */
  readonly longest: number;
  /** Whether the field at this path holds a secret. @param end use only the first `end` names */
  has(path: readonly string[], end?: number): boolean;
  /** Whether the path leads to a list whose elements have such fields. */
  leadsTo(path: readonly string[], end?: number): boolean;
  /** Whether the field holds a secret or lies inside one that does. */
  holds(path: readonly string[]): boolean;
  /** Whether a text, such as a document in a string, mentions such a field. */
  isMentioned(text: string): boolean;
  /** Whether the text gives a value to the last name of a rule: `name: value`, `"name":"value"`. */
  isGiven(text: string): boolean;
  /** The last names of all rules. */
  readonly names: readonly string[];
}

/**
 * @param paths "masterKey" for a field of that name anywhere, "keys.value" for `value` in the elements of the list
 *        `keys`. Upper and lower case are the same: a misspelled field is ignored by the API, but would be read by people
 */
export function createSecretFields(paths: readonly string[]): SecretFields {
  const rules: Rule[] = paths.map((path) => path.toLowerCase().split('.'));
  const names = [...new Set(rules.map((rule) => rule.at(-1) ?? ''))];
  const given = names.map((name) => new RegExp(`${escaped(name)}['"\\\\]*\\s*[:=]\\s*\\S`, 'i'));
  const has = endsIn(rules);
  const leadsTo = endsIn(rules.flatMap((rule) => rule.slice(1).map((_, index) => rule.slice(0, index + 1))));
  return {
    ...{ has, leadsTo },
    reach: Math.max(1, ...rules.map((rule) => rule.length)),
    longest: Math.max(0, ...rules.flat().map((name) => name.length)),
    holds: (path) => path.some((_, index) => has(path, index + 1)),
    isMentioned(text) {
      const lower = text.toLowerCase();
      return rules.some((rule) => rule.every((name) => lower.includes(name)));
    },
    isGiven: (text) => given.some((pattern) => pattern.test(text)),
    names,
  };
}

/** @returns whether the last names of a path are those of a rule */
function endsIn(rules: readonly Rule[]): (path: readonly string[], end?: number) => boolean {
  const known = new Set(rules.map((rule) => rule.join('.')));
  const lengths = [...new Set(rules.map((rule) => rule.length))];
  return (path, end = path.length) =>
    lengths.some(
      (length) =>
        length <= end &&
        known.has(
          path
            .slice(end - length, end)
            .join('.')
            .toLowerCase(),
        ),
    );
}

/** The name as a regular expression takes it. */
export function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
